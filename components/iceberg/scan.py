"""Rows of an Iceberg table, streamed out of the files of one snapshot."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from pyiceberg.expressions import And, BooleanExpression, EqualTo, GreaterThanOrEqual, LessThan
from pyiceberg.expressions.parser import parse
from pyiceberg.expressions.visitors import _InclusiveMetricsEvaluator, _StrictMetricsEvaluator
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.types import DateType, NestedField, TimestamptzType

from components.iceberg import foreign
from components.iceberg.columns import as_they_are
from components.iceberg.conditions import EVERYTHING, columns_in, for_bounds, hold, in_file
from components.iceberg.naming import name_of
from components.iceberg.planning import at, files_of
from components.iceberg.versions import KNOWN_AT, VALID_TO
from components.shell.errors import ConfigurationError, ContractError, SourceGoneError
from components.shell.instants import boundary, day, format_instant
from components.shell.projection import near

_BATCH_ROWS = 1 << 16
_BUFFER_BYTES = 1 << 20
# One request for a small file takes less time than one for each of its columns.
_SMALL_BYTES = 4 << 20
_FILES = 2
_SMALL = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}


@dataclass(frozen=True)
class Selection:
    """Which rows and columns: all columns where none are named; `[start, end)` of `time_column`; values to be equal.

    Of versions those that stood just before `standing`: what that very instant has made or ended plays no part.
    `condition` is any further one on columns.
    """

    columns: tuple[str, ...] = ()
    time_column: str = ""
    start: datetime | None = None
    end: datetime | None = None
    where: Mapping[str, str | bool] = field(default_factory=dict)
    standing: datetime | None = None
    condition: BooleanExpression = EVERYTHING


def snapshot_of(table: Table, snapshot_id: int | None) -> int | None:
    """The id of the snapshot to read: the one asked for, else the current one; None for a table without any.

    Raises:
        SourceGoneError: the table has no snapshot of that id.
    """
    if snapshot_id is None:
        current = table.current_snapshot()
        return current.snapshot_id if current else None
    if table.snapshot_by_id(snapshot_id) is None:
        raise SourceGoneError(
            f"table {name_of(table)} has no snapshot {snapshot_id}: it has expired or never was",
            "name one of its snapshots, or none to read the table as it is",
        )
    return snapshot_id


@dataclass(frozen=True)
class Scan:
    """The files of a snapshot that can hold rows of a selection; `whole` is the schema of all its columns."""

    table: Table
    selection: Selection
    tasks: Sequence[FileScanTask]
    whole: Schema

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows, columns in the order asked for."""
        whole = small(schema_to_pyarrow(self.whole, include_field_ids=False))
        return pa.schema([whole.field(name) for name in self.selection.columns or whole.names])

    @property
    def rows(self) -> int:
        """Rows in these files, of which some may be outside the selection."""
        return sum(task.file.record_count for task in self.tasks)

    @cached_property
    def row_filter(self) -> BooleanExpression:
        """The selection's condition on rows, as Iceberg takes it."""
        return _row_filter(self.whole, self.selection)

    @cached_property
    def _ticks(self) -> pa.DataType:
        """The Arrow type of the column whose range is selected."""
        return schema_to_pyarrow(self.whole.find_type(self.selection.time_column))

    def batches(self, tasks: Sequence[FileScanTask] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of the selection, file by file; of all files, or of `tasks` alone.

        Memory stays at a few small files, or a few batches of one: pyiceberg's own reader holds whole files, and reads
        on while the consumer is slow. It reads what others wrote all the same, for the rules of that are its own.

        Raises:
            ConfigurationError: a file can only be read by other means.
            ContractError: a file holds what the table cannot: a null where none may be, or a number that is too large.
        """
        schema = self.schema
        for batch in _ahead([self._read(task) for task in (self.tasks if tasks is None else tasks)]):
            if batch.num_rows:
                yield self._cast(batch.select(schema.names), schema)

    def _cast(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        try:
            return batch.cast(schema)
        except (pa.ArrowNotImplementedError, ValueError) as error:
            name = name_of(self.table)
            raise ContractError(
                f"a file of table {name} holds what the table cannot: {error}", "find out who wrote it"
            ) from error

    def _read(self, task: FileScanTask) -> Iterator[pa.RecordBatch]:
        """The rows of a file: streamed where it has its columns just as the table has them, else by pyiceberg."""
        foreign.refuse_unknown(self.table, task)
        with self.table.io.new_input(task.file.file_path).open() as stored:
            whole = task.file.file_size_in_bytes <= _SMALL_BYTES
            source = pa.BufferReader(stored.read()) if whole else stored
            reading = ds.ParquetFileFormat(
                default_fragment_scan_options=ds.ParquetFragmentScanOptions(
                    use_buffered_stream=True, buffer_size=_BUFFER_BYTES, pre_buffer=False
                )
            )
            fragment = reading.make_fragment(source)
            physical = fragment.physical_schema
            names = None if task.delete_files else as_they_are(self._wanted, physical, self._spec(task))
            if names is None:
                yield from foreign.batches(self.table, self._needed, self.row_filter, task, physical)
                return
            columns = self._columns(names)
            yield from ds.Scanner.from_fragment(
                fragment,
                columns={name: columns[name] for name in self.schema.names},
                filter=None if self._all_match(task.file) else self._condition(columns, task.file, physical),
                batch_size=_BATCH_ROWS,
                batch_readahead=2,
            ).to_batches()

    def _spec(self, task: FileScanTask) -> PartitionSpec | None:
        return self.table.metadata.specs().get(task.file.spec_id)

    @cached_property
    def _needed(self) -> Schema:
        """What is read of a file: the columns asked for, and those that rows are chosen by.

        The latter too, for pyiceberg takes a column that it was not asked for as null where it stands in the manifest.
        """
        return self.whole.select(*self.schema.names, *_filtered(self.selection))

    @cached_property
    def _wanted(self) -> list[tuple[NestedField, pa.DataType]]:
        kinds = schema_to_pyarrow(self._needed).types
        return list(zip(self._needed.fields, kinds, strict=True))

    def _columns(self, names: Mapping[int, str | None]) -> dict[str, ds.Expression]:
        """Each column that is needed as the file has it; null where it is younger than the file."""
        kinds = small(schema_to_pyarrow(self._needed, include_field_ids=False))
        return {
            item.name: ds.scalar(pa.scalar(None, kinds.field(item.name).type)) if name is None else ds.field(name)
            for item in self._needed.fields
            for name in [names[item.field_id]]
        }

    def _all_match(self, file: DataFile) -> bool:
        """Whether the manifest shows that all rows are selected; columns that are only compared are not read then.

        Of a text too long for statistics the manifest has bounds from other row groups alone, and of nulls it may say
        nothing; then the rows are looked at.
        """
        nulls = file.null_value_counts or {}
        known = all(nulls.get(self.whole.find_field(name).field_id) == 0 for name in _filtered(self.selection))
        covered = not self.selection.where or _is_of_one_group(file)
        return known and covered and self.selection.condition == EVERYTHING and self._certain.eval(file)

    @cached_property
    def _certain(self) -> _StrictMetricsEvaluator:
        return _StrictMetricsEvaluator(self.whole, self.row_filter)

    def _condition(
        self, columns: Mapping[str, ds.Expression], file: DataFile, physical: pa.Schema
    ) -> ds.Expression | None:
        chosen, parts = self.selection, []
        if chosen.condition != EVERYTHING:
            parts.append(in_file(chosen.condition, self.whole, foreign.schema_of(self.table, file, physical)))
        if chosen.start is not None:
            parts.append(columns[chosen.time_column] >= boundary(chosen.start, self._ticks))
        if chosen.end is not None:
            parts.append(columns[chosen.time_column] < boundary(chosen.end, self._ticks))
        parts += [columns[name] == value for name, value in chosen.where.items()]
        if chosen.standing is not None:
            known, until = columns[KNOWN_AT], columns[VALID_TO]
            parts += [known < chosen.standing, until.is_null() | (until >= chosen.standing)]
        condition = None
        for part in parts:
            condition = part if condition is None else condition & part
        return condition


def _ahead(files: Sequence[Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    """The batches of all files, in order; the next of a file, and the first of those after it, come in the meantime."""
    with ThreadPoolExecutor(_FILES) as readers:
        coming = deque(readers.submit(next, file, None) for file in files[:_FILES])
        for index, file in enumerate(files):
            batch = coming.popleft().result()
            if index + _FILES < len(files):
                coming.append(readers.submit(next, files[index + _FILES], None))
            while batch is not None:
                following = readers.submit(next, file, None)
                yield batch
                batch = following.result()


def scan(table: Table, snapshot_id: int | None, selection: Selection) -> Scan:
    """What is to be read of the snapshot; nothing where there is none.

    Raises:
        ConfigurationError: a column does not exist, the range is not one of a `timestamptz` column, or rows are deleted
            by their values.
    """
    table = at(table, snapshot_id)
    _check(table.schema(), selection)
    # A range that means nothing is refused for a table without rows too.
    wanted = _row_filter(table.schema(), selection)
    tasks = [] if snapshot_id is None else _tasks(table, snapshot_id, wanted)
    return Scan(table, selection, sorted(tasks, key=lambda task: task.file.file_path), table.schema())


def _tasks(table: Table, snapshot_id: int, wanted: BooleanExpression) -> list[FileScanTask]:
    """The files that may hold such rows; by bounds of texts none is left out that has them of some row groups alone."""
    bounded = for_bounds(table, wanted)
    tasks = files_of(table, snapshot_id, bounded)
    if bounded == wanted:
        return tasks
    may_hold = _InclusiveMetricsEvaluator(table.schema(), wanted).eval
    return [task for task in tasks if not _is_of_one_group(task.file) or may_hold(task.file)]


def _is_of_one_group(file: DataFile) -> bool:
    """Whether the file is known to have a single row group, whose bounds are those of the file."""
    return len(file.split_offsets or ()) == 1


def _filtered(selection: Selection) -> list[str]:
    timed = [selection.time_column] if selection.time_column else []
    standing = (KNOWN_AT, VALID_TO) if selection.standing else ()
    return list(dict.fromkeys((*timed, *selection.where, *standing, *columns_in(selection.condition))))


def _check(schema: Schema, selection: Selection) -> None:
    known = [item.name for item in schema.fields]
    for name in (*selection.columns, *_filtered(selection)):
        if name not in known:
            meant = near(name, known).removeprefix("; ") or f"it has {', '.join(known)}"
            raise ConfigurationError(f"the table has no column '{name}'", meant)
    hold(schema, selection.condition)
    if (selection.start or selection.end) and not selection.time_column:
        raise ConfigurationError("a range needs a time_column", "name the column whose range it is")
    if selection.time_column and not isinstance(schema.find_type(selection.time_column), TimestamptzType | DateType):
        kind = schema.find_type(selection.time_column)
        problem = f"time_column {selection.time_column} is {kind}"
        raise ConfigurationError(problem, "name a column of type timestamptz or date")
    if selection.start and selection.end and selection.end < selection.start:
        span = f"{format_instant(selection.start)} to {format_instant(selection.end)}"
        raise ConfigurationError(f"the range {span} ends before it starts", "swap the two")


def _row_filter(schema: Schema, selection: Selection) -> BooleanExpression:
    by_days = bool(selection.time_column) and isinstance(schema.find_type(selection.time_column), DateType)
    spelled = day if by_days else (lambda at: at)
    conditions: list[tuple[Any, str, str | bool]] = [(EqualTo, name, value) for name, value in selection.where.items()]
    if selection.start is not None:
        conditions.append((GreaterThanOrEqual, selection.time_column, spelled(selection.start).isoformat()))
    if selection.end is not None:
        conditions.append((LessThan, selection.time_column, spelled(selection.end).isoformat()))
    expression = selection.condition
    if selection.standing is not None:
        standing = selection.standing.isoformat()
        conditions.append((LessThan, KNOWN_AT, standing))
        expression = And(expression, parse(f"{VALID_TO} is null or {VALID_TO} >= '{standing}'"))
    for predicate, name, value in conditions:
        expression = And(expression, predicate(name, value))
    return expression


def small(schema: pa.Schema) -> pa.Schema:
    """The schema with plain strings and bytes in place of large ones, as datasets have them."""
    return pa.schema([item.with_type(_SMALL.get(item.type, item.type)) for item in schema])
