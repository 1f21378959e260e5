"""What a run's rows are compared with by rules on change: what its pipeline had committed before it, by load mode."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pyiceberg.table import Table

from components.iceberg.coverage import INSTANT
from components.iceberg.cuts import presumed_cuts
from components.iceberg.receipts import before, furthest, receipts
from components.iceberg.scan import Selection, scan
from components.iceberg.versions import IS_DELETED
from components.shell.errors import ConfigurationError, SourceGoneError
from components.shell.instants import EPOCH, format_instant, parse_instant


@dataclass(frozen=True)
class Comparing:
    """The run whose rows are compared, and how runs share its table: its mode, and the column of time that goes by.

    Where a text is empty the mode does without it, or the table's definition says it.
    """

    pipeline: str
    mode: str
    as_of: datetime
    run_key: str = ""
    interval_end: str = ""
    time_column: str = ""


@dataclass(frozen=True)
class Previous:
    """The rows that were committed before: where they are, how many, and what they are called in a message."""

    snapshot: int
    selection: Selection
    rows: int
    name: str


def previous(table: Table, run: Comparing) -> Previous | None:
    """What the run's rows come after, whether the run has committed already or not; None where they are the first.

    Raises:
        ConfigurationError: there is no such mode, or its runs have an interval and none is given.
    """
    if run.mode not in _MODES:
        raise ConfigurationError(f"mode is '{run.mode}'", f"give one of {', '.join(_MODES)}")
    current = table.current_snapshot()
    return _MODES[run.mode](table, current.snapshot_id, run) if current else None


def _whole(table: Table, current: int, run: Comparing) -> Previous | None:
    """The whole table as it was before the run's own load."""
    try:
        snapshot = before(table, run.run_key)
    except SourceGoneError:
        # The run is repeated and has long committed: its load finds itself done, whatever is said here.
        snapshot = current
    if snapshot is None:
        return None
    last = next((one for one in receipts(table, run.pipeline) if one.run_key != run.run_key), None)
    return _previous(table, snapshot, Selection(), last.rows if last else None, f"snapshot {snapshot}")


def _interval(table: Table, current: int, run: Comparing) -> Previous | None:
    """The rows of the last interval that ends before the run's."""
    end = _end(run)
    last = furthest([one for one in receipts(table, run.pipeline) if one.interval_end < end])
    if last is None:
        return None
    selection = Selection(time_column=run.time_column, start=last.interval_start, end=last.interval_end)
    return _previous(table, current, selection, last.rows, last.interval)


def _cut(table: Table, current: int, run: Comparing) -> Previous | None:
    """The rows of the last cut before the run's."""
    cut = _end(run) - INSTANT
    # Receipts come newest first, and the newest of a cut says how many rows it has.
    rows: dict[datetime, int | None] = {
        one.interval_start: one.rows for one in reversed(receipts(table, run.pipeline)) if one.interval_start < cut
    }
    for expired in presumed_cuts(table, run.pipeline, run.time_column, EPOCH, cut):
        rows.setdefault(expired.interval_start, None)
    if not rows:
        return None
    last = max(rows)
    selection = Selection(time_column=run.time_column, start=last, end=last + INSTANT)
    return _previous(table, current, selection, rows[last], f"cut {format_instant(last)}")


def _standing(table: Table, current: int, run: Comparing) -> Previous | None:
    """The versions that stood just before the run's instant."""
    selection = Selection(where={IS_DELETED: False}, standing=run.as_of)
    versions = _previous(table, current, selection, None, f"the versions before {format_instant(run.as_of)}")
    first = all(one.as_of >= run.as_of for one in receipts(table, run.pipeline))
    return versions if versions.rows or not first else None


def _added(table: Table, current: int, run: Comparing) -> Previous | None:
    """The rows that the last commit before the run's instant added."""
    last = next((one for one in receipts(table, run.pipeline) if one.as_of < run.as_of), None)
    if last is None:
        return None
    # What became known at the very instant of a run is its own.
    start, end = last.interval_start + INSTANT, last.interval_end + INSTANT
    selection = Selection(time_column=run.time_column, start=start, end=end)
    return _previous(table, current, selection, last.rows, f"snapshot {last.snapshot_id}")


_MODES: Mapping[str, Callable[[Table, int, Comparing], Previous | None]] = {
    "IncrementalByTime": _interval,
    "FullRefresh": _whole,
    "Snapshot": _cut,
    "Versioned": _standing,
    "AppendStream": _added,
}


def _end(run: Comparing) -> datetime:
    if not run.interval_end:
        raise ConfigurationError(f"mode {run.mode} needs interval_end", "hand on that of the step that begins the run")
    return parse_instant(run.interval_end)


def _previous(table: Table, snapshot: int, selection: Selection, rows: int | None, name: str) -> Previous:
    return Previous(snapshot, selection, _counted(table, snapshot, selection) if rows is None else rows, name)


def _counted(table: Table, snapshot: int, selection: Selection) -> int:
    """How many rows are selected, where no receipt says so."""
    column = selection.time_column or next(iter(selection.where), table.schema().column_names[0])
    batches = scan(table, snapshot, replace(selection, columns=(column,))).batches()
    return sum(batch.num_rows for batch in batches)
