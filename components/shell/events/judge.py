"""Which records are events: SQL over the columns of a batch, after a cheap look that most events pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.shell.events.batch import Batch, Mask, Places
from components.shell.events.parse import broken, parse
from components.shell.events.plain import INSTANT, LAST_MS, plain
from components.shell.events.rules import MACROS
from components.shell.instants import EPOCH

if TYPE_CHECKING:
    import duckdb

EVENTS = pa.schema(
    [
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("event_type", pa.string(), nullable=False),
        pa.field("event_id", pa.string()),
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("event_time", INSTANT, nullable=False),
        pa.field("known_at", INSTANT, nullable=False),
    ]
)
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
# Where a line says when its event became known; the first one that is there counts.
_KNOWN = ("known_at", "timestamp")

_TIME_NAMES = {"view": "viewed_at", "comment": "created_at", "flag": "created_at"}
_IDS = {"view": None, "comment": "comment_id", "flag": "flag_id"}


def other_kind(kind: str) -> str:
    """The reason why an event of another kind is none of `kind`."""
    return f"event_type is not {kind}"


def fields(kind: str, *, stamped: bool) -> list[str]:
    """The fields by which an event of `kind` is judged, of a record that a broker has stamped or of a line."""
    own = _IDS[kind]
    return ["event_type", "image_id", _TIME_NAMES[kind], *([own] if own else []), *([] if stamped else _KNOWN)]


def _checks(kind: str, *, stamped: bool) -> list[tuple[str, str]]:
    """What is wrong with a record, and how that is told; what comes first counts.

    A time without an offset means UTC for views, and is malformed for all others. A clock may run ahead by a day, and
    nothing happened before 2010.
    """
    time, own = _TIME_NAMES[kind], _IDS[kind]
    untimely = (f"time < 0 OR time > {LAST_MS}", "the record has no time")
    unknown = ("told IS NOT NULL AND instant(told) IS NULL", "known_at is no instant")
    return [
        ("event_type IS NULL", "no event_type"),
        (f"event_type <> '{kind}'", other_kind(kind)),
        untimely if stamped else unknown,
        ("given > now", f"{'the time of the record' if stamped else 'known_at'} lies in the future"),
        *([(f"{own} IS NULL", f"no {own}"), ("event_id IS NULL", f"{own} is no id")] if own else []),
        *([] if kind == "flag" else [("image_id IS NULL", "no image_id")]),
        ("image_id IS NOT NULL AND image IS NULL", "image_id is no id"),
        (f"{time} IS NULL", f"no {time}"),
        ("event_time IS NULL", f"{time} is no instant"),
        *([] if kind == "view" else [(f"NOT has_offset({time})", f"{time} has no offset")]),
        ("event_time < TIMESTAMPTZ '2010-01-01 00:00:00Z'", f"{time} lies before 2010"),
        ("event_time > latest", f"{time} lies in the future"),
    ]


def _query(kind: str, latest_us: int, *, stamped: bool) -> str:
    """The query that judges a batch of a topic of `kind`; all of its text is written here.

    Records that no broker has stamped became known when they say so, or else when they happened; in no case later than
    `latest_us`.
    """
    time, own = _TIME_NAMES[kind], _IDS[kind]
    event_id = f"identity({own})" if own else "NULL::VARCHAR"
    reason = " ".join(f"WHEN {condition} THEN '{text}'" for condition, text in _checks(kind, stamped=stamped))
    given = f"make_timestamp(CASE WHEN time BETWEEN 0 AND {LAST_MS} THEN time * 1000 END)::TIMESTAMPTZ"
    return f"""
    SELECT row, topic, partition, "offset", event_type, event_id, image AS image_id, event_time, known_at,
           CASE WHEN broken IS NOT NULL THEN broken {reason} END AS reason FROM (
        SELECT *, {"given" if stamped else "coalesce(given, event_time)"} AS known_at,
               coalesce(given + INTERVAL 1 DAY, now) AS latest
        FROM (
            SELECT *, {event_id} AS event_id, identity(image_id) AS image, instant({time}) AS event_time,
                   {given if stamped else "instant(told)"} AS given, make_timestamp({latest_us})::TIMESTAMPTZ AS now
            FROM batch))
    """  # noqa: S608 - see above


@dataclass(frozen=True)
class Judged:
    """A batch sorted: events, rejected records, and how many flags are on no image."""

    events: pa.Table
    rejected: pa.Table
    on_no_image: int


class Judge:
    """Tells events from records that are none.

    No clock runs ahead of this machine's by more than a day: what says that it became known later is malformed, for it
    would be landed and never counted.
    """

    def __init__(self, now: datetime | None = None) -> None:
        self._latest_us = ((now or datetime.now(UTC)) - EPOCH + timedelta(days=1)) // timedelta(microseconds=1)

    @cached_property
    def _connection(self) -> "duckdb.DuckDBPyConnection":
        import duckdb

        found = duckdb.connect()
        # One thread keeps the rows in their order.
        found.execute(f"SET threads = 1; {MACROS}")
        return found

    def __call__(self, batch: Batch, kind: str) -> Judged:
        """The batch of a topic of `kind`, sorted; every record is in exactly one of the three."""
        wanted = fields(kind, stamped=batch.times is not None)
        if batch.unreadable:
            return self.sort(batch, kind, broken(len(batch), wanted, batch.unreadable))
        return self.sort(batch, kind, parse(batch.values, wanted))

    def sort(self, batch: Batch, kind: str, parsed: pa.Table) -> Judged:
        """The same, where what the values hold is known: their `fields` as columns of text, and `broken`."""
        columns = _columns(parsed, batch.times)
        sound, *times = plain(columns, kind, (_TIME_NAMES[kind], _IDS[kind]), self._latest_us)
        events = _events(batch, kind, columns, sound, times)
        if sound.all():
            return Judged(events, REJECTED.empty_table(), 0)
        rest = np.flatnonzero(~sound)
        found = self._closely(batch, kind, columns, rest)
        fine, on_image = pc.is_null(found["reason"]), pc.is_valid(found["image_id"])
        late = found.filter(pc.and_(fine, on_image))
        refused = found.filter(pc.invert(fine))
        rows = np.concatenate([np.flatnonzero(sound), late["row"].to_numpy()])
        events = pa.concat_tables([events, late.select(EVENTS.names).cast(EVENTS)]).take(pa.array(np.argsort(rows)))
        excerpts = pa.array([_excerpt(batch.values[row]) for row in refused["row"].to_pylist()], pa.string())
        rejected = refused.select(REJECTED.names[:-1]).append_column("excerpt", excerpts)
        return Judged(events, rejected.cast(REJECTED), found.num_rows - late.num_rows - refused.num_rows)

    def _closely(self, batch: Batch, kind: str, columns: dict[str, pa.Array], rows: Places) -> pa.Table:
        table = pa.table(columns).take(pa.array(rows))
        places = {
            "row": pa.array(rows),
            "topic": pa.repeat(pa.scalar(batch.topic), len(rows)),
            "partition": pa.array(batch.partitions[rows]),
            "offset": pa.array(batch.offsets[rows]),
        }
        asked = pa.table({**places, **dict(zip(table.column_names, table.columns, strict=True))})
        self._connection.register("batch", asked)
        found = self._connection.sql(_query(kind, self._latest_us, stamped=batch.times is not None)).to_arrow_table()
        self._connection.unregister("batch")
        return found


def _columns(parsed: pa.Table, times: Places | None) -> dict[str, pa.Array]:
    """The columns that are judged: those of the values, `broken`, and `time` or `told`."""
    found = {name: _whole(column) for name, column in zip(parsed.column_names, parsed.columns, strict=True)}
    if times is None:
        first, second = (found.pop(name) for name in _KNOWN)
        found["told"] = first if second.null_count == len(second) else pc.coalesce(first, second)
    else:
        found["time"] = pa.array(times)
    return found


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _events(batch: Batch, kind: str, columns: dict[str, pa.Array], rows: Mask, times: Sequence[Places]) -> pa.Table:
    """The events in these rows; `times` are the event times and times known of each, in microseconds."""
    happened, known = times
    own, offsets, every = _IDS[kind], pa.array(batch.offsets[rows]), bool(rows.all())
    taken = {
        name: columns[name] if every else columns[name].filter(pa.array(rows)) for name in ("image_id", own) if name
    }
    found = {
        "topic": pa.repeat(pa.scalar(batch.topic), len(offsets)),
        "partition": pa.array(batch.partitions[rows]),
        "offset": offsets,
        "event_type": pa.repeat(pa.scalar(kind), len(offsets)),
        "event_id": taken[own] if own else pa.nulls(len(offsets), pa.string()),
        "image_id": taken["image_id"],
        "event_time": pa.array(happened).cast(INSTANT),
        "known_at": pa.array(known).cast(INSTANT),
    }
    return pa.table(found, schema=EVENTS)


def _excerpt(value: bytes | None) -> str | None:
    return None if value is None else value[:_EXCERPT].decode(errors="replace").replace("\0", "\ufffd")
