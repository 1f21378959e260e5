"""Events in, counts per window out, a few hours at a time: what is held does not grow with the number of hours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from components.aggregate_windows.windows import windows
from components.iceberg.misfits import floored
from components.shell import counts
from components.shell.engine import Engine, lent, streamed
from components.shell.errors import ContractError

_UTC = pa.timestamp("us", "UTC")
_COUNTED = pa.schema(
    [
        pa.field("window_start", _UTC, nullable=False),
        pa.field("window_end", _UTC, nullable=False),
        pa.field("event_count", pa.int64(), nullable=False),
        pa.field("processed_at", _UTC, nullable=False),
    ]
)
_HOUR = 3_600_000_000
# So few events are counted in hardly more time than a query takes to begin: quiet hours share one.
_QUIET_ROWS = 1 << 16


@dataclass
class Tally:
    """How many events came in."""

    events: int = 0


def counted(
    backend: Engine, events: Iterable[pa.RecordBatch], keys: pa.Schema, as_of: datetime, tally: Tally
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The windows of these events in their order, each batch with its hour, which is the number of hours since 1970.

    Args:
        backend: Counts, and holds the windows of an hour, or of some quiet ones.
        events: The keys and event_time, in UTC; no batch reaches from one hour into another, and those of one hour
            follow one another, in the order of hours.
        keys: By the values of which columns events are counted.
        as_of: Instant of the run, which every window carries as processed_at.
        tally: Is added to.

    Raises:
        ContractError: an event has been lost or counted twice.
        TransientError: there is no room for what the engine holds; or as `events` raises it.
    """
    event_schema = ibis.Schema.from_pyarrow(keys.append(pa.field("event_time", pa.timestamp("us"), nullable=False)))
    counted_of = windows(ibis.table(event_schema, "events"), keys.names, as_of.astimezone(UTC).replace(tzinfo=None))
    query, schema = backend.compile(counted_of), pa.schema([*keys, *_COUNTED])
    for _, batches in groupby(events, _Shares().number):
        before, total = tally.events, 0
        with lent(backend, "events", event_schema.to_pyarrow(), _tallied(batches, event_schema.to_pyarrow(), tally)):
            for batch in streamed(backend, query):
                total += pc.sum(batch.column("event_count")).as_py()
                yield from _by_hour(batch.cast(schema))
        if total != (came := tally.events - before):
            raise ContractError(
                f"{counts.counted(came, 'event')} came and the windows hold {total}", "report this: it cannot be"
            )


@dataclass
class _Shares:
    """Cuts events into what is counted by one query: whole hours, and not many events more than a busy hour has."""

    share: int = 0
    rows: int = 0
    hour: int | None = None

    def number(self, batch: pa.RecordBatch) -> int:
        """The number of the share that the batch belongs to."""
        hour = _hour(batch)
        if hour != self.hour and self.rows >= _QUIET_ROWS:
            self.share, self.rows = self.share + 1, 0
        self.hour = hour
        self.rows += batch.num_rows
        return self.share


def _tallied(batches: Iterable[pa.RecordBatch], schema: pa.Schema, tally: Tally) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        tally.events += batch.num_rows
        yield batch.cast(schema)


def _hour(batch: pa.RecordBatch) -> int:
    bounds = pc.min_max(batch.column("event_time").cast(pa.int64())).as_py()
    first, last = bounds["min"] // _HOUR, bounds["max"] // _HOUR
    if first != last:
        raise ContractError("a file of events reaches from one hour into another", "report this: it cannot be")
    return int(first)


def _by_hour(counted: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    hours = pc.run_end_encode(floored(counted.column("window_start").cast(pa.int64()), _HOUR))
    spans = pairwise([0, *hours.run_ends.to_pylist()])
    for hour, (start, end) in zip(hours.values.to_pylist(), spans, strict=True):
        yield hour, counted.slice(start, end - start)
