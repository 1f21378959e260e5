"""The table of what each step is given, as the model of the backend and as the local runner resolve it.

`python -m tests.stockpot.kfp.table [PIPELINE]…` prints it.
"""

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

from components.shell.executor import executor_input
from components.shell.status import run_end
from tests.stockpot.kfp.backend import Backend, Call
from tests.stockpot.kfp.driver import Run

TICK = "2026-01-15T03:00:00Z"
# A recurring run has no display name; here both engines are to say the same of the run.
RUN = Run(
    display_name="moderation-training-x7k2p",
    resource_name="moderation-training-x7k2p",
    created="2026-01-15T03:00:07Z",
    scheduled=TICK,
)
# Whole path in both engines, up to the numbers of iterations, which they write at different places.
_NUMBER = re.compile(r"^\d+$")
_ARTIFACT = re.compile(r"^(?P<before>.*?)/in/(?P<path>[^ ]+)$")


def row(call: Call) -> tuple[str, str, tuple[str, ...]]:
    """The step, its image and its command, with what is named as different made equal.

    Those are: where iterations are numbered in the paths of artifacts, how JSON is spaced and escaped, the executor
    input, which KFP alone tells our steps, and the words of a final status, of which the verdict is kept.
    """
    return _named(call.path), call.image, tuple(_plain(word) for word in call.command)


def _named(path: Iterable[str]) -> str:
    names = [each for part in path for each in re.sub(r"(\.\d+)+$", "", part).split("/")]
    return "/".join(name for name in names if not _NUMBER.match(name))


def _plain(word: str) -> str:
    artifact = _ARTIFACT.match(word)
    if artifact:
        return f"{artifact['before']}/in/{_named(artifact['path'].split('/'))}"
    flag, equals, text = word.partition("=")
    if equals and flag.startswith("--"):
        return f"{flag}={_plain(text)}"
    if word.startswith('{"inputs"'):
        # No JSON, where what is filled in has quotes.
        assert executor_input(word)["outputs"], word
        return "{}"
    if not word.startswith(("{", "[")):
        return word
    try:
        found = json.loads(word)
    except ValueError:
        return word
    return f"status {_verdict(found)}" if "pipelineTaskName" in found else json.dumps(found, sort_keys=True)


def _verdict(status: Any) -> str:
    return f"{status['pipelineTaskName']} {status['pipelineJobResourceName']} {run_end(status).state}"


def table(calls: Iterable[Call]) -> list[tuple[str, str, tuple[str, ...]]]:
    """The rows in an order that does not tell which engine they come from."""
    return sorted(row(call) for call in calls)


def main(names: list[str]) -> None:
    """Print the tables of the pipelines named, or of all of ours."""
    from stockpot.compiler.definitions import load  # noqa: PLC0415 - for the command alone
    from stockpot.compiler.kfp import kfp_documents  # noqa: PLC0415 - the rest of the module needs no KFP
    from stockpot.definition import discover  # noqa: PLC0415 - the rest of the module needs no KFP

    for name in names or sorted(discover()):
        backend = Backend(kfp_documents(load(name))[0], RUN)
        backend.start()
        lines = [f"# {name}: {backend.errors or 'no errors'}"]
        for step, image, command in table(backend.calls):
            lines += ["", f"{step}\t{image}", *(f"    {word[:200]}" for word in command)]
        sys.stdout.write("\n".join(lines) + "\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
