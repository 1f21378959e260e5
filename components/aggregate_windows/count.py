"""Events in, counts per window out, an hour at a time: what is held does not grow with the number of hours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from components.aggregate_windows.windows import windows
from components.shell.engine import Engine, lent, streamed
from components.shell.errors import ContractError

_EVENTS = ibis.schema({"image_id": "!string", "event_time": "!timestamp(6)"})
_UTC = pa.timestamp("us", "UTC")
_WINDOWS = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("window_start", _UTC, nullable=False),
        pa.field("window_end", _UTC, nullable=False),
        pa.field("event_count", pa.int64(), nullable=False),
        pa.field("processed_at", _UTC, nullable=False),
    ]
)
_HOUR = 3_600_000_000


@dataclass
class Tally:
    """How many events came in."""

    events: int = 0


def counted(
    backend: Engine, events: Iterable[pa.RecordBatch], as_of: datetime, tally: Tally
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The windows of these events, each batch with its hour, which is the number of hours since 1970.

    Args:
        backend: Counts, and holds an hour's windows.
        events: image_id and event_time, in UTC; no batch reaches from one hour into another, and those of one hour
            follow one another.
        as_of: Instant of the run, which every window carries as processed_at.
        tally: Is added to.

    Raises:
        ContractError: an event has been lost or counted twice.
        TransientError: there is no room for what the engine holds; or as `events` raises it.
    """
    query = backend.compile(windows(ibis.table(_EVENTS, "events"), as_of.astimezone(UTC).replace(tzinfo=None)))
    for hour, batches in groupby(events, _hour):
        before, found = tally.events, 0
        with lent(backend, "events", _EVENTS.to_pyarrow(), _tallied(batches, tally)):
            for batch in streamed(backend, query):
                found += pc.sum(batch.column("event_count")).as_py()
                yield hour, batch.cast(_WINDOWS)
        if found != (came := tally.events - before):
            raise ContractError(f"{came} events came and the windows hold {found}", "report this: it cannot be")


def _tallied(batches: Iterable[pa.RecordBatch], tally: Tally) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        tally.events += batch.num_rows
        yield batch.cast(_EVENTS.to_pyarrow())


def _hour(batch: pa.RecordBatch) -> int:
    bounds = pc.min_max(batch.column("event_time").cast(pa.int64())).as_py()
    first, last = bounds["min"] // _HOUR, bounds["max"] // _HOUR
    if first != last:
        raise ContractError("a file of events reaches from one hour into another", "report this: it cannot be")
    return int(first)
