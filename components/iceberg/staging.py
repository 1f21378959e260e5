"""Data files of a table, written to its store but not yet part of it."""

import logging
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import (
    DataFileStatistics,
    MetricModeTypes,
    MetricsMode,
    StatisticsCollector,
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.partitioning import PartitionField, PartitionFieldValue, PartitionKey
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.typedef import Record
from pyiceberg.types import DateType, TimestampType, TimestamptzType

from components.iceberg.catalog import store_error
from components.shell.encoding import repetitive

log = logging.getLogger("staging")

_WAITING_BYTES = 128 << 20
_WORKERS = 2
_ROW_GROUP_ROWS = 1 << 19
_DATED = (DateType, TimestampType, TimestamptzType)
# The table property that names the last sweep of files that no snapshot names.
SWEPT = "stockpot.swept"


def last_sweep(table: Table | TableMetadata) -> str:
    """The last sweep that this state of the table knows of; empty where there was none."""
    return table.properties.get(SWEPT, "")


@dataclass
class _Partition:
    key: PartitionKey | None
    batches: list[pa.RecordBatch] = field(default_factory=list)


class Staging:
    """Splits batches by partition and writes each part as a Parquet file of the table.

    Every file is encoded in memory and then stored in one go, so that no failure can leave a cut file under a name that
    is handed on. Names carry the run key and an attempt of their own: a twin never touches them. `swept` is the last
    sweep of the table that was known when they were begun (`commits.Work`).
    """

    def __init__(self, table: Table, run_key: str, waiting_bytes: int = 0) -> None:
        """Prepare to stage rows of `table`.

        Args:
            table: The table that the files are for.
            run_key: Key of the commit to come.
            waiting_bytes: Bytes of rows that may wait for their partition to fill; as many again may be in work;
                128 MiB where nothing is said.
        """
        self.attempt = uuid.uuid4().hex[:12]
        self.swept = last_sweep(table)
        self._table = table
        self._prefix = f"{run_key}-{self.attempt}"
        self._files = 0
        self._waiting: dict[tuple[object, ...], _Partition] = {}
        self._bytes = 0
        self._most = waiting_bytes or _WAITING_BYTES
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="staging")
        self._running: list[Future[DataFile]] = []
        self._paths: list[str] = []
        self._done: list[DataFile] = []
        self._coded: list[str] | bool | None = None
        self._apart = ""

    def write(self, batches: Iterable[pa.RecordBatch], apart: str = "") -> list[DataFile]:
        """The data files that hold the rows of `batches`, complete in the store.

        Rows in which the column `apart` is null and those in which it is not share no file, where one is named.

        Memory stays within the waiting bytes and the files in work, however many rows there are. Where it fails, what
        has been stored is removed as far as the store allows.
        """
        self._apart = apart
        halves = (half for batch in batches for half in _halves(batch, apart))
        return self.write_parts(part for half in halves for part in split(half, self._table))

    def write_parts(self, parts: Iterable[tuple[PartitionKey | None, pa.RecordBatch]]) -> list[DataFile]:
        """The same, of rows that are cut by partition already."""
        self._coded = None
        try:
            for key, part in parts:
                self._add(key, part)
            self._flush()
            self._collect()
        except BaseException:
            self.discard()
            raise
        return sorted(self._done, key=lambda file: file.file_path)

    def discard(self) -> None:
        """Remove the files written here; for a commit that is known not to have happened."""
        for future in self._running:
            future.cancel()
        wait(self._running)
        discard(self._table, self._paths)
        self._running.clear()
        self._paths.clear()

    def __enter__(self) -> Self:
        """The staging itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let the workers go; the files stay."""
        self._pool.shutdown(cancel_futures=True)

    def _add(self, key: PartitionKey | None, part: pa.RecordBatch) -> None:
        # As long as there were too few rows to tell.
        if not isinstance(self._coded, list):
            self._coded = repetitive(part)
        is_null = bool(self._apart) and part.column(self._apart).null_count > 0
        name = (is_null, *(value.value for value in key.field_values)) if key else (is_null,)
        self._waiting.setdefault(name, _Partition(key)).batches.append(part)
        self._bytes += part.nbytes
        # All at once, for one small slice that waits would keep the whole batch it was cut from in memory.
        if self._bytes > self._most:
            self._flush()

    def _flush(self) -> None:
        """Hand all that waits to the workers, once they are through with what they got before."""
        self._collect()
        for name in list(self._waiting):
            partition = self._waiting.pop(name)
            self._running.append(self._pool.submit(self._store, partition, self._next_path(partition)))
        self._bytes = 0

    def _collect(self) -> None:
        """Wait for all files in work, and raise what went wrong with any."""
        while self._running:
            self._done.append(self._running.pop(0).result())

    def _next_path(self, partition: _Partition) -> str:
        name = f"{self._prefix}-{self._files:05d}.parquet"
        self._files += 1
        path = self._table.location_provider().new_data_location(name, partition.key)
        self._paths.append(path)
        return path

    def _store(self, partition: _Partition, path: str) -> DataFile:
        rows = pa.Table.from_batches(partition.batches)
        partition.batches.clear()
        sink = pa.BufferOutputStream()
        codec = self._table.properties.get("write.parquet.compression-codec", "zstd")
        # Without the Arrow schema the file says what Iceberg says and nothing else.
        pq.write_table(
            rows,
            sink,
            compression=codec,
            row_group_size=_ROW_GROUP_ROWS,
            store_schema=False,
            use_dictionary=self._coded,
        )
        del rows
        content = sink.getvalue()
        try:
            with self._table.io.new_output(path).create(overwrite=True) as target:
                target.write(content)
        except OSError as error:
            raise store_error(error) from error
        return describe(self._table, partition.key, path, content)


def describe(table: Table, key: PartitionKey | None, path: str, content: pa.Buffer) -> DataFile:
    """The manifest entry of a Parquet file: its partition, size, row count and bounds of each column.

    Instants and days have no bounds where one lies outside the years that Python counts: others may write such.
    """
    plan = compute_statistics_plan(table.schema(), table.properties)
    try:
        statistics = _statistics(table, content, plan)
    except OverflowError:
        statistics = _statistics(table, content, _without_bounds(plan))
    return DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=key.partition if key else Record(),
        file_size_in_bytes=content.size,
        sort_order_id=None,
        spec_id=table.spec().spec_id,
        equality_ids=None,
        key_metadata=None,
        **statistics.to_serialized_dict(),
    )


def _statistics(table: Table, content: pa.Buffer, plan: Mapping[int, StatisticsCollector]) -> DataFileStatistics:
    return data_file_statistics_from_parquet_metadata(
        parquet_metadata=pq.read_metadata(pa.BufferReader(content)),
        stats_columns=dict(plan),
        parquet_column_mapping=parquet_path_to_id_mapping(table.schema()),
    )


def _without_bounds(plan: Mapping[int, StatisticsCollector]) -> dict[int, StatisticsCollector]:
    """The plan with no more than counts for instants and days."""
    counts = MetricsMode(MetricModeTypes.COUNTS)
    dated = {number for number, one in plan.items() if isinstance(one.iceberg_type, _DATED)}
    return {number: replace(one, mode=counts) if number in dated else one for number, one in plan.items()}


def _halves(batch: pa.RecordBatch, apart: str) -> list[pa.RecordBatch]:
    """The rows in which the column is null, and the others; all of them where none is named."""
    if not apart or batch.column(apart).null_count in (0, batch.num_rows):
        return [batch]
    is_null = pc.is_null(batch.column(apart))
    return [batch.filter(is_null), batch.filter(pc.invert(is_null))]


def split(batch: pa.RecordBatch, table: Table) -> list[tuple[PartitionKey | None, pa.RecordBatch]]:
    """The batch cut by partition, rows in their order; without a copy where each partition's rows lie together."""
    fields = table.spec().fields
    if not fields:
        return [(None, batch)]
    names = [item.name for item in fields]
    keys = pa.table([_partition_values(batch, item, table) for item in fields], names=names)
    ends = _ends(keys)
    if _last(keys, ends).group_by(names).aggregate([]).num_rows < len(ends):
        order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in names])
        batch, keys = batch.take(order), keys.take(order)
        ends = _ends(keys)
    parts = zip(_last(keys, ends).to_pylist(), pairwise([0, *ends.to_pylist()]), strict=True)
    return [(_key(table, values), batch.slice(start, end - start)) for values, (start, end) in parts]


def _ends(keys: pa.Table) -> pa.Array:
    """Where rows of one partition that follow one another end."""
    runs = pa.concat_arrays([pc.run_end_encode(key.combine_chunks()).run_ends for key in keys.columns])
    return pc.unique(runs).sort()


def _last(keys: pa.Table, ends: pa.Array) -> pa.Table:
    """The partition of each such run."""
    return keys.take(pc.subtract(ends, 1))


def _key(table: Table, values: Mapping[str, Any]) -> PartitionKey:
    spec = table.spec()
    return PartitionKey([PartitionFieldValue(item, values[item.name]) for item in spec.fields], spec, table.schema())


def _partition_values(batch: pa.RecordBatch, item: PartitionField, table: Table) -> pa.Array:
    source = table.schema().find_field(item.source_id)
    return item.transform.pyarrow_transform(source.field_type)(batch.column(source.name))


def discard(table: Table, paths: Iterable[str]) -> None:
    """Remove files that no snapshot names; what cannot be removed stays behind unseen and is logged."""
    for path in paths:
        try:
            table.io.delete(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("cannot remove %s, which no snapshot names: %s", path, error)
