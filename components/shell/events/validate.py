"""Which records are events: SQL over the columns of a batch, after a cheap look that most events pass."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.shell.events import switch
from components.shell.events.batch import Batch, Mask, Places
from components.shell.events.definition import Event, columns
from components.shell.events.forms import ARROW, INSTANT
from components.shell.events.parse import broken, parse
from components.shell.events.rules import MACROS
from components.shell.events.texts import Texts, texts
from components.shell.events.verdict import query, raw_names
from components.shell.instants import EPOCH

if TYPE_CHECKING:
    import duckdb

REJECTED = pa.schema(
    [
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("excerpt", pa.string()),
    ]
)
_EXCERPT = 120


def schema(events: Iterable[Event]) -> pa.Schema:
    """The columns of a dataset of these events."""
    return pa.schema(
        [
            pa.field("topic", pa.string(), nullable=False),
            pa.field("partition", pa.int32(), nullable=False),
            pa.field("offset", pa.int64(), nullable=False),
            pa.field("event_type", pa.string(), nullable=False),
            pa.field("event_id", pa.string()),
            *(pa.field(one.name, ARROW[one.type], nullable=one.nullable) for one in columns(events)),
            pa.field("event_time", INSTANT, nullable=False),
            pa.field("known_at", INSTANT, nullable=False),
        ]
    )


def widened(events: pa.Table, wanted: pa.Schema) -> pa.Table:
    """The events with the columns of a dataset of several kinds; those that theirs has not are null."""
    if events.schema == wanted:
        return events
    present = set(events.column_names)
    arrays = [events[one.name] if one.name in present else pa.nulls(events.num_rows, one.type) for one in wanted]
    return pa.table(arrays, schema=wanted)


@dataclass(frozen=True)
class Validated:
    """A batch sorted: events, rejected records, and how many are no events and nothing wrong, by what they are."""

    events: pa.Table
    rejected: pa.Table
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """All records of the batch."""
        return int(self.events.num_rows + self.rejected.num_rows) + sum(self.left_out.values())


class Validator:
    """Tells events from records that are none.

    No clock runs ahead of this machine's by more than a day: what says that it became known later is malformed, for it
    would be landed and never counted.
    """

    def __init__(self, now: datetime | None = None) -> None:
        self._latest_us = ((now or datetime.now(UTC)) - EPOCH + timedelta(days=1)) // timedelta(microseconds=1)

    @cached_property
    def _connection(self) -> "duckdb.DuckDBPyConnection":
        import duckdb

        connection = duckdb.connect()
        # One thread keeps the rows in their order.
        connection.execute(f"SET threads = 1; {MACROS}")
        return connection

    def __call__(self, batch: Batch, event: Event) -> Validated:
        """The batch of a topic of such events, sorted; every record is in exactly one of the three."""
        wanted = event.fields(stamped=batch.times is not None)
        if batch.unreadable:
            return self.sort(batch, event, broken(len(batch), wanted, batch.unreadable))
        return self.sort(batch, event, parse(batch.values, wanted))

    def sort(self, batch: Batch, event: Event, parsed: pa.Table) -> Validated:
        """The same, where what the values hold is known: their fields as columns of text by path, and `broken`."""
        text_columns = texts(event, parsed, batch.times)
        if not switch.is_fast():
            return self._sorted(batch, event, text_columns, np.arange(len(batch)))
        from components.shell.events.fast.plain import plain

        sound, *times = plain(text_columns, event, self._latest_us)
        quick = _events(batch, event, text_columns, sound, times)
        if sound.all():
            return Validated(quick, REJECTED.empty_table())
        closely = self._sorted(batch, event, text_columns, np.flatnonzero(~sound))
        rows = np.concatenate([np.flatnonzero(sound), closely.rows])
        events = pa.concat_tables([quick, closely.events]).take(pa.array(np.argsort(rows)))
        return replace(closely, events=events)

    def _sorted(self, batch: Batch, event: Event, text_columns: Texts, rows: Places) -> "_Closely":
        validated = self._query_batch(batch, event, text_columns, rows)
        fine, counted = pc.is_null(validated["reason"]), pc.is_valid(validated["left_out"])
        taken = validated.filter(pc.and_(fine, pc.invert(counted)))
        refused = validated.filter(pc.invert(fine))
        words = validated["left_out"].filter(pc.and_(fine, counted)).to_pylist()
        wanted = schema([event])
        excerpts = pa.array([_excerpt(batch.values[row]) for row in refused["row"].to_pylist()], pa.string())
        rejected = refused.select(REJECTED.names[:-1]).append_column("excerpt", excerpts).cast(REJECTED)
        return _Closely(taken.select(wanted.names).cast(wanted), rejected, Counter(words), taken["row"].to_numpy())

    def _query_batch(self, batch: Batch, event: Event, text_columns: Texts, rows: Places) -> pa.Table:
        stamped = batch.times is not None
        table = pa.table(text_columns.columns(raw_names(event, stamped=stamped))).take(pa.array(rows))
        positions = {
            "row": pa.array(rows),
            "topic": pa.repeat(pa.scalar(batch.topic), len(rows)),
            "partition": pa.array(batch.partitions[rows]),
            "offset": pa.array(batch.offsets[rows]),
        }
        batch_rows = pa.table({**positions, **dict(zip(table.column_names, table.columns, strict=True))})
        self._connection.register("batch", batch_rows)
        validated = self._connection.sql(query(event, self._latest_us, stamped=stamped)).to_arrow_table()
        self._connection.unregister("batch")
        return validated


@dataclass(frozen=True)
class _Closely(Validated):
    """What the careful look found, and in which rows the events are."""

    rows: Places = field(default_factory=lambda: np.zeros(0, np.int64))


def _events(batch: Batch, event: Event, text_columns: Texts, rows: Mask, times: Sequence[Places]) -> pa.Table:
    """The events in these rows; `times` are the event times and times known of each, in microseconds."""
    event_us, known = times
    wanted, offsets = schema([event]), pa.array(batch.offsets[rows])
    if not len(offsets):
        return wanted.empty_table()

    def chosen(column: pa.Array) -> pa.Array:
        return column if rows.all() else column.filter(pa.array(rows))

    taken = {
        "topic": pa.repeat(pa.scalar(batch.topic), len(offsets)),
        "partition": pa.array(batch.partitions[rows]),
        "offset": offsets,
        "event_type": chosen(text_columns.kinds),
        "event_id": chosen(text_columns.fields[event.id.path]) if event.id else pa.nulls(len(offsets), pa.string()),
        **{one.name: chosen(text_columns.fields[one.path]) for one in event.columns},
        "event_time": pa.array(event_us).cast(INSTANT),
        "known_at": pa.array(known).cast(INSTANT),
    }
    return pa.table(taken, schema=wanted)


def _excerpt(value: bytes | None) -> str | None:
    return None if value is None else value[:_EXCERPT].decode(errors="replace").replace("\0", "\ufffd")
