"""Lists and structs of Arrow, taken apart and put together again, however deep; no value is touched in Python."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Convert: TypeAlias = Callable[[pa.Array, pa.DataType], pa.Array | None]


def is_list(kind: pa.DataType) -> bool:
    """Whether it is a list, of whichever of Arrow's forms."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def is_nested(kind: pa.DataType) -> bool:
    """Whether it is a list or a struct: what a table definition can say that has parts."""
    return is_list(kind) or bool(pa.types.is_struct(kind))


def part(column: pa.StructArray, name: str) -> pa.Array:
    """A field of the structs, null where the struct is."""
    return column.flatten()[column.type.get_field_index(name)]


def rebuilt(column: pa.Array, kind: pa.DataType, convert: Convert) -> pa.Array | None:
    """The column as the nested type `kind`, each part as `convert` makes it; None where that gives None."""
    if pa.types.is_struct(kind):
        parts = [convert(part(column, field.name), field.type) for field in kind]
        if any(array is None for array in parts):
            return None
        whole = [_known(array, field, column) for array, field in zip(parts, kind, strict=True)]
        return pa.StructArray.from_arrays(whole, fields=list(kind), mask=pc.is_null(column))
    values = convert(column.flatten(), kind.value_type)
    return None if values is None else _list(column, values, kind)


def _known(values: pa.Array, field: pa.Field, column: pa.Array) -> pa.Array:
    """The values of a field, where it is never null with one in place of the nulls below structs that are null.

    Nobody reads it, and the Parquet writer takes each null there for one that may not be.
    """
    if field.nullable or not column.null_count:
        return values
    places = pc.if_else(pc.is_valid(column), pa.array(range(len(values)), pa.int64()), len(values))
    return pa.concat_arrays([values, pa.array([_blank(field.type)], field.type)]).take(places)


def _blank(kind: pa.DataType) -> Any:
    """Any value of the type."""
    if pa.types.is_struct(kind):
        return {field.name: _blank(field.type) for field in kind}
    if is_list(kind):
        return []
    if pa.types.is_decimal(kind):
        return Decimal(0)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return ""
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return b""
    return 0 if not pa.types.is_boolean(kind) else False


def _list(column: pa.Array, values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Lists as long as those of `column`, null where they are, of other values."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).cast(pa.int64())
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])
    large = pa.types.is_large_list(kind)
    make = pa.LargeListArray if large else pa.ListArray
    return make.from_arrays(offsets if large else offsets.cast(pa.int32()), values, type=kind, mask=pc.is_null(column))


def reason_of(column: pa.Array, reasons: pa.Array) -> pa.Array:
    """The first reason among each list's elements; null where there is none. `reasons` are in the elements' order."""
    by_element = pa.table({"row": pc.list_parent_indices(column).cast(pa.int64()), "why": reasons})
    first = (
        by_element.filter(pc.is_valid(by_element["why"]))
        .group_by("row", use_threads=False)
        .aggregate([("why", "first")])
    )
    rows = pa.array(range(len(column)), pa.int64())
    return first["why_first"].combine_chunks().take(pc.index_in(rows, value_set=first["row"].combine_chunks()))


def nulls_within(column: pa.Array, field: pa.Field) -> Iterator[tuple[str, int]]:
    """Parts that are null though the field's type says never, each as a path with the number of nulls."""
    kind = field.type
    if pa.types.is_struct(kind):
        known = column.drop_null()
        yield from (nulls for child in kind for nulls in _nulls(part(known, child.name), child, field.name))
    elif is_list(kind):
        yield from _nulls(column.flatten(), kind.value_field.with_name("element"), field.name)


def _nulls(column: pa.Array, field: pa.Field, owner: str) -> Iterator[tuple[str, int]]:
    path = f"{owner}.{field.name}"
    if column.null_count and not field.nullable:
        yield path, column.null_count
    yield from nulls_within(column, field.with_name(path))
