"""The page about a run that its exit handler has left in the bucket of Argo's artifacts."""

from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.files import replacing
from stockpot.cluster.access import Cluster, Document
from stockpot.cluster.artifacts import bucket_of, key_of, opened
from stockpot.cluster.status import nodes_of

_OUTPUT, _EXIT = "report", ".onExit."


def fetch_report(cluster: Cluster, run: str, home: Path) -> Path:
    """The path of the run's page, fetched anew from the store of MINIO_ENDPOINT into the home.

    Raises:
        ConfigurationError: there is no such run, or no page of it; the store is not named, or refuses.
        TransientError: cluster or store do not answer.
    """
    workflow = cluster.workflow(run)
    bucket, key = bucket_of(workflow), _key(workflow)
    left_none = f"run {run} has left no report"
    if not bucket or not key:
        raise ConfigurationError(left_none, "it is written when a run of a pipeline of Stockpot's ends; see its logs")
    path = home.resolve() / "cluster" / cluster.namespace / f"{workflow['metadata']['name']}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened(bucket, key) as content, replacing(path) as part:
        if content is None:
            raise ConfigurationError(left_none, f"it, or the whole bucket {bucket}, is gone; see the run's logs")
        with part.open("wb") as file:
            file.writelines(content)
    return path


def _key(workflow: Document) -> str:
    """The key of the page of the exit handler's last try; empty where it has left none."""
    pods = (node for node in nodes_of(workflow).values() if node["type"] == "Pod" and _EXIT in node["name"])
    latest_first = sorted(pods, key=lambda node: node.get("finishedAt") or "", reverse=True)
    return next(filter(None, (key_of(node, _OUTPUT) for node in latest_first)), "")
