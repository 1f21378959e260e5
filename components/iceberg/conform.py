"""Rows made to fit their table, or refused: names, types, nulls and values."""

from collections.abc import Mapping

import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema

from components.iceberg import nested
from components.iceberg.misfits import fitting, misfits
from components.iceberg.unfit import Fitted, fit
from components.shell.counts import counted
from components.shell.errors import ContractError

_TODO = "correct the step that made these rows"


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
    if nested.is_list(target):
        return nested.is_list(source) and _holds(target.value_type, source.value_type)
    if pa.types.is_struct(target):
        return bool(
            pa.types.is_struct(source)
            and sorted(field.name for field in target) == sorted(field.name for field in source)
            and all(_holds(field.type, source.field(field.name).type) for field in target)
        )
    kinds = (
        pa.types.is_integer,
        pa.types.is_floating,
        lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind),
        lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind),
        pa.types.is_decimal,
        pa.types.is_date,
    )
    return bool(target == source or any(kind(target) and kind(source) for kind in kinds))


def conform(batch: pa.RecordBatch, target: pa.Schema) -> pa.RecordBatch:
    """The batch cast to `target`, no value changed.

    Raises:
        ContractError: a value does not fit its type, or is null where none may be.
    """
    refuse_nulls(batch, target)
    return pa.RecordBatch.from_arrays([_cast(batch.column(field.name), field) for field in target], schema=target)


def fitted(batch: pa.RecordBatch, target: pa.Schema, unfit: Mapping[str, str]) -> Fitted:
    """The batch cast to `target`, each value that does not fit treated as `unfit` says of its column (docs/tables.md).

    Raises:
        ContractError: a value is null where none may be.
    """
    refuse_nulls(batch, target)
    return fit(batch, target, unfit)


def refuse_nulls(batch: pa.RecordBatch, target: pa.Schema) -> None:
    """Nothing, if no column is null that may never be.

    Raises:
        ContractError: one is.
    """
    for field in target:
        nulls = 0 if field.nullable else batch.column(field.name).null_count
        if nulls:
            raise ContractError(f"column '{field.name}' is null in {counted(nulls, 'row')} and may never be", _TODO)
        for path, count in nested.nulls_within(batch.column(field.name), field):
            raise ContractError(f"'{path}' is null in {counted(count, 'place')} and may never be", _TODO)


def _cast(column: pa.Array, field: pa.Field) -> pa.Array:
    converted = fitting(column, field.type)
    if converted is None:
        why = misfits(column, field.type).why.drop_null()
        misfits_text = counted(len(why), "value that does", "values that do")
        raise ContractError(f"column '{field.name}' has {misfits_text} not fit {field.type}: {why[0].as_py()}", _TODO)
    return converted
