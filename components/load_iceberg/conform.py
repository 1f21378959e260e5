"""Rows made to fit their table, or refused: names, types, nulls and the bounds of the interval."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema

from components.shell import datasets
from components.shell.errors import ContractError
from components.shell.instants import format_instant

_BATCH_ROWS = 1 << 16
_READ_BYTES = 1 << 20
_TODO = "correct the step that made these rows"


@dataclass(frozen=True)
class Interval:
    """The half-open interval `[start, end)` that the values of `column` must lie in."""

    column: str
    start: datetime
    end: datetime


def conforming_batches(directory: Path, schema: Schema, interval: Interval) -> Iterator[pa.RecordBatch]:
    """The rows of a dataset as batches of the table's Arrow schema, field ids included, each checked as it passes.

    Raises:
        ContractError: columns or types differ from the table's, a value is null where none may be, or lies outside the
            interval.
    """
    paths = datasets.files(directory)
    with _readable():
        given = datasets.schema(directory)
    target = target_schema(schema, given)
    for batch in _read(paths, target.names):
        rows = conform(batch, target)
        check_interval(rows.column(interval.column), interval)
        yield rows


def _read(paths: list[str], columns: list[str]) -> Iterator[pa.RecordBatch]:
    for path in paths:
        # Read as it is needed: whole row groups read ahead would pile up while the store is slow.
        with _readable(), pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BYTES) as file:
            yield from (batch for batch in file.iter_batches(_BATCH_ROWS, columns=columns) if batch.num_rows)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise ContractError(f"the rows cannot be read: {error}", "run the step that wrote them again") from None


def target_schema(schema: Schema, given: pa.Schema) -> pa.Schema:
    """The Arrow schema to write, in the table's order; plain strings stay plain, since Parquet knows but one kind.

    Raises:
        ContractError: a column is missing, unknown, or of a type that does not hold the same values.
    """
    if missing := [field.name for field in schema.fields if field.name not in given.names]:
        raise ContractError(f"the rows lack column '{missing[0]}' of the table", _TODO)
    if unknown := [name for name in given.names if name not in schema.column_names]:
        raise ContractError(f"the rows have a column '{unknown[0]}' that the table has not", _TODO)
    fields = []
    for field in schema_to_pyarrow(schema):
        source = given.field(field.name).type
        if not _holds(field.type, source):
            raise ContractError(f"column '{field.name}' is {source} in the rows and {field.type} in the table", _TODO)
        fields.append(field.with_type(pa.string()) if pa.types.is_string(source) else field)
    return pa.schema(fields)


def _holds(target: pa.DataType, source: pa.DataType) -> bool:
    """Whether values of `source` mean the same in `target`; whether each fits is seen when it is cast."""
    if pa.types.is_dictionary(source):
        return _holds(target, source.value_type)
    if pa.types.is_timestamp(target):
        return pa.types.is_timestamp(source) and (target.tz is None) == (source.tz is None)
    kinds = (
        pa.types.is_integer,
        pa.types.is_floating,
        lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind),
        lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind),
        pa.types.is_decimal,
    )
    return bool(target == source or any(kind(target) and kind(source) for kind in kinds))


def conform(batch: pa.RecordBatch, target: pa.Schema) -> pa.RecordBatch:
    """The batch cast to `target`.

    Raises:
        ContractError: a value does not fit its type, or is null where none may be.
    """
    return pa.RecordBatch.from_arrays([_cast(batch.column(field.name), field) for field in target], schema=target)


def _cast(column: pa.Array, field: pa.Field) -> pa.Array:
    if not field.nullable and column.null_count:
        raise ContractError(f"column '{field.name}' is null in {column.null_count} rows and may never be", _TODO)
    try:
        return column if column.type == field.type else column.cast(field.type)
    except pa.ArrowInvalid as error:
        raise ContractError(f"column '{field.name}' has values that do not fit {field.type}: {error}", _TODO) from None


def check_interval(column: pa.Array, interval: Interval) -> None:
    """Nothing, when all instants of `column` lie in the interval.

    Raises:
        ContractError: some lie outside; the message counts them and names the first.
    """
    start, end = (pa.scalar(instant, column.type) for instant in (interval.start, interval.end))
    bounds = pc.min_max(column)
    if bounds["min"].value >= start.value and bounds["max"].value < end.value:
        return
    outside = column.filter(pc.or_(pc.less(column, start), pc.greater_equal(column, end)))
    raise ContractError(
        f"column '{interval.column}' lies outside [{format_instant(interval.start)}, {format_instant(interval.end)}) "
        f"in {len(outside)} rows, in one it is {_spell(outside[0])}",
        _TODO,
    )


def _spell(value: pa.Scalar) -> str:
    try:
        return format_instant(value.as_py().astimezone(UTC))
    except (ValueError, OverflowError):
        return str(value.value)
