"""From the runs of a home to what their index shows: by pipeline, newest first, each beside the run before it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from components.pages import parts
from components.pages.drift import drift
from components.pages.index import History, Line, history
from components.shell.errors import StepError
from components.shell.instants import parse_instant
from stockpot.local.records import REPORT, Run, State
from stockpot.local.recovery import next_command
from stockpot.report.kept import Kept, read_kept

Following = Callable[[Run], str]
_ENDED_BADLY = (State.FAILED, State.INTERRUPTED)


def histories(directory: Path, runs: Sequence[Run], following: Following = next_command) -> list[History]:
    """The histories of the runs, newest first, whose pages lie in that directory: that of the newest run first.

    `following` gives the next command of one that failed.
    """
    own: dict[str, list[Run]] = {}
    for run in runs:
        own.setdefault(run.pipeline, []).append(run)
    return [_history(directory, name, pipeline_runs, following) for name, pipeline_runs in own.items()]


def _history(directory: Path, pipeline: str, runs: Sequence[Run], following: Following) -> History:
    lines: list[Line] = []
    last, title = Kept(), ""
    for run in reversed(runs):
        kept = read_kept(directory / run.id)
        lines.append(_line(directory, run, kept, drift(last, kept), following))
        last, title = kept if kept.moments else last, kept.title or title
    lines.reverse()
    return history(pipeline, title or pipeline, lines)


def _line(directory: Path, run: Run, kept: Kept, moved: tuple[float, str] | None, following: Following) -> Line:
    started, ended = datetime.fromisoformat(run.created), run.ended
    far, column = moved or (None, "")
    return Line(
        run_id=run.id,
        state=run.state,
        started=started,
        instant=_instant(run),
        seconds=(datetime.fromisoformat(ended) - started).total_seconds() if ended else None,
        error=run.error,
        warnings=run.warnings,
        report=parts.address(run.id) if (directory / run.id / REPORT).is_file() else "",
        rows=kept.rows,
        rejected=kept.rejected,
        label=kept.label,
        label_share=kept.label_share,
        drift=far,
        moved=column,
        advice=following(run) if run.state in _ENDED_BADLY else "",
    )


def _instant(run: Run) -> datetime:
    """What the run is about; of one that was asked for something else than an instant, when it began."""
    try:
        return parse_instant(run.as_of)
    except StepError:
        return parse_instant(run.created)
