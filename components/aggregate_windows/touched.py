"""Which windows have to be counted anew, and the events in them.

A window's count is the number of its events that were known at the run's as_of (`known_at <= as_of`). Events that were
read and had not become known by then stay in the table of events and are counted by the next run. Windows are counted
anew by the hour: all windows of an hour that has new events, whatever its age.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import And, Or
from pyiceberg.table import Table

from components.iceberg import filters
from components.iceberg.bounds import bounds
from components.iceberg.hours import batches_of, files_within, planned
from components.iceberg.misfits import floored
from components.iceberg.naming import name_of
from components.iceberg.parts import landed_since
from components.iceberg.planning import HOUR, part_of
from components.iceberg.receipts import Receipt, newest, receipts, refuse_older
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH, format_instant
from components.shell.keys import key_of

_HOUR = 3_600_000_000
Identity = tuple[str, str, datetime]


@dataclass(frozen=True)
class Part:
    """What is to be done to one table of windows.

    `hours` are counted anew and committed under `run_key`, provided that `base` is still the key of the table's last
    commit (empty: it has none), which was of the instant `since`.
    """

    hours: frozenset[int]
    run_key: str
    base: str
    since: datetime


@dataclass(frozen=True)
class Plan:
    """The snapshot of the table of events, the offsets it holds, the run's instant, and a part per kind of event."""

    snapshot_id: int
    offsets: str
    as_of: datetime
    parts: Mapping[str, Part]


def plan_windows(table: Table, snapshot_id: int, windows: Mapping[str, Table], identity: Identity) -> Plan:
    """What has to be done to each table of windows, by kind of event, so that it agrees with `table`.

    Args:
        table: The table of events.
        snapshot_id: The snapshot that holds the run's events; if it has expired, the current one takes its place.
        windows: The tables of windows by kind of event.
        identity: Pipeline, version of the definition, and instant of the run.

    Raises:
        ConfigurationError: no run has committed events yet, or their table is not partitioned by the hour.
        SupersededError: a later run or a newer definition has counted windows already.
    """
    pipeline, version, as_of = identity
    if part_of(table) != HOUR:
        # Days would be taken for hours, of which no event is.
        raise ConfigurationError("windows are counted by the hour, and events lie by the day", "partition by the hour")
    committed = receipts(table, pipeline)
    index = next((at for at, receipt in enumerate(committed) if receipt.snapshot_id == snapshot_id), None)
    current = table.current_snapshot()
    if not committed or current is None:
        raise ConfigurationError("no events have been committed by this pipeline", "commit events first")
    pinned = current.snapshot_id if index is None or table.snapshot_by_id(snapshot_id) is None else snapshot_id
    later, chain = committed[: index or 0], committed[index or 0 :]
    offsets = chain[0].offsets
    came_after = frozenset(receipt.offsets for receipt in later) - {offsets}
    parts = {}
    for kind, counted in windows.items():
        done = receipts(counted, pipeline)
        key = run_key((pipeline, name_of(counted), version), offsets, as_of)
        if any(receipt.run_key == key for receipt in done):
            parts[kind] = Part(frozenset(), key, key, as_of)
        else:
            parts[kind] = _part(_Source(table, pinned, chain, came_after, kind), newest(done), key, identity)
    return Plan(pinned, offsets, as_of, parts)


def run_key(identity: tuple[str, str, str], offsets: str, as_of: datetime) -> str:
    """The key of a commit of windows: of pipeline, table and version, the events' offsets, and `as_of`."""
    return key_of([*identity, offsets, format_instant(as_of)])


@dataclass(frozen=True)
class _Source:
    """Events of one kind in a snapshot, and the receipts of the loads that brought them, newest first.

    `came_after` are the offsets of loads that the snapshot does not hold yet.
    """

    table: Table
    snapshot_id: int
    receipts: Sequence[Receipt]
    came_after: frozenset[str]
    kind: str


def _part(source: _Source, last: Receipt | None, key: str, identity: Identity) -> Part:
    _, version, as_of = identity
    if last is None:
        return Part(_all_hours(source), key, "", EPOCH)
    refuse_older(version, last)
    # A twin of the same instant may have found more in the topics, and counted it.
    if last.as_of > as_of or last.offsets in source.came_after:
        raise SupersededError(
            f"this run of {format_instant(as_of)} has been overtaken: windows of {source.kind}s hold what came after"
            f" it, as of {format_instant(last.as_of)}",
            "no window was changed; nothing is missing",
        )
    hours = _all_hours(source) if last.version != version else _touched(source, last, as_of)
    return Part(hours, key, last.run_key, last.as_of)


def _all_hours(source: _Source) -> frozenset[int]:
    tasks = planned(source.table, source.snapshot_id, filters.of_kind(source.kind))
    return frozenset(task.file.partition[0] for task in tasks)


def _touched(source: _Source, last: Receipt, as_of: datetime) -> frozenset[int]:
    """The hours with events that were landed since the windows' last commit, or have become known since."""
    since = landed_since(source.receipts, last)
    landed = filters.since("loaded_as_of", since or as_of)
    known = And(filters.after("known_at", last.as_of), filters.until("known_at", as_of))
    changed = known if since is None else Or(landed, known)
    tasks = planned(source.table, source.snapshot_id, And(filters.of_kind(source.kind), changed))
    hours: set[int] = set()
    unsure = []
    for task in tasks:
        earliest, _ = bounds(source.table, task.file, "loaded_as_of")
        if since is not None and earliest is not None and earliest >= since:
            hours.add(task.file.partition[0])
        else:
            unsure.append(task)
    unsure = [task for task in unsure if task.file.partition[0] not in hours]
    for batch in batches_of(source.table, unsure, source.kind, ("event_time", "loaded_as_of", "known_at")):
        hours |= _hours_in(batch, since, (last.as_of, as_of))
    return frozenset(hours)


def _hours_in(batch: pa.RecordBatch, since: datetime | None, known: tuple[datetime, datetime]) -> set[int]:
    kind = batch.schema.field("known_at").type
    after, until = (pa.scalar(instant, kind) for instant in known)
    became = batch.column("known_at")
    chosen = pc.and_(pc.greater(became, after), pc.less_equal(became, until))
    if since is not None:
        chosen = pc.or_(chosen, pc.greater_equal(batch.column("loaded_as_of"), pa.scalar(since, kind)))
    times = batch.column("event_time").filter(chosen).cast(pa.int64())
    return set(pc.unique(floored(times, _HOUR)).to_pylist())


def events_of(table: Table, plan: Plan, kind: str, keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Keys and time of the events that the plan's windows of `kind` are counted from, hour after hour.

    Raises:
        TransientError: the store does not answer.
    """
    tasks = files_within(table, plan.snapshot_id, [kind], plan.parts[kind].hours)
    in_order = sorted(tasks, key=lambda task: int(task.file.partition[0]))
    return batches_of(table, in_order, kind, (*keys, "event_time"), known_by=plan.as_of)
