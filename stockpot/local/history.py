"""The snapshots of a table: which was current when, what each changed, and which run wrote it."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from components.iceberg.naming import name_of
from components.iceberg.receipts import complete, receipt_summary
from components.shell.errors import ConfigurationError, SourceGoneError
from components.shell.instants import EPOCH, format_instant, refuse_future

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Change:
    """A snapshot: when it was committed (ISO 8601, UTC), what it did to how many rows, and the run that wrote it.

    `pipeline`, `run` and `interval` are empty where no receipt tells them: where somebody else wrote the snapshot.
    """

    snapshot: str
    at: str
    operation: str
    added: int
    removed: int
    rows: int | None
    pipeline: str
    run: str
    interval: str
    current: bool


def current_at(table: "Table", instant: datetime) -> int:
    """The id of the snapshot that was current at the instant, by the clock of who committed it.

    Raises:
        ConfigurationError: the instant has no offset or is yet to come, or the table had no snapshot then.
        SourceGoneError: that snapshot has expired.
    """
    if instant.tzinfo is None:
        raise ConfigurationError(f"as_of {instant.isoformat()} has no offset", "give it one, such as +00:00")
    refuse_future(instant, datetime.now(UTC))
    log = table.history()
    position = bisect_right([entry.timestamp_ms for entry in log], (instant - EPOCH) // _MILLISECOND)
    name = name_of(table)
    following = table.snapshot_by_id(log[position].snapshot_id) if position < len(log) else None
    snapshot = table.snapshot_by_id(log[position - 1].snapshot_id) if position else None
    if (following is not None and _follows_expired(table, following)) or (position and snapshot is None):
        raise SourceGoneError(
            f"the snapshot of table {name} that was current at {format_instant(instant)} has expired",
            "give a later instant",
        )
    if snapshot is None:
        first = f"the first is of {_time(log[0].timestamp_ms)}" if log else "it has none yet"
        raise ConfigurationError(f"table {name} had no snapshot at {format_instant(instant)}", first)
    return snapshot.snapshot_id


def _follows_expired(table: "Table", snapshot: "Snapshot") -> bool:
    """Whether the one before it is gone; who expires snapshots takes them out of the log, and cuts links to them."""
    if snapshot.parent_snapshot_id is not None:
        return table.snapshot_by_id(snapshot.parent_snapshot_id) is None
    # Without numbers (format 1), only the branch as a whole tells.
    return not complete(table) if not snapshot.sequence_number else snapshot.sequence_number != 1


def history(table: "Table") -> Iterator[Change]:
    """The snapshots that the table still has, newest first."""
    current = table.current_snapshot()
    newest_first = sorted(table.snapshots(), key=lambda one: (one.timestamp_ms, one.sequence_number or 0), reverse=True)
    for one in newest_first:
        yield _change(one, current=current is not None and one.snapshot_id == current.snapshot_id)


def _change(snapshot: "Snapshot", *, current: bool) -> Change:
    properties = snapshot.summary.additional_properties if snapshot.summary else {}
    receipt = receipt_summary(snapshot)
    total = properties.get("total-records")
    interval = f"{receipt['interval-start']} to {receipt['interval-end']}" if "interval-end" in receipt else ""
    return Change(
        snapshot=str(snapshot.snapshot_id),
        at=_time(snapshot.timestamp_ms),
        operation=snapshot.summary.operation.value if snapshot.summary else "",
        added=int(properties.get("added-records", 0)),
        removed=int(properties.get("deleted-records", 0)) + int(properties.get("added-position-deletes", 0)),
        rows=None if total is None else int(total),
        pipeline=receipt.get("pipeline", ""),
        run=receipt.get("run-id", ""),
        interval=interval,
        current=current,
    )


def _time(milliseconds: int) -> str:
    return format_instant(EPOCH + milliseconds * _MILLISECOND)
