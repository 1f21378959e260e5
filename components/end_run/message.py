"""The message to people when a run has ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.shell.cluster import on_cluster
from components.shell.counts import counted
from components.shell.legible import on_one_line
from components.shell.status import RunEnd, next_command

_WORDS = {"succeeded": "has succeeded", "failed": "has failed", "stopped": "was stopped"}


@dataclass(frozen=True)
class Message:
    """A title and a body of plain text."""

    title: str
    body: str


@dataclass(frozen=True)
class Oddities:
    """What is reported of a run even if it succeeded: warnings of its data, and by how much it is late.

    `more` is how many further warnings there are.
    """

    warnings: Sequence[str] = ()
    late: str = ""
    more: int = 0

    @property
    def warned(self) -> int:
        """How many warnings there are."""
        return len(self.warnings) + self.more

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.warned or self.late)


@dataclass(frozen=True)
class Context:
    """What the message says of the run beside its end: the next command, what is odd, and its report.

    `report` is the file or web address where people see it; empty where only the engine knows.
    """

    engine: str
    following: str = ""
    odd: Oddities = Oddities()
    report: str = ""


def compose(ended: RunEnd, context: Context, *, run_id: str, pipeline: str, as_of: str) -> Message:
    """The message about the run: what failed, why, and the next command; warnings, lateness and its report."""
    lines = [("Run", run_id), ("As of", as_of), ("Step", ended.step), ("Reason", ended.reason)]
    lines += [("Warning", warning) for warning in context.odd.warnings]
    if context.odd.more:
        lines.append(("Warning", f"… and {context.odd.more:,} more, in the report"))
    lines.append(("Late", context.odd.late))
    if ended.state != "succeeded":
        following = context.following or next_command(context.engine, run_id, pipeline, ended.exit_code, as_of)
        lines.append(("Next", following))
    lines.append(("Report", context.report or _report(context.engine, run_id)))
    # A line of its own is nobody's to add.
    body = "\n".join(f"{name}: {on_one_line(value)}" for name, value in lines if value)
    return Message(f"{on_one_line(pipeline)} {_WORDS[ended.state]}{_beside(context.odd)}", body)


def _beside(odd: Oddities) -> str:
    """What the title says beside how the run ended."""
    late = ", late" if odd.late else ""
    number = f", with {counted(odd.warned, 'warning')}" if odd.warned > 1 else ", with a warning"
    return late + (number if odd.warned else "")


def _report(engine: str, run_id: str) -> str:
    """The command that fetches the report; empty where the engine has none."""
    return f"stockpot report {run_id} {on_cluster()}" if engine == "argo" else ""
