"""Records of topics, as datasets of events and of rejected records."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from components.consume_events.offsets import Offsets, describe, length
from components.consume_events.source import Source
from components.shell.datasets import MANIFEST, seal, write_dataset
from components.shell.errors import ConfigurationError
from components.shell.events.batch import Batch
from components.shell.events.definition import Event
from components.shell.events.validate import REJECTED, Validated, Validator, schema, widened
from components.shell.malformed import refuse_malformed
from components.shell.progress import report
from components.shell.summary import Summary

log = logging.getLogger(__name__)

_PART = "part-00000.parquet"


@dataclass(frozen=True)
class Request:
    """The topics with what is an event in each, what is to be read of them, and the share that may be rejected.

    That share is one of all records of the run, `of_run`, some of which others may read; 0 stands for those read here.
    `events` are all that the table holds, whose columns the dataset has; those of the topics where it is empty.
    """

    topics: Mapping[str, Event]
    spans: Offsets
    most_rejected: float
    of_run: int = 0
    events: Sequence[Event] = ()

    @property
    def definitions(self) -> Sequence[Event]:
        """All definitions."""
        return self.events or list(self.topics.values())


@dataclass(frozen=True)
class Outputs:
    """Where events, rejected records and summary go."""

    events: Path
    rejected: Path
    summary: Path


@dataclass
class Tally:
    """How many records were read, taken, rejected and left out (and why); where the first rejected one is."""

    read: int = 0
    taken: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    first: str = ""

    @property
    def rejected(self) -> int:
        """Rejected records."""
        return self.reasons.total()


def consume(source: Source, request: Request, outputs: Outputs) -> Summary:
    """Write the records of all spans as events and rejected ones, and return the figures.

    Raises:
        ContractError: more records are rejected than may be.
        ConfigurationError: a topic does not exist or may not be read, or `most_rejected` is no share.
        SourceGoneError: records that were planned for are gone.
        TransientError: the broker does not answer.
    """
    if not 0 <= request.most_rejected <= 1:
        raise ConfigurationError(f"most_rejected {request.most_rejected} is no share", "write a number from 0 to 1")
    offsets = _present_spans(source, request)
    tally = Tally()
    outputs.rejected.mkdir(parents=True, exist_ok=True)
    (outputs.rejected / MANIFEST).unlink(missing_ok=True)
    with pq.ParquetWriter(outputs.rejected / _PART, REJECTED, compression="zstd") as rejected:
        wanted = schema(request.definitions)
        taken = _taken(source.batches(offsets), request, rejected, tally)
        widest = (one for events in taken for one in widened(events, wanted).combine_chunks().to_batches())
        write_dataset(outputs.events, wanted, _within_limit(_reported(widest, offsets, tally), request, tally))
    seal(outputs.rejected, [_PART])
    summary = _summary(request, tally)
    summary.write(outputs.summary)
    return summary


def _present_spans(source: Source, request: Request) -> Offsets:
    """The spans, which the topics still hold."""
    if unknown := sorted(set(request.spans) - set(request.topics)):
        raise ConfigurationError(f"topic {unknown[0]} is to be read and has no kind", "name it in topics")
    return source.still(request.spans)


def _taken(batches: Iterator[Batch], request: Request, rejected: pq.ParquetWriter, tally: Tally) -> Iterator[pa.Table]:
    for judged in _judged(batches, request.topics):
        tally.read += judged.read
        tally.taken += judged.events.num_rows
        tally.left_out.update(judged.left_out)
        if judged.rejected.num_rows:
            rejected.write_table(judged.rejected)
            _count(judged.rejected, tally)
        yield judged.events


def _judged(batches: Iterator[Batch], topics: Mapping[str, Event]) -> Iterator[Validated]:
    """Each batch is validated while the next is polled: the client needs Python's lock, Arrow and DuckDB do not."""
    validate, waiting = Validator(), None
    with ThreadPoolExecutor(max_workers=1) as pool:
        for batch in batches:
            if waiting is not None:
                yield waiting.result()
            waiting = pool.submit(validate, batch, topics[batch.topic])
        if waiting is not None:
            yield waiting.result()


def _count(rejected: pa.Table, tally: Tally) -> None:
    if not tally.first:
        first = rejected.slice(0, 1).to_pylist()[0]
        tally.first = "offset {offset} of partition {partition} of {topic}: {reason}".format(**first)
    tally.reasons.update(rejected["reason"].to_pylist())


def _reported(batches: Iterator[pa.RecordBatch], offsets: Offsets, tally: Tally) -> Iterator[pa.RecordBatch]:
    whole = length(offsets)
    for batch in batches:
        yield batch
        report(min(tally.read, whole), whole)


def _within_limit(batches: Iterator[pa.RecordBatch], request: Request, tally: Tally) -> Iterator[pa.RecordBatch]:
    """The batches, and an error instead of their end where too many records were rejected: nothing is sealed then.

    What all shares of a run have rejected together is known when they are committed, and checked there again.
    """
    yield from batches
    refuse_malformed(request.most_rejected, max(tally.read, request.of_run), tally.reasons, tally.first)


def _summary(request: Request, tally: Tally) -> Summary:
    """The figures: in = out + rejected + what is no event and nothing wrong."""
    words = {one.left_out_as for event in request.definitions for one in event.columns if one.left_out_as}
    details: dict[str, Any] = {
        "offsets": describe(request.spans),
        "rejected": dict(sorted(tally.reasons.items())),
        "first_rejected": tally.first,
        "filtered": {word: tally.left_out[word] for word in sorted(words)},
    }
    return Summary(rows_in=tally.read, rows_out=tally.taken, rows_rejected=tally.rejected, details=details)
