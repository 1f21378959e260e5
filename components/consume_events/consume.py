"""Records of topics, as datasets of events and of rejected records."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from components.consume_events.offsets import Offsets, describe, length, planned
from components.consume_events.source import Source
from components.shell.datasets import MANIFEST, seal, write_dataset
from components.shell.errors import ConfigurationError
from components.shell.events.batch import Batch
from components.shell.events.judge import EVENTS, REJECTED, Judge, Judged
from components.shell.malformed import refuse_malformed
from components.shell.progress import report
from components.shell.summary import Summary

log = logging.getLogger(__name__)

_PART = "part-00000.parquet"


@dataclass(frozen=True)
class Request:
    """The topics with their kinds of event, what is to be read of them, and the share that may be rejected.

    That share is one of all records of the run, `of_run`, some of which others may read; 0 stands for those read here.
    """

    topics: Mapping[str, str]
    spans: Offsets
    most_rejected: float
    of_run: int = 0


@dataclass(frozen=True)
class Outputs:
    """Where events, rejected records and summary go."""

    events: Path
    rejected: Path
    summary: Path


@dataclass
class Tally:
    """How many records were read, taken, rejected (and why), and flags on no image; where the first rejected one is."""

    read: int = 0
    taken: int = 0
    on_no_image: int = 0
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
    offsets = _held(source, request)
    tally = Tally()
    outputs.rejected.mkdir(parents=True, exist_ok=True)
    (outputs.rejected / MANIFEST).unlink(missing_ok=True)
    with pq.ParquetWriter(outputs.rejected / _PART, REJECTED, compression="zstd") as rejected:
        taken = _taken(source.batches(offsets), request, rejected, tally)
        write_dataset(outputs.events, EVENTS, _within_limit(_reported(taken, offsets, tally), request, tally))
    seal(outputs.rejected, [_PART])
    summary = _summary(offsets, tally)
    summary.write(outputs.summary)
    return summary


def _held(source: Source, request: Request) -> Offsets:
    """The spans, which the topics still hold."""
    if unknown := sorted(set(request.spans) - set(request.topics)):
        raise ConfigurationError(f"topic {unknown[0]} is to be read and has no kind", "name it in topics")
    return planned(request.spans, source.held(request.spans))


def _taken(
    found: Iterator[Batch], request: Request, rejected: pq.ParquetWriter, tally: Tally
) -> Iterator[pa.RecordBatch]:
    for judged in _judged(found, request.topics):
        tally.read += judged.events.num_rows + judged.rejected.num_rows + judged.on_no_image
        tally.taken += judged.events.num_rows
        tally.on_no_image += judged.on_no_image
        if judged.rejected.num_rows:
            rejected.write_table(judged.rejected)
            _count(judged.rejected, tally)
        yield from judged.events.combine_chunks().to_batches()


def _judged(found: Iterator[Batch], topics: Mapping[str, str]) -> Iterator[Judged]:
    """Each batch judged while the next is polled: the client needs Python's lock, Arrow and DuckDB do not."""
    judge, waiting = Judge(), None
    with ThreadPoolExecutor(max_workers=1) as pool:
        for batch in found:
            if waiting is not None:
                yield waiting.result()
            waiting = pool.submit(judge, batch, topics[batch.topic])
        if waiting is not None:
            yield waiting.result()


def _count(rejected: pa.Table, tally: Tally) -> None:
    if not tally.first:
        first = rejected.slice(0, 1).to_pylist()[0]
        tally.first = "offset {offset} of partition {partition} of {topic}: {reason}".format(**first)
    tally.reasons.update(rejected["reason"].to_pylist())


def _reported(found: Iterator[pa.RecordBatch], offsets: Offsets, tally: Tally) -> Iterator[pa.RecordBatch]:
    whole = length(offsets)
    for batch in found:
        yield batch
        report(min(tally.read, whole), whole)


def _within_limit(found: Iterator[pa.RecordBatch], request: Request, tally: Tally) -> Iterator[pa.RecordBatch]:
    """The batches, and an error instead of their end where too many records were rejected: nothing is sealed then.

    What all shares of a run have rejected together is known when they are committed, and judged there again.
    """
    yield from found
    refuse_malformed(request.most_rejected, max(tally.read, request.of_run), tally.reasons, tally.first)


def _summary(offsets: Offsets, tally: Tally) -> Summary:
    """The figures: in = out + rejected + flags on no image."""
    details: dict[str, Any] = {
        "offsets": describe(offsets),
        "rejected": dict(sorted(tally.reasons.items())),
        "first_rejected": tally.first,
        "filtered": {"flags_on_no_image": tally.on_no_image},
    }
    return Summary(rows_in=tally.read, rows_out=tally.taken, rows_rejected=tally.rejected, details=details)
