"""What exit handlers have left of runs: pages in the bucket of Argo's artifacts, and the folder of reports."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.files import replacing, write_atomically
from stockpot.cluster.access import Cluster, Document
from stockpot.cluster.artifacts import bucket_of, key_of, opened
from stockpot.cluster.status import ended, nodes_of
from stockpot.local.homes import FETCHED, private
from stockpot.local.records import REPORT

_OUTPUT, _EXIT = "report", ".onExit."
# A link of an index, to the page of a run.
_LINK = re.compile(r'<a href="([a-z0-9][a-z0-9.-]*)/report\.html">(.*?)</a>')


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


def fetch_index(
    folder: str, workflows: Sequence[Document], pages: Path, note: Callable[[ConfigurationError], None]
) -> Path | None:
    """The path of the index of a folder of reports, fetched into that directory with those pages that it lacks.

    None where there is no index, or one that does not know of the end of the last run. Where the store refuses some
    pages, the first is noted, and the index leads to the others.

    Raises:
        ConfigurationError: the store is not named, or refuses the index.
        TransientError: the store does not answer.
    """
    bucket, _, prefix = folder.partition("://")[2].partition("/")
    with opened(bucket, f"{prefix}/index.html") as content:
        text = None if content is None else b"".join(content).decode(errors="replace")
    # A run that goes on has its row too; only its end leads to a page.
    if text is None or ((last := _last(workflows)) and f'href="{last}/{REPORT}"' not in text):
        return None
    known = {str(workflow["metadata"]["name"]): workflow for workflow in workflows}
    refused: list[ConfigurationError] = []
    for run, _ in _LINK.findall(text):
        path = pages / run / REPORT
        if not (_is_there(known[run], path) if run in known else path.is_file()):
            try:
                _copied(bucket, f"{prefix}/{run}/{REPORT}", path)
            except ConfigurationError as error:
                refused.append(error)
    if refused:
        note(refused[0])
    # A bucket forgets what is old.
    linked = _LINK.sub(lambda link: link[0] if (pages / link[1] / REPORT).is_file() else f"<b>{link[2]}</b>", text)
    path = pages / "index.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, linked.encode())
    return path


def _last(workflows: Sequence[Document]) -> str:
    """The name of the last run that has ended and left a page; empty where there is none."""
    candidates = [workflow for workflow in filter(ended, workflows) if _key(workflow)]
    last = max(candidates, key=lambda workflow: workflow["status"].get("finishedAt") or "", default=None)
    return str(last["metadata"]["name"]) if last else ""


def _is_there(workflow: Document, path: Path) -> bool:
    """Whether the page was fetched after the run had ended, which may have been tried again since."""
    finished = workflow["status"].get("finishedAt")
    return path.is_file() and (not finished or datetime.fromisoformat(finished).timestamp() <= path.stat().st_mtime)


def _path(workflow: Document, pages: Path) -> Path:
    return pages / str(workflow["metadata"]["name"]) / REPORT


def _fetched(workflow: Document, path: Path) -> bool:
    """Whether the page was there, which lies at that path now."""
    return _copied(bucket_of(workflow), _key(workflow), path)


def _copied(bucket: str, key: str, path: Path) -> bool:
    """Whether something lies under the key, of which a copy lies at that path now."""
    with opened(bucket, key) as content:
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
    key = next(filter(None, (key_of(node, _OUTPUT) for node in latest_first)), "")
    return key if bucket_of(workflow) else ""
