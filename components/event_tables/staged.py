"""A share of events as data files of the table, listed in an Iceberg manifest that no snapshot names yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.avro.codecs import AvroCompressionCodec
from pyiceberg.manifest import DataFile, ManifestEntry, ManifestEntryStatus, ManifestFile, write_manifest
from pyiceberg.table import Table

from components.event_tables.repeats import first_of_each
from components.shell import datasets
from components.shell.catalog import store_error
from components.shell.conform import conform, target_schema
from components.shell.errors import ContractError
from components.shell.staging import Staging

VIEW = "view"
"""The one kind of event without an id of its own: a view is known by where it lies in its topic."""

_BATCH_ROWS = 1 << 17
# Consumers side by side stage side by side.
_WAITING_BYTES = 48 << 20
_LOADED = pa.field("loaded_as_of", pa.timestamp("us", "UTC"))
_CODEC: AvroCompressionCodec = "deflate"
_TODO = "start a new run, which stages them again"


@dataclass(frozen=True)
class Staged:
    """Where the manifest is (empty for no events), how many files it lists, and how many events came and are staged."""

    manifest: str
    files: int
    taken: int
    staged: int


def staged_events(table: Table, run_key: str, as_of: datetime, events: Path) -> Staged:
    """The events of a dataset as files of the table, each event once.

    Views go straight through: offsets that continue one another hold each record once. Comments and flags are dropped
    where their id has come before, in this dataset or in the table. Memory stays bounded while events grow.

    Raises:
        ContractError: the events do not fit the table.
        TransientError: store or catalog do not answer, or the disk is full.
    """
    target = target_schema(table.schema(), datasets.schema(events).append(_LOADED))
    with Staging(table, run_key, _WAITING_BYTES) as staging:
        # Each in files of their own, so that whoever asks for one kind reads no other.
        staging.write(_landed(_views(events), target, as_of))
        files = staging.write(_landed(first_of_each(table, events), target, as_of))
        manifest = _listed(table, files, f"staged-{run_key}-{staging.attempt}.avro") if files else ""
    staged = sum(file.record_count for file in files)
    return Staged(manifest, len(files), datasets.read_manifest(events).rows, staged)


def _views(events: Path) -> Iterator[pa.RecordBatch]:
    for batch in datasets.read_batches(events, rows=_BATCH_ROWS):
        chosen = pc.equal(batch.column("event_type"), VIEW)
        views = batch if pc.all(chosen).as_py() else batch.filter(chosen)
        if views.num_rows:
            yield views


def _landed(batches: Iterator[pa.RecordBatch], target: pa.Schema, as_of: datetime) -> Iterator[pa.RecordBatch]:
    """The batches with the instant of the run that lands them, by which a later run finds what is new."""
    instant = pa.scalar(as_of, _LOADED.type)
    for batch in batches:
        yield conform(batch.append_column(_LOADED, pa.repeat(instant, batch.num_rows)), target)


def _listed(table: Table, files: Sequence[DataFile], name: str) -> str:
    path = table.location_provider().new_metadata_location(name)
    output = table.io.new_output(path)
    try:
        with write_manifest(2, table.spec(), table.schema(), output, 0, _CODEC) as writer:
            for file in files:
                writer.add(
                    ManifestEntry.from_args(
                        status=ManifestEntryStatus.ADDED,
                        snapshot_id=None,
                        sequence_number=None,
                        file_sequence_number=None,
                        data_file=file,
                    )
                )
    except OSError as error:
        raise store_error(error) from error
    return path


def files_of(table: Table, manifest: str) -> list[DataFile]:
    """The data files that a manifest of staged events lists, all of them there in full size.

    Raises:
        ContractError: one is gone: whoever sweeps the store takes files that stay unnamed for long.
        TransientError: the store does not answer.
    """
    listed = ManifestFile.from_args(
        manifest_path=manifest, manifest_length=0, partition_spec_id=table.spec().spec_id, content=0,
        sequence_number=0, min_sequence_number=0, added_snapshot_id=0,
    )  # fmt: skip
    try:
        files = [entry.data_file for entry in listed.fetch_manifest_entry(table.io)]
        cut = [file.file_path for file in files if len(table.io.new_input(file.file_path)) != file.file_size_in_bytes]
    except FileNotFoundError as error:
        raise ContractError(f"staged events are gone: {error}", _TODO) from None
    except OSError as error:
        raise store_error(error) from error
    if cut:
        raise ContractError(f"staged file {cut[0]} is not what it was", _TODO)
    return files
