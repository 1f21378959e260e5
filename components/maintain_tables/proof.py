"""Figures of every column, nested ones too, which who writes rows again must leave as they are.

They are taken from the files themselves by pyarrow's own reader, batch by batch, without any reader of tables between.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import pyarrow_to_schema, schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from components.shell.counts import counted

_BATCH_ROWS = 1 << 16
_READ_BYTES = 1 << 20
_WORD = 1 << 64


@dataclass(frozen=True)
class Figure:
    """Of a column or a field in one: places, nulls, NaNs, the sum of numbers or of lengths, and the bounds."""

    places: int = 0
    nulls: int = 0
    nans: int = 0
    total: int = 0
    low: Any = None
    high: Any = None

    def __add__(self, other: "Figure") -> "Figure":
        """The figure of both together; sums of numbers are taken modulo 2^64, as they come in any order."""
        low, high = (
            [one for one in pair if one is not None] for pair in ((self.low, other.low), (self.high, other.high))
        )
        return Figure(
            self.places + other.places,
            self.nulls + other.nulls,
            self.nans + other.nans,
            (self.total + other.total) % _WORD,
            min(low, default=None),
            max(high, default=None),
        )


Figures: TypeAlias = dict[int, Figure]


@dataclass(frozen=True)
class Staying:
    """Which rows of a file stay: those with none of the `keys` in a column of the table, and not deleted beside it.

    `deleted` are the places of deleted rows in the file, the first of which is 0.
    """

    column: NestedField
    keys: frozenset[Any]
    deleted: pa.Array

    def mask(self, values: pa.Array, first: int) -> pa.BooleanArray:
        """Whether each row stays, given its value in the column; `first` is the place of the first of them."""
        leave = pc.is_in(_comparable(values, self._kind), value_set=self._leaving)
        places = pa.array(range(first, first + len(values)), pa.int64())
        return pc.invert(pc.or_(leave, pc.is_in(places, value_set=self.deleted)))

    @cached_property
    def _kind(self) -> pa.DataType:
        return schema_to_pyarrow(self.column.field_type)

    @cached_property
    def _leaving(self) -> pa.Array:
        return _comparable(pa.array(list(self.keys), self._kind), self._kind)


def figures_of(table: Table, source: Any, file: DataFile | None = None, staying: Staying | None = None) -> Figures:
    """The figures of a Parquet file by field id, as the table should have it.

    Args:
        table: The table, whose columns are looked at.
        source: The file's content, as pyarrow takes it.
        file: What the manifest says of it, for values that stand nowhere else; None for a file that holds all columns.
        staying: Which of its rows count; None for all.
    """
    # Instants as Hive and old Spark write them (INT96) go beyond what fits into nanoseconds.
    reader = pq.ParquetFile(source, coerce_int96_timestamp_unit="us", pre_buffer=False, buffer_size=_READ_BYTES)
    version = table.metadata.format_version
    mine = pyarrow_to_schema(reader.schema_arrow, table.metadata.name_mapping(), version < 3, version)  # noqa: PLR2004 - a version of the format
    constants = _constants(table, file) if file else {}
    figures: Figures = {}
    first = 0
    for batch in reader.iter_batches(_BATCH_ROWS):
        column = pa.StructArray.from_arrays(batch.columns, fields=list(batch.schema))
        if staying is not None:
            column = column.filter(staying.mask(_values(staying.column, mine, batch, constants), first))
        first += batch.num_rows
        _add(figures, _struct(table.schema().as_struct(), mine.as_struct(), column, constants))
    return figures


def _values(field: NestedField, mine: Schema, batch: pa.RecordBatch, constants: Mapping[int, Any]) -> pa.Array:
    """A column of the table in rows of a file, which has one value where the file lacks it, or none."""
    ids = [one.field_id for one in mine.fields]
    if field.field_id in ids:
        return batch.column(ids.index(field.field_id))
    value = constants.get(field.field_id, field.initial_default)
    return pa.array([value] * batch.num_rows, schema_to_pyarrow(field.field_type))


def together(parts: Iterable[Figures]) -> Figures:
    """The figures of several files."""
    figures: Figures = {}
    for part in parts:
        _add(figures, part.items())
    return figures


def difference(schema: Schema, before: Figures, after: Figures) -> str:
    """What is not the same after as before, in words; empty where all is."""
    for field_id in sorted(before.keys() | after.keys()):
        was, became = before.get(field_id, Figure()), after.get(field_id, Figure())
        for name, one, other in zip(
            Figure.__dataclass_fields__, vars(was).values(), vars(became).values(), strict=True
        ):
            if one != other:
                return f"column {schema.find_column_name(field_id)}: {name} was {one} and became {other}"
    return ""


def contradiction(schema: Schema, files: Iterable[DataFile], before: Figures) -> str:
    """Where manifests count other nulls than the files hold, in columns that are not nested; empty where all agrees."""
    null_counts = [file.null_value_counts or {} for file in files]
    for field in schema.fields:
        counts = [one[field.field_id] for one in null_counts if field.field_id in one]
        nulls = before.get(field.field_id, Figure()).nulls
        if field.field_type.is_primitive and len(counts) == len(null_counts) and sum(counts) != nulls:
            return f"column {field.name}: manifests tell {counted(sum(counts), 'null')}, files hold {nulls:,}"
    return ""


def _constants(table: Table, file: DataFile) -> dict[int, Any]:
    """The values of the file's partition that are those of a column, by field id."""
    parts = table.specs()[file.spec_id].fields
    return {
        part.source_id: file.partition[index]
        for index, part in enumerate(parts)
        if isinstance(part.transform, IdentityTransform) and file.partition[index] is not None
    }


def _add(figures: Figures, more: Iterable[tuple[int, Figure]]) -> None:
    for field_id, figure in more:
        figures[field_id] = figures.get(field_id, Figure()) + figure


_FieldFigures: TypeAlias = Iterator[tuple[int, Figure]]


def _field(field: NestedField, mine: IcebergType, column: pa.Array) -> _FieldFigures:
    """The figures of a field that the file has, and of what is in it; `mine` is its type there."""
    kind = field.field_type
    if kind.is_primitive:
        yield field.field_id, _measured(column, schema_to_pyarrow(kind))
        return
    yield field.field_id, Figure(len(column), column.null_count)
    if isinstance(kind, StructType):
        yield from _struct(kind, mine, column, {})
    elif isinstance(kind, ListType) and isinstance(mine, ListType):
        yield from _field(kind.element_field, mine.element_type, column.flatten())
    elif isinstance(kind, MapType) and isinstance(mine, MapType):
        keys, values = _entries(column)
        yield from _field(kind.key_field, mine.key_type, keys)
        yield from _field(kind.value_field, mine.value_type, values)


def _entries(column: pa.MapArray) -> tuple[pa.Array, pa.Array]:
    """The keys and values of all maps that are not null."""
    maps = column.drop_null()
    if not len(maps):
        return maps.keys[:0], maps.items[:0]
    start, end = maps.offsets[0].as_py(), maps.offsets[-1].as_py()
    return maps.keys[start:end], maps.items[start:end]


def _struct(kind: StructType, mine: IcebergType, column: pa.StructArray, constants: Mapping[int, Any]) -> _FieldFigures:
    there = {
        field.field_id: (field.field_type, child)
        for field, child in zip(mine.fields, column.flatten(), strict=True)  # type: ignore[attr-defined]  # both are structs
    }
    for field in kind.fields:
        if field.field_id in there:
            yield from _field(field, *there[field.field_id])
        else:
            yield from _absent(field, column.is_valid(), constants.get(field.field_id, field.initial_default))


def _absent(field: NestedField, valid: pa.BooleanArray, value: Any) -> _FieldFigures:
    """The figures of a field that the file lacks, where it has one value, or none."""
    if not field.field_type.is_primitive:
        yield field.field_id, Figure(len(valid), len(valid))
        if isinstance(field.field_type, StructType):
            for child in field.field_type.fields:
                yield from _absent(child, valid, None)
        return
    kind = schema_to_pyarrow(field.field_type)
    one = _comparable(pa.array([value], kind), kind)
    yield field.field_id, _measured(one.take(pc.if_else(valid, 0, None)), one.type)


def _measured(column: pa.Array, kind: pa.DataType) -> Figure:
    places, nulls = len(column), column.null_count
    values = _comparable(column, kind).drop_null()
    nans = 0
    if pa.types.is_floating(values.type):
        mask = pc.is_nan(values)
        nans, values = pc.sum(mask).as_py() or 0, values.filter(pc.invert(mask))
    bounds = pc.min_max(values)
    return Figure(places, nulls, nans, _total(values) % _WORD, bounds["min"].as_py(), bounds["max"].as_py())


def _comparable(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values in the table's type, or as the numbers or bytes that stand for them there."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    values = column.cast(kind, safe=False)
    if pa.types.is_fixed_size_binary(kind):
        return values.cast(pa.binary())
    if pa.types.is_temporal(kind):
        return values.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    return values


def _total(values: pa.Array) -> int:
    if pa.types.is_integer(values.type) or pa.types.is_boolean(values.type):
        return pc.sum(values).as_py() or 0
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        return 0  # what sums of these are depends on their order, or does not fit
    return pc.sum(pc.binary_length(values)).as_py() or 0
