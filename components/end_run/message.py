"""What people are told when a run has ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.shell.legible import on_one_line
from components.shell.status import RunEnd, next_command

_WORDS = {"succeeded": "has succeeded", "failed": "has failed", "stopped": "was stopped"}


@dataclass(frozen=True)
class Message:
    """A title and a body of plain text."""

    title: str
    body: str


@dataclass(frozen=True)
class Told:
    """What the engine knows of the run beside its end: the next command, and warnings of data contracts."""

    engine: str
    following: str = ""
    warnings: Sequence[str] = ()


def compose(ended: RunEnd, told: Told, *, run_id: str, pipeline: str, as_of: str) -> Message:
    """The message about the run: what failed, why, and the next command; and what the data were warned of."""
    lines = [("Run", run_id), ("As of", as_of), ("Step", ended.step), ("Reason", ended.reason)]
    lines += [("Warning", warning) for warning in told.warnings]
    if ended.state != "succeeded":
        following = told.following or next_command(told.engine, run_id, pipeline, ended.exit_code, as_of)
        lines.append(("Next", following))
    # A line of its own is nobody's to add.
    body = "\n".join(f"{name}: {on_one_line(value)}" for name, value in lines if value)
    number = f", with {len(told.warnings)} warnings" if len(told.warnings) > 1 else ", with a warning"
    return Message(f"{on_one_line(pipeline)} {_WORDS[ended.state]}{number if told.warnings else ''}", body)
