"""What people are told when a run has ended."""

from dataclasses import dataclass

from components.shell.status import RunEnd, next_command

_WORDS = {"succeeded": "has succeeded", "failed": "has failed", "stopped": "was stopped"}


@dataclass(frozen=True)
class Message:
    """A title and a body of plain text."""

    title: str
    body: str


def compose(ended: RunEnd, *, run_id: str, pipeline: str, as_of: str, engine: str) -> Message:
    """The message about the run: what failed, why, and the next command."""
    lines = [("Run", run_id), ("As of", as_of), ("Step", ended.step), ("Reason", ended.reason)]
    if ended.state != "succeeded":
        lines.append(("Next", next_command(engine, run_id, pipeline, ended.exit_code)))
    body = "\n".join(f"{name}: {value}" for name, value in lines if value)
    return Message(f"{pipeline} {_WORDS[ended.state]}", body)
