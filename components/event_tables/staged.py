"""A share of events as data files of the table, listed in an Iceberg manifest that no snapshot names yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from components.event_tables.manifests import list_files
from components.iceberg.conform import conform, target_schema
from components.iceberg.staging import Staging
from components.shell import datasets

_BATCH_ROWS = 1 << 17
# Consumers side by side stage side by side.
_WAITING_BYTES = 96 << 20
_LOADED = pa.field("loaded_as_of", pa.timestamp("us", "UTC"))


@dataclass(frozen=True)
class Staged:
    """Where the manifest is (empty for no events), how many files it lists, and how many events came and are staged."""

    manifest: str
    files: int
    taken: int
    staged: int


def staged_events(
    table: Table,
    run_key: str,
    as_of: datetime,
    events: Path,
    read_since: datetime | None = None,
    *,
    per_type: bool = True,
) -> Staged:
    """The events of a dataset as files of the table, each event once.

    Events without an id of their own are known by where they lie in their topic, and go straight through: offsets that
    continue one another hold each record once. Those with ids are dropped where their id has come before, in this
    dataset or in the table; `per_type` and `read_since` are those of `first_of_each`. Memory stays bounded while events
    grow.

    Raises:
        ContractError: the events do not fit the table.
        TransientError: store or catalog do not answer, or the disk is full.
    """
    target = target_schema(table.schema(), datasets.schema(events).append(_LOADED))
    taken = datasets.read_manifest(events).rows
    with Staging(table, run_key, _WAITING_BYTES) as staging:
        # Each in files of their own, so that whoever asks for one kind reads no other.
        files = staging.write(_landed(_without_ids(events), target, as_of))
        if _rows(files) < taken:
            from components.event_tables.repeats import first_of_each  # noqa: PLC0415 - a tenth of a second of imports

            firsts = first_of_each(table, events, per_type=per_type, read_since=read_since)
            files = staging.write(_landed(firsts, target, as_of))
        manifest = list_files(table, files, f"staged-{run_key}-{staging.attempt}.avro") if files else ""
    return Staged(manifest, len(files), taken, _rows(files))


def _without_ids(events: Path) -> Iterator[pa.RecordBatch]:
    for batch in datasets.read_batches(events, rows=_BATCH_ROWS, where={"event_id": None}):
        ids = batch.column("event_id")
        if ids.null_count == len(ids):
            yield batch
        elif ids.null_count:
            yield batch.filter(pc.is_null(ids))


def _rows(files: Sequence[DataFile]) -> int:
    return sum(file.record_count for file in files)


def _landed(batches: Iterator[pa.RecordBatch], target: pa.Schema, as_of: datetime) -> Iterator[pa.RecordBatch]:
    """The batches with the instant of the run that lands them, by which a later run finds what is new."""
    instant = pa.scalar(as_of, _LOADED.type)
    for batch in batches:
        yield conform(batch.append_column(_LOADED, pa.repeat(instant, batch.num_rows)), target)
