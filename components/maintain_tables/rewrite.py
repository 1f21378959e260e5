"""Rows of small files, written again as larger ones."""

import logging
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionFieldValue, PartitionKey
from pyiceberg.table import Table

from components.iceberg.catalog import store_error
from components.iceberg.conform import conform, target_schema
from components.iceberg.naming import name_of
from components.iceberg.scan import Scan, Selection, small
from components.iceberg.staging import describe, discard, last_sweep
from components.maintain_tables.groups import Group
from components.maintain_tables.proof import Figures, contradiction, difference, figures_of, together
from components.shell.counts import counted
from components.shell.errors import ContractError

log = logging.getLogger("maintain_tables")

# Arrow bytes of a row group, which is what has to fit into memory.
_ROW_GROUP_BYTES = 64 << 20


class Rewriting:
    """Writes the rows of groups as files of about `target` bytes, and remembers which, to take them back if need be.

    Files are made on the local disk and stored when they are whole, under names that nobody else uses.
    """

    def __init__(self, table: Table, target: int) -> None:
        self.key = uuid.uuid4().hex
        self.swept = last_sweep(table)
        self._table = table
        self._target = target
        self._paths: list[str] = []
        self._scratch = tempfile.TemporaryDirectory(prefix="compact-")

    def __enter__(self) -> Self:
        """The rewriting itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Remove what lies on the local disk; stored files stay."""
        self._scratch.cleanup()

    def files(self, group: Group) -> list[DataFile]:
        """The files that hold all rows of the group.

        Where it fails, all that has been stored is removed.

        Raises:
            ConfigurationError: a file of the group cannot be read right.
            ContractError: other rows or values were read than the group's files hold.
            TransientError: the store does not answer.
        """
        try:
            stored = [self._store(path, group) for path in self._written(group)]
            self._prove(group, [file for file, _ in stored], together(figures for _, figures in stored))
        except Exception:
            self.take_back()
            raise
        return [file for file, _ in stored]

    def _prove(self, group: Group, files: Sequence[DataFile], after: Figures) -> None:
        """Nothing, if the new files hold what the old ones do: rows, nulls, sums and bounds of each column."""
        schema, old = self._table.schema(), [task.file for task in group.tasks]
        rows = sum(file.record_count for file in files)
        wrong = "" if rows == group.rows else f"{counted(group.rows, 'row is', 'rows are')} promised, {rows:,} came"
        if not wrong:
            before = together(self._figures(file) for file in old)
            wrong = contradiction(schema, old, before) or difference(schema, before, after)
        if wrong:
            name = name_of(self._table)
            raise ContractError(
                f"files of {name} would not be joined as they are: {wrong}",
                "nothing was changed; find out who wrote the files, and have them rewritten by that engine",
            )

    def _figures(self, file: DataFile) -> Figures:
        with self._table.io.new_input(file.file_path).open() as stored:
            return figures_of(self._table, stored, file)

    def take_back(self) -> None:
        """Remove what has been stored; for commits that are known not to have happened."""
        discard(self._table, self._paths)
        self._paths.clear()

    def _written(self, group: Group) -> Iterator[Path]:
        """Parquet files on the local disk, each until the next is asked for."""
        schema = target_schema(self._table.schema(), small(self._table.schema().as_arrow()))
        batches = _row_groups(self._rows(group, schema), schema)
        path = Path(self._scratch.name) / "part.parquet"
        codec = self._table.properties.get("write.parquet.compression-codec", "zstd")
        more = next(batches, None)
        while more is not None:
            with (
                path.open("wb") as file,
                pq.ParquetWriter(file, schema, compression=codec, store_schema=False) as writer,
            ):
                while more is not None and file.tell() < self._target:
                    writer.write_table(more)
                    more = next(batches, None)
            yield path

    def _rows(self, group: Group, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        scan = Scan(self._table, Selection(), group.tasks, self._table.schema())
        for batch in scan.batches():
            yield conform(batch, schema)

    def _store(self, path: Path, group: Group) -> tuple[DataFile, Figures]:
        table, key = self._table, _key(self._table, group)
        name = f"compacted-{self.key}-{len(self._paths):05d}.parquet"
        location = table.location_provider().new_data_location(name, key)
        self._paths.append(location)
        with pa.memory_map(str(path)) as source:
            content = source.read_buffer()
            try:
                with table.io.new_output(location).create() as target:
                    target.write(content)
            except OSError as error:
                raise store_error(error) from error
            return describe(table, key, location, content), figures_of(table, pa.BufferReader(content))


def _row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        waiting.append(batch)
        size += batch.nbytes
        if size >= _ROW_GROUP_BYTES:
            yield pa.Table.from_batches(waiting, schema)
            waiting, size = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting, schema)


def _key(table: Table, group: Group) -> PartitionKey | None:
    fields = table.spec().fields
    if not fields:
        return None
    partition = group.tasks[0].file.partition
    values = [PartitionFieldValue(item, partition[index]) for index, item in enumerate(fields)]
    return PartitionKey(values, table.spec(), table.schema())
