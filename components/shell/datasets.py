"""Datasets: directories of Parquet files, complete only when the manifest, written last, says so."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from components.shell.encoding import differences, repetitive
from components.shell.errors import ContractError
from components.shell.files import write_atomically

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MANIFEST = "_manifest.json"
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class File:
    """One file of a dataset: its name below the directory, rows, bytes and sha-256."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The files that make up a dataset."""

    files: tuple[File, ...]

    @property
    def rows(self) -> int:
        """Rows in all files together."""
        return sum(file.rows for file in self.files)


def write_dataset(
    directory: Path, schema: "pa.Schema", batches: Iterable["pa.RecordBatch"], rows_per_file: int = 5_000_000
) -> Manifest:
    """Stream `batches` into Parquet files below `directory` and write the manifest last.

    Memory stays at one row group. An empty stream leaves one empty file that carries the schema.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    directory.mkdir(parents=True, exist_ok=True)
    (directory / MANIFEST).unlink(missing_ok=True)
    names: list[str] = []
    writer: pq.ParquetWriter | None = None
    rows = 0
    try:
        for batch in batches:
            if writer is None or rows >= rows_per_file:
                if writer is not None:
                    writer.close()
                names.append(f"part-{len(names):05d}.parquet")
                coded, rows = repetitive(batch), 0
                writer = pq.ParquetWriter(
                    directory / names[-1],
                    schema,
                    compression="zstd",
                    use_dictionary=coded,
                    column_encoding=differences(schema, coded),
                )
            writer.write_batch(batch)
            rows += batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    if not names:
        names.append("part-00000.parquet")
        pq.write_table(pa.Table.from_batches([], schema=schema), directory / names[0], compression="zstd")
    return seal(directory, names)


def seal(directory: Path, names: Sequence[str]) -> Manifest:
    """Write the manifest over the Parquet files `names` below `directory`, which makes the dataset complete."""
    import pyarrow.parquet as pq

    files = []
    for name in names:
        path = directory / name
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files.append(File(name, pq.read_metadata(path).num_rows, path.stat().st_size, digest))
    manifest = Manifest(tuple(files))
    write_atomically(directory / MANIFEST, json.dumps({"files": [asdict(file) for file in files]}, indent=2).encode())
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a complete dataset whose files are all there in full size.

    Raises:
        ContractError: the dataset was never finished, or a file of it is missing or cut.
    """
    path = directory / MANIFEST
    if not path.is_file():
        raise ContractError(
            f"dataset {directory.name} has no manifest: whoever wrote it did not finish", "run that step again"
        )
    manifest = Manifest(tuple(File(**file) for file in json.loads(path.read_bytes())["files"]))
    for file in manifest.files:
        part = directory / file.name
        is_within = directory in part.parents and ".." not in part.parts[len(directory.parts) :]
        if not is_within or not part.is_file() or part.stat().st_size != file.bytes:
            raise ContractError(
                f"file {file.name} of dataset {directory.name} is missing or cut", "run the step that wrote it again"
            )
    return manifest


def files(directory: Path) -> list[str]:
    """Paths of the Parquet files of a complete dataset, in order."""
    return [str(directory / file.name) for file in read_manifest(directory).files]


def read_batches(
    directory: Path,
    columns: Sequence[str] | None = None,
    rows: int = 1 << 16,
    where: Mapping[str, str | None] = MappingProxyType({}),
) -> Iterator["pa.RecordBatch"]:
    """The rows of a complete dataset in batches of at most so many `rows`, in order.

    Read as they are needed: pyarrow's own datasets, and row groups read ahead, pile up gigabytes while the consumer is
    slow. Row groups in which no row can have the texts of `where`, by column, or be null there, are passed over; others
    come whole.
    """
    import pyarrow.parquet as pq

    wanted = None if columns is None else list(columns)
    for path in files(directory):
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BYTES) as file:
            groups = [number for number in range(file.num_row_groups) if _may_hold(file, number, where)]
            yield from file.iter_batches(rows, row_groups=groups, columns=wanted)


def _may_hold(file: "pq.ParquetFile", group: int, where: Mapping[str, str | None]) -> bool:
    row_group = file.metadata.row_group(group)
    for column in map(row_group.column, range(row_group.num_columns)):
        name, bounds = column.path_in_schema, column.statistics
        if name not in where or bounds is None:
            continue
        text = where[name]
        if text is None and bounds.has_null_count and not bounds.null_count:
            return False
        if text is not None and bounds.has_min_max and not bounds.min <= text <= bounds.max:
            return False
    return True


def schema(directory: Path) -> "pa.Schema":
    """The Arrow schema of a complete dataset."""
    import pyarrow.parquet as pq

    return pq.read_schema(files(directory)[0])
