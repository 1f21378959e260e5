"""What became of a step's process: its outputs and figures, or the one line that says why it failed."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.shell.counts import worded
from components.shell.errors import StepError
from components.shell.legible import UNSEEN
from components.shell.redaction import HIDDEN, redact
from stockpot.compiler import ir
from stockpot.compiler.executor import WRITE_ALL, unwritten
from stockpot.compiler.lightweight import may_leave_out
from stockpot.local.logs import tail
from stockpot.local.records import State
from stockpot.local.values import coerce

if TYPE_CHECKING:
    from stockpot.local.processes import Ended

Changes = Mapping[str, Any]
_KILLED = 128
# Colours and other things that a terminal would obey.
_COLOUR = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# What a log has in place of a secret, as long as that was.
_STARS = re.compile(r"\*{4,}")


def changes_at_end(task: ir.Task, run: Path, step: Path, ended: "Ended") -> Changes:
    """What to change in the record of a step whose process has ended; `run` and `step` are directories."""
    if ended.stopped:
        return {"state": State.CANCELLED, "exit_code": ended.exit_code, "error": "stopped"}
    if ended.timeout:
        return failed(143, f"took longer than its {ended.timeout:g} {worded(ended.timeout, 'second')} and was ended")
    if ended.exit_code:
        return failed(ended.exit_code, _error_line(step, ended.exit_code))
    try:
        return succeeded(task.component, run, step)
    except StepError as error:
        return failed(error.exit_code, str(error))


def failed(exit_code: int, message: str) -> Changes:
    """What to change in the record of a step that failed."""
    return {"state": State.FAILED, "exit_code": exit_code, "error": message}


def succeeded(component: ir.Component, run: Path, step: Path) -> Changes:
    """What to change in the record of a step whose outputs are there.

    Raises:
        StepError: an output is missing or not of its type.
    """
    outputs = step / "outputs"
    needed = () if may_leave_out(component) else component.output_artifacts
    if missing := unwritten([*component.output_parameters, *needed], str(outputs)):
        raise StepError(missing, WRITE_ALL)
    parameters = {
        name: coerce(_text_of(outputs, name), kind, f"output '{name}'")
        for name, kind in component.output_parameters.items()
    }
    # What was left out is not looked for when the run is gone on with.
    written = (name for name in component.output_artifacts if (outputs / name).exists())
    artifacts = {name: str((outputs / name).relative_to(run)) for name in written}
    done = {"state": State.SUCCEEDED, "exit_code": 0, "parameters": parameters, "artifacts": artifacts}
    return {**done, **_summary(outputs)}


def _text_of(outputs: Path, name: str) -> str:
    """The text of an output parameter, without one newline at its end, which Argo takes off too."""
    todo = "write text, or declare it as an artifact"
    path = outputs / name
    if not path.is_file() and not path.is_dir():
        # To read a pipe would wait for ever.
        raise StepError(f"output '{name}' cannot be read: it is neither a file nor a directory", todo)
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise StepError(f"output '{name}' cannot be read: {error.strerror}", todo) from None
    except UnicodeDecodeError as error:
        wrong = f"byte 0x{error.object[error.start]:02x} at place {error.start}"
        raise StepError(f"output '{name}' is no UTF-8: {wrong}", todo) from None
    if "\0" in text:
        raise StepError(f"output '{name}' holds a NUL byte at place {text.index(chr(0))}", todo)
    return text.removesuffix("\n")


def _summary(outputs: Path) -> Changes:
    """Rows and details from a step's `summary`; what is not of that form is left out."""
    if not (outputs / "summary").is_file():
        return {}
    try:
        summary = json.loads((outputs / "summary").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(summary, Mapping):
        return {}
    rows = {name: summary.get(name) for name in ("rows_in", "rows_out", "rows_rejected")}
    details = summary.get("details")
    counted = rows if all(isinstance(number, int) for number in rows.values()) else {}
    return {**counted, "details": details if isinstance(details, Mapping) else {}}


def _error_line(step: Path, exit_code: int) -> str:
    """The step's own error line, else its last words, with no secret in it."""
    lines = [line.strip() for line in tail(step / "stderr").splitlines() if line.strip()]
    own = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    last_line = (own or lines or [""])[-1]
    killed = (
        f"was killed by signal {exit_code - _KILLED}" if exit_code > _KILLED else f"ended with exit code {exit_code}"
    )
    return _STARS.sub(HIDDEN, redact(UNSEEN.sub("", " ".join(_COLOUR.sub("", last_line).split()))))[:1000] or killed
