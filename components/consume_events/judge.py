"""Which records are events: SQL over the columns of a batch."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from components.consume_events.parse import parse
from components.consume_events.topics import Batch

_INSTANT = pa.timestamp("us", "UTC")
EVENTS = pa.schema(
    [
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("event_type", pa.string(), nullable=False),
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("event_time", _INSTANT, nullable=False),
        pa.field("known_at", _INSTANT, nullable=False),
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

# One thread keeps the rows in their order.
# A time without an offset means UTC for views, and is malformed for all others. A clock may run ahead by a day, and
# nothing happened before 2010. An id is taken in its shortest spelling where it is a UUID, so that spellings join.
_MACROS = r"""
SET TimeZone = 'UTC';
SET threads = 1;
CREATE MACRO instant(given) AS CASE
    WHEN regexp_full_match(given, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?')
    THEN try_cast(given AS TIMESTAMPTZ) END;
CREATE MACRO has_offset(given) AS regexp_matches(given, '[T ].*(Z|[+-]\d\d(:?\d\d)?)$');
CREATE MACRO identity(given) AS CASE
    WHEN regexp_full_match(given, '[!-~]{1,128}') THEN coalesce(try_cast(given AS UUID)::VARCHAR, given) END;
"""
_TIME_NAMES = {"view": "viewed_at", "comment": "created_at", "flag": "created_at"}
_IDS = {"view": None, "comment": "comment_id", "flag": "flag_id"}
_LAST_TIME = 253_402_300_799_999


def _query(kind: str) -> str:
    """The query that judges a batch of a topic of `kind`; all of its text is written here."""
    time, own = _TIME_NAMES[kind], _IDS[kind]
    checks = [
        ("broken IS NOT NULL", "broken"),
        (f"time < 0 OR time > {_LAST_TIME}", "'the record has no time'"),
        ("event_type IS NULL", "'no event_type'"),
        (f"event_type <> '{kind}'", f"'event_type is not {kind}'"),
        *([(f"{own} IS NULL", f"'no {own}'"), ("event_id IS NULL", f"'{own} is no id'")] if own else []),
        *([] if kind == "flag" else [("image_id IS NULL", "'no image_id'")]),
        ("image_id IS NOT NULL AND image IS NULL", "'image_id is no id'"),
        (f"{time} IS NULL", f"'no {time}'"),
        ("event_time IS NULL", f"'{time} is no instant'"),
        *([] if kind == "view" else [(f"NOT has_offset({time})", f"'{time} has no offset'")]),
        ("event_time < TIMESTAMPTZ '2010-01-01 00:00:00Z'", f"'{time} lies before 2010'"),
        ("event_time > known_at + INTERVAL 1 DAY", f"'{time} lies in the future'"),
    ]
    reason = " ".join(f"WHEN {condition} THEN {text}" for condition, text in checks)
    event_id = f"identity({own})" if own else "topic || '/' || partition || '/' || \"offset\""
    return f"""
    SELECT * EXCLUDE (image_id, image), image AS image_id, CASE {reason} END AS reason FROM (
        SELECT *, {event_id} AS event_id, identity(image_id) AS image, instant({time}) AS event_time,
               make_timestamp(CASE WHEN time BETWEEN 0 AND {_LAST_TIME} THEN time * 1000 END)::TIMESTAMPTZ AS known_at
        FROM batch)
    """  # noqa: S608 - see above


@dataclass(frozen=True)
class Judged:
    """A batch sorted: events, rejected records, and how many flags are on no image."""

    events: pa.Table
    rejected: pa.Table
    on_no_image: int


class Judge:
    """Tells events from records that are none."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(_MACROS)

    def __call__(self, batch: Batch, kind: str) -> Judged:
        """The batch of a topic of `kind`, sorted; every record is in exactly one of the three."""
        self._connection.register("batch", _columns(batch))
        found = self._connection.sql(_query(kind)).to_arrow_table()
        self._connection.unregister("batch")
        sound = pc.is_null(found["reason"])
        on_image = pc.is_valid(found["image_id"])
        events = found.filter(pc.and_(sound, on_image)).select(EVENTS.names)
        refused = found.filter(pc.invert(sound))
        excerpts = pa.array([_excerpt(batch.values[row]) for row in refused["row"].to_pylist()], pa.string())
        rejected = refused.select(REJECTED.names[:-1]).append_column("excerpt", excerpts)
        on_no_image = found.num_rows - events.num_rows - refused.num_rows
        return Judged(events.cast(EVENTS), rejected.cast(REJECTED), on_no_image)


def _columns(batch: Batch) -> pa.Table:
    count, parsed = len(batch.offsets), parse(batch.values)
    columns = dict(zip(parsed.column_names, parsed.columns, strict=True))
    return pa.table(
        {
            "row": pa.array(range(count), pa.int32()),
            "topic": pa.repeat(pa.scalar(batch.topic), count),
            "partition": pa.array(batch.partitions, pa.int32()),
            "offset": pa.array(batch.offsets, pa.int64()),
            "time": pa.array(batch.times, pa.int64()),
            **columns,
        }
    )


def _excerpt(value: bytes | None) -> str | None:
    return None if value is None else value[:_EXCERPT].decode(errors="replace").replace("\0", "\ufffd")
