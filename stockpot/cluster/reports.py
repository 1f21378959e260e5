"""The pages about runs that their exit handlers have left in the bucket of Argo's artifacts."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.files import replacing
from stockpot.cluster.access import Cluster, Document
from stockpot.cluster.artifacts import bucket_of, key_of, opened
from stockpot.cluster.status import ended, nodes_of
from stockpot.local.homes import FETCHED, private
from stockpot.local.records import REPORT

_OUTPUT, _EXIT = "report", ".onExit."


def pages_of(cluster: Cluster, home: Path) -> Path:
    """Where the pages of the namespace's runs lie in a home once they were fetched."""
    return private(home, FETCHED) / cluster.namespace


def fetch_report(cluster: Cluster, run: str, home: Path) -> Path:
    """The path of the run's page, fetched anew from the store of MINIO_ENDPOINT into the home.

    Raises:
        ConfigurationError: there is no such run, or no page of it; the store is not named, or refuses.
        TransientError: cluster or store do not answer.
    """
    workflow = cluster.workflow(run)
    left_none = f"run {run} has left no report"
    if not _key(workflow):
        raise ConfigurationError(left_none, "it is written when a run of a pipeline of Stockpot's ends; see its logs")
    path = _path(workflow, pages_of(cluster, home))
    if not _fetched(workflow, path):
        todo = f"it, or the whole bucket {bucket_of(workflow)}, is gone; see the run's logs"
        raise ConfigurationError(left_none, todo)
    return path


def fetch_missing(workflows: Sequence[Document], pages: Path) -> None:
    """Fetch the pages of runs that have ended, have left one, and of which that directory has none since.

    Raises:
        ConfigurationError: the store is not named, or refuses some of them; the others are there.
        TransientError: the store does not answer.
    """
    refused: list[ConfigurationError] = []
    for workflow in filter(ended, workflows):
        path = _path(workflow, pages)
        if _key(workflow) and not _is_there(workflow, path):
            try:
                _fetched(workflow, path)
            except ConfigurationError as error:
                refused.append(error)
    if refused:
        raise refused[0]


def _is_there(workflow: Document, path: Path) -> bool:
    """Whether the page was fetched after the run had ended, which may have been tried again since."""
    finished = workflow["status"].get("finishedAt")
    return path.is_file() and (not finished or datetime.fromisoformat(finished).timestamp() <= path.stat().st_mtime)


def _path(workflow: Document, pages: Path) -> Path:
    return pages / str(workflow["metadata"]["name"]) / REPORT


def _fetched(workflow: Document, path: Path) -> bool:
    """Whether the page was there, which lies at that path now."""
    with opened(bucket_of(workflow), _key(workflow)) as content:
        if content is None:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, part.open("wb") as file:
            file.writelines(content)
    return True


def _key(workflow: Document) -> str:
    """The key of the page of the exit handler's last try; empty where it has left none, or in no bucket."""
    pods = (node for node in nodes_of(workflow).values() if node["type"] == "Pod" and _EXIT in node["name"])
    latest_first = sorted(pods, key=lambda node: node.get("finishedAt") or "", reverse=True)
    found = next(filter(None, (key_of(node, _OUTPUT) for node in latest_first)), "")
    return found if bucket_of(workflow) else ""
