"""Data files that are not just as their table has them: read by pyiceberg's own scan, or refused by name."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.exceptions import ResolveError
from pyiceberg.expressions import BooleanExpression
from pyiceberg.io.pyarrow import ArrowScan, pyarrow_to_schema
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from components.iceberg.naming import name_of
from components.shell.errors import ConfigurationError

# Microseconds from 1970 that still fit into 64 bits when they are counted in nanoseconds.
_FARTHEST = (1 << 63) // 1000
_CANNOT = (ValueError, TypeError, KeyError, IndexError, NotImplementedError, ResolveError)


def refusal(table: Table, file: DataFile, why: str) -> ConfigurationError:
    """The error that says which file of which table cannot be read, and why."""
    return ConfigurationError(
        f"table {name_of(table)} cannot be read: its file {file.file_path} {why}",
        "have the engine that wrote it rewrite the table's files (Spark: rewrite_data_files)",
    )


def refuse_unknown(table: Table, task: FileScanTask) -> None:
    """Nothing, if the forms of the file and of the deletes beside it are known.

    Raises:
        ConfigurationError: the file is no Parquet, or its deletes are neither Parquet nor a deletion vector.
    """
    if task.file.file_format != FileFormat.PARQUET:
        raise refusal(table, task.file, f"is {task.file.file_format.value}, and only Parquet is read")
    for file in task.delete_files:
        if file.file_format not in {FileFormat.PARQUET, FileFormat.PUFFIN}:
            raise refusal(table, file, f"lists deleted rows as {file.file_format.value}")


def batches(
    table: Table, wanted: Schema, row_filter: BooleanExpression, task: FileScanTask, physical: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The rows of one file as the table has them, without deleted ones; a file is in memory as a whole.

    Raises:
        ConfigurationError: pyiceberg cannot read the file, or would not read it right.
    """
    mine = schema_of(table, task.file, physical)
    _refuse_other_meaning(table, task.file, mine)
    _refuse_deep(table, wanted, task.file)
    _refuse_lost(table, wanted, task.file, mine, physical)
    try:
        yield from ArrowScan(table.metadata, table.io, wanted, row_filter).to_record_batches([task])
    except _CANNOT as error:
        raise refusal(table, task.file, f"is beyond pyiceberg: {error}") from error


def schema_of(table: Table, file: DataFile, physical: pa.Schema) -> Schema:
    """The file's columns with their ids, its own or those that the table's name mapping gives it.

    Raises:
        ConfigurationError: the id of a column is not known.
    """
    version = table.metadata.format_version
    try:
        return pyarrow_to_schema(physical, table.metadata.name_mapping(), version < 3, version)  # noqa: PLR2004 - a version of the format
    except _CANNOT as error:
        raise refusal(table, file, f"has columns whose ids are not known: {error}") from error


def _refuse_other_meaning(table: Table, file: DataFile, mine: Schema) -> None:
    """Nothing, if names in a file without ids mean the columns that they meant when it came into the table.

    Under a name that was dropped or renamed, and then given to a new column, old values would come back.
    """
    if lost := sorted((file.value_counts or {}).keys() - mine.field_ids):
        raise refusal(
            table, file, f"has no field ids, and a name in it now means another column than that of id {lost[0]}"
        )


def _refuse_deep(table: Table, wanted: Schema, file: DataFile) -> None:
    """Nothing, if pyiceberg goes by ids: it goes by names in a struct in a list or map that lies in another one."""
    for field in wanted.fields:
        if _goes_by_name(field.field_type):
            raise refusal(table, file, f"has another form of column {field.name} than the table, deep in lists or maps")


def _refuse_lost(table: Table, wanted: Schema, file: DataFile, mine: Schema, physical: pa.Schema) -> None:
    """Nothing, if the file holds nothing that pyiceberg makes something else of.

    It makes an empty list or map of structs of one that is null, and wraps instants of Hive and old Spark (INT96) that
    do not fit into 64 bits of nanoseconds.
    """
    collecting = {field.field_id for field in wanted.fields if _collects_structs(field.field_type)}
    names = [
        item.name
        for field, item in zip(mine.fields, physical, strict=True)
        if field.field_id in collecting or (field.field_id in wanted.field_ids and "timestamp[ns" in str(item.type))
    ]
    if not names:
        return
    with table.io.new_input(file.file_path).open() as stored:
        for batch in pq.ParquetFile(stored, coerce_int96_timestamp_unit="us").iter_batches(columns=names):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                if lost := _lost(column):
                    raise refusal(table, file, f"has {lost} in column {name}, which pyiceberg reads as others")


def _goes_by_name(kind: IcebergType) -> bool:
    if isinstance(kind, MapType) and _holds_struct(kind.key_type):
        return True
    inner = [field.field_type for field in _fields(kind)]
    if isinstance(kind, StructType):
        return any(map(_goes_by_name, inner))
    return any(_goes_by_name(one) if isinstance(one, StructType) else _holds_struct(one) for one in inner)


def _collects_structs(kind: IcebergType) -> bool:
    return _holds_struct(kind) and (
        not isinstance(kind, StructType) or any(_collects_structs(field.field_type) for field in kind.fields)
    )


def _holds_struct(kind: IcebergType) -> bool:
    return isinstance(kind, StructType) or any(_holds_struct(field.field_type) for field in _fields(kind))


def _fields(kind: IcebergType) -> Sequence[NestedField]:
    if isinstance(kind, ListType):
        return (kind.element_field,)
    if isinstance(kind, MapType):
        return kind.key_field, kind.value_field
    return kind.fields if isinstance(kind, StructType) else ()


def _lost(column: pa.Array) -> str:
    """What of the column, or of what is in it, pyiceberg would lose; empty for nothing."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        bounds = pc.min_max(column.cast(pa.int64())) if kind.unit == "us" else None
        outside = bounds and bounds["min"].is_valid and max(-bounds["min"].as_py(), bounds["max"].as_py()) > _FARTHEST
        return "instants before 1677 or after 2262" if outside else ""
    if pa.types.is_struct(kind):
        return next(filter(None, map(_lost, column.drop_null().flatten())), "")
    if not pa.types.is_nested(kind):
        return ""
    inner = [column.keys, column.items] if pa.types.is_map(kind) else [column.flatten()]
    if pa.types.is_struct(inner[-1].type) and column.null_count:
        return "lists or maps that are null"
    return next(filter(None, map(_lost, inner)), "")
