"""Rows of the tables as the engine's, those alone that a run needs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression, Or
from pyiceberg.table import Table

from components.iceberg import filters
from components.iceberg.catalog import translated
from components.iceberg.hours import planned
from components.iceberg.parts import files_of_parts, landed_since
from components.iceberg.receipts import Receipt
from components.iceberg.scan import Scan, Selection
from components.retail.columns import INSTANT
from components.shell.engine import Engine, keep, lent, records
from components.shell.instants import EPOCH
from components.shell.pieces import Pieces
from components.shop_sessions.parts import by_visitor
from components.shop_sessions.renewed import KNOWN, Renewed
from components.shop_sessions.schemas import EVENTS, SESSIONS, STEPS
from components.shop_sessions.sessions import closed
from components.shop_sessions.settings import Settings

_STAMPS = ("known_at", "loaded_as_of")
_COUNTED = ("customer_id", "event_type", "event_time", "known_at")
"""What customers' behaviour goes by, of all events that there are: no more of them is read."""
T = TypeVar("T")


@dataclass(frozen=True)
class Landed:
    """The table of events in the snapshot of a run, its receipts, newest first, and the last commit of sessions.

    `last` is None where all sessions are computed: by the first run, and under a newer version.
    """

    table: Table
    snapshot_id: int
    receipts: Sequence[Receipt]
    last: Receipt | None
    as_of: datetime

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        known = self.table.schema().column_names
        return tuple(name for name in (*EVENTS.names, *_STAMPS) if name in known)

    def new(self) -> "Coming":
        """The events that were landed, or have become known, since sessions were committed."""
        if self.last is None:
            return self._coming("new_events", self._known())
        since = landed_since(self.receipts, self.last)
        condition: BooleanExpression = filters.after("known_at", self.last.as_of)
        if since is not None:
            condition = Or(condition, filters.since("loaded_as_of", since))
        last, landed = _literal(self.last.as_of), None if since is None else _literal(since)

        def chosen(table: ir.Table) -> ir.Table:
            is_new = table.known_at > last
            return table.filter(is_new if landed is None else is_new | (table.loaded_as_of >= landed))

        return self._coming("new_events", And(condition, self._known()), chosen)

    def between(self, span: tuple[datetime, datetime], name: str = "near_events") -> "Coming":
        """The events that happened in that time, both ends included, under a name of their own."""
        within = And(filters.since("event_time", span[0]), filters.until("event_time", span[1]))
        return self._coming(name, And(within, self._known()))

    def every(self) -> "Coming":
        """All events, as far as customers' behaviour goes by them."""
        return self._coming("counted_events", self._known(), columns=_COUNTED)

    def _known(self) -> BooleanExpression:
        return filters.until("known_at", self.as_of)

    def _coming(
        self,
        name: str,
        condition: BooleanExpression,
        chosen: Callable[[ir.Table], ir.Table] = lambda rows: rows,
        columns: tuple[str, ...] = (),
    ) -> "Coming":
        tasks = planned(self.table, self.snapshot_id, condition)
        scan = Scan(self.table, Selection(columns or self._columns), tasks, self.table.schema())
        as_of = _literal(self.as_of)
        return Coming(name, scan, lambda rows: chosen(rows.filter(rows.known_at <= as_of)))


@dataclass(frozen=True)
class Coming:
    """Rows of a scan, of which those are `chosen`, under a name; they come once."""

    name: str
    scan: Scan
    chosen: Callable[[ir.Table], ir.Table] = lambda rows: rows

    def kept(self, backend: Engine, transform: Callable[[ir.Table], ir.Table]) -> ir.Table:
        """What is made of the rows, held by the engine.

        Raises:
            TransientError: the store does not answer.
        """
        return self._come(backend, lambda rows: keep(backend, self.name, transform(rows)))

    def in_pieces(self, backend: Engine, pieces: int, transform: Callable[[ir.Table], ir.Table]) -> Pieces:
        """The same in so many pieces, by the `visitor` of each row."""
        return self._come(backend, lambda rows: by_visitor(backend, self.name, transform(rows), pieces))

    def _come(self, backend: Engine, to: Callable[[ir.Table], T]) -> T:
        coming = f"{self.name}_coming"
        with lent(backend, coming, self.scan.schema, _batches(self.scan)):
            result = to(self.chosen(ibis.table(ibis.Schema.from_pyarrow(self.scan.schema), coming)))
            backend.result(lambda _: None)
        return result


def sessions_since(table: Table, start: datetime) -> Coming:
    """The sessions that began then or later."""
    names = tuple(name for name in SESSIONS.names if name in table.schema().column_names)
    current = table.current_snapshot()
    condition = filters.since("started_at", start)
    tasks = [] if current is None else planned(table, current.snapshot_id, condition)
    chosen = Selection(names, time_column="started_at", start=start)
    return Coming("held_sessions", Scan(table, chosen, tasks, table.schema()))


def still_open(table: Table) -> Coming:
    """When each session began that was not closed yet by the last commit, whatever its settings."""
    current = table.current_snapshot()
    tasks = [] if current is None else planned(table, current.snapshot_id, filters.is_false("is_closed"))
    return Coming(
        "open_sessions", Scan(table, Selection(("started_at",), where={"is_closed": False}), tasks, table.schema())
    )


def not_quiet(table: Table, start: datetime) -> Coming:
    """When each session of people began that had an event then or later."""
    current = table.current_snapshot()
    tasks = [] if current is None else planned(table, current.snapshot_id, filters.since("last_event", start))
    chosen = Selection(("started_at",), time_column="last_event", start=start, where={"is_bot": False})
    return Coming("not_quiet_sessions", Scan(table, chosen, tasks, table.schema()))


def not_final(table: Table) -> Coming:
    """The days of each funnel that were not final yet by the last commit, whatever its settings."""
    current = table.current_snapshot()
    tasks = [] if current is None else planned(table, current.snapshot_id, filters.is_false("is_final"))
    chosen = Selection(("funnel", "day"), where={"is_final": False})
    return Coming("days_not_final", Scan(table, chosen, tasks, table.schema()))


def keys_between(table: Table, start: datetime, end: datetime) -> Coming:
    """The events of sessions that began in that time, but for its end, each with the key of its session."""
    current = table.current_snapshot()
    condition = And(filters.since("session_started_at", start), filters.before("session_started_at", end))
    tasks = [] if current is None else planned(table, current.snapshot_id, condition)
    chosen = Selection(tuple(KNOWN.names), time_column="session_started_at", start=start, end=end)
    return Coming("known_events", Scan(table, chosen, tasks, table.schema()))


def sessions_of_all(backend: Engine, table: Table, renewed: Renewed, by: tuple[datetime, Settings]) -> ir.Table:
    """All sessions there are now, as far as customers' behaviour goes by them: those that stay, and those made anew."""
    names = ("session_key", "customer_id", "started_at", "last_event", "length_seconds")
    current = table.current_snapshot()
    tasks = [] if current is None else planned(table, current.snapshot_id, AlwaysTrue())
    coming = Coming("stay", Scan(table, Selection(names), tasks, table.schema()))
    stay = coming.kept(backend, lambda rows: rows.filter(rows.customer_id.notnull()))
    stay = stay.anti_join(renewed.replaced, "session_key").select(names)
    every = stay.union(renewed.sessions.select(names))
    return every.mutate(is_closed=closed(every.last_event, *by))


def ids_since(table: Table, start: datetime) -> Coming:
    """The id and the time of the events of sessions that began then or later."""
    current = table.current_snapshot()
    tasks = [] if current is None else planned(table, current.snapshot_id, filters.since("session_started_at", start))
    chosen = Selection(("event_id", "occurred_at"), time_column="session_started_at", start=start)
    return Coming("ids_there", Scan(table, chosen, tasks, table.schema()))


def steps_on(table: Table, days: frozenset[int]) -> Coming:
    """The events of sessions that began on these days."""
    tasks = files_of_parts(table, "session_started_at", days)
    return Coming("held_events", Scan(table, Selection(tuple(STEPS.names)), tasks, table.schema()))


def _batches(scan: Scan) -> Iterator[pa.RecordBatch]:
    with translated():
        yield from scan.batches()


def span_of(backend: Engine, regions: ir.Table, reach: timedelta) -> tuple[datetime, datetime] | None:
    """From when to when there are events near the regions; None where there are no regions."""
    row = records(backend, regions.agg(start=regions.start.min(), end=regions.end.max()))[0]
    if row["start"] is None:
        return None
    tick = timedelta(microseconds=1)
    return EPOCH + row["start"] * tick - reach, EPOCH + row["end"] * tick + reach


def _literal(at: datetime) -> ir.Value:
    return ibis.literal(at, INSTANT)
