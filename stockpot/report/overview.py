"""From the runs of a home to what their index shows: by pipeline, newest first, each beside the run before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.shell.errors import StepError
from components.shell.instants import parse_instant
from stockpot.local.records import REPORT, Run, State
from stockpot.local.recovery import next_command
from stockpot.report.kept import Kept, drift, read_kept
from stockpot.report.neighbours import address

Following = Callable[[Run], str]
_ENDED_BADLY = (State.FAILED, State.INTERRUPTED)


@dataclass(frozen=True)
class Line:
    """One run; `report` is the address of its report seen from the index, and empty where it has none.

    `drift` is how far the column has moved that moved most since the run before, `moved` which column that is. `advice`
    is the next command of a failure that no later run has made good.
    """

    run: Run
    kept: Kept
    report: str = ""
    drift: float | None = None
    moved: str = ""
    advice: str = ""

    @property
    def seconds(self) -> float | None:
        """Wall-clock time of a run that has ended."""
        if not self.run.ended:
            return None
        return (datetime.fromisoformat(self.run.ended) - self.started).total_seconds()

    @property
    def started(self) -> datetime:
        """When it began."""
        return datetime.fromisoformat(self.run.created)

    @property
    def instant(self) -> datetime:
        """What the run is about."""
        return _instant(self.run)

    @property
    def failed(self) -> bool:
        """Whether it ended badly."""
        return self.run.state in _ENDED_BADLY


@dataclass(frozen=True)
class History:
    """The runs of one pipeline, newest first."""

    pipeline: str
    title: str
    lines: Sequence[Line]


def histories(directory: Path, runs: Sequence[Run], following: Following = next_command) -> list[History]:
    """The histories of the runs, newest first, whose pages lie in that directory: that of the newest run first.

    `following` gives the next command of one that failed.
    """
    own: dict[str, list[Run]] = {}
    for run in runs:
        own.setdefault(run.pipeline, []).append(run)
    return [_history(directory, name, found, following) for name, found in own.items()]


def _history(directory: Path, pipeline: str, runs: Sequence[Run], following: Following) -> History:
    lines: list[Line] = []
    last = Kept()
    for place, run in reversed(list(enumerate(runs))):
        kept = read_kept(directory / run.id)
        far, moved = drift(last, kept) or (None, "")
        has_report = (directory / run.id / REPORT).is_file()
        lines.append(
            Line(run, kept, address(run.id) if has_report else "", far, moved, _advice(run, runs[:place], following))
        )
        last = kept if kept.moments else last
    lines.reverse()
    return History(pipeline, next((line.kept.title for line in lines if line.kept.title), pipeline), lines)


def _advice(run: Run, later: Sequence[Run], following: Following) -> str:
    """The next command, unless a later run of the same instant, or one behind it, has done what this one has not."""
    is_done = any(each.state is State.SUCCEEDED and _instant(each) >= _instant(run) for each in later)
    return "" if is_done or run.state not in _ENDED_BADLY else following(run)


def _instant(run: Run) -> datetime:
    """What the run is about; of one that was asked for something else than an instant, when it began."""
    try:
        return parse_instant(run.as_of)
    except StepError:
        return parse_instant(run.created)
