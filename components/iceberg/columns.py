"""Which columns a data file has just as its table has them, by field id at every level."""

from collections.abc import Sequence

import pyarrow as pa
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import NestedField

_FIELD_ID = b"PARQUET:field_id"
_SMALL = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary(), pa.uuid(): pa.binary(16)}
_WIDER = {(pa.int32(), pa.int64()), (pa.float32(), pa.float64())}


def as_they_are(
    wanted: Sequence[tuple[NestedField, pa.DataType]], physical: pa.Schema, spec: PartitionSpec | None
) -> dict[int, str | None] | None:
    """The file's name of each wanted column by field id, None for one that is null in it.

    None where a reader has to do more than that: where any field of the file has no id, where what is nested is not
    the same in file and table, where a type is another one (but for a number that is wider in the table), and where
    the value of a column that the file lacks stands elsewhere: among the partition's values, or as a default.

    Args:
        wanted: The columns, each with its Arrow type, which has the ids of what is nested.
        physical: The file's schema, with ids where it has any.
        spec: The partitioning that the file was written under.
    """
    if not all(_has_ids(item) for item in physical):
        return None
    there = {_id(item): item for item in physical}
    elsewhere = (
        {part.source_id for part in spec.fields if isinstance(part.transform, IdentityTransform)} if spec else {}
    )
    names: dict[int, str | None] = {}
    for field, kind in wanted:
        item = there.get(field.field_id)
        if item is None and (field.required or field.initial_default is not None or field.field_id in elsewhere):
            return None
        if item is not None and not (_same(item.type, kind) or _wider(item.type, kind)):
            return None
        names[field.field_id] = item.name if item else None
    return names if len(there) == len(physical) else None


def _id(item: pa.Field) -> int | None:
    number = (item.metadata or {}).get(_FIELD_ID)
    return None if number is None else int(number)


def _children(kind: pa.DataType) -> list[pa.Field]:
    if pa.types.is_map(kind):
        return [kind.key_field, kind.item_field]
    return [kind.field(index) for index in range(kind.num_fields)] if pa.types.is_nested(kind) else []


def _has_ids(item: pa.Field) -> bool:
    return _id(item) is not None and all(_has_ids(child) for child in _children(item.type))


def _same(mine: pa.DataType, table: pa.DataType) -> bool:
    """Whether both are the same down to ids and names; a list's element has no name of its own, nor has a map's key."""
    if not pa.types.is_nested(table):
        return bool(_SMALL.get(mine, mine) == _SMALL.get(table, table))
    named = pa.types.is_struct(table)
    alike = _shape(mine) == _shape(table) and mine.num_fields == table.num_fields
    return alike and all(
        _id(one) == _id(other) and (not named or one.name == other.name) and _same(one.type, other.type)
        for one, other in zip(_children(mine), _children(table), strict=True)
    )


def _shape(kind: pa.DataType) -> str:
    names = {"struct": pa.types.is_struct, "map": pa.types.is_map}
    nested = next((name for name, test in names.items() if test(kind)), "")
    return nested or ("list" if pa.types.is_list(kind) or pa.types.is_large_list(kind) else str(kind))


def _wider(mine: pa.DataType, table: pa.DataType) -> bool:
    if pa.types.is_decimal128(mine) and pa.types.is_decimal128(table):
        return bool(mine.scale == table.scale and mine.precision <= table.precision)
    return (mine, table) in _WIDER
