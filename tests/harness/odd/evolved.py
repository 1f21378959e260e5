"""Tables whose schema changed between two files, in every way that a schema can change."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table.update.schema import UpdateSchema
from pyiceberg.types import DecimalType, DoubleType, IntegerType, LongType, NestedField, StringType, StructType

from tests.harness.odd.making import POINT, Odd, Row, appended, renamed, rows_of

_BEFORE = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        *((name, kind) for name, kind in {
            "n": pa.int32(), "f": pa.float32(), "price": pa.decimal128(9, 2), "a": pa.string(), "b": pa.string(),
            "s": POINT, "points": pa.list_(POINT), "named": pa.map_(pa.string(), POINT),
        }.items()),
    ]
)  # fmt: skip
_OLD: Row = {"id": 1, "n": 1, "f": 1.5, "price": Decimal("1.25"), "a": "a", "b": "b", "s": {"x": 1, "y": "y"}}
_OLD |= {"points": [{"x": 1, "y": "y"}, None], "named": {"k": {"x": 1, "y": "y"}, "n": None}}
_BARE: Row = {**dict.fromkeys(_OLD), "id": 2, "points": [], "named": {}}


_POINT_TYPE = StructType(NestedField(101, "x", IntegerType()), NestedField(102, "y", StringType()))


def _points(change: Callable[[Row], Row]) -> Callable[[Row], Row]:
    """The row with `change` made to each struct in it."""

    def made(row: Row) -> Row:
        each = {name: row[name] and change(row[name]) for name in ("s",)}
        each["points"] = [one and change(one) for one in row["points"]]
        each["named"] = {key: one and change(one) for key, one in row["named"].items()}
        return {**row, **each}

    return made


def _everywhere(change: Callable[[UpdateSchema, tuple[str, ...]], Any]) -> Callable[[UpdateSchema], Any]:
    """The change made in the struct, in that of the list, and in that of the map."""

    def made(update: UpdateSchema) -> None:
        for path in (("s",), ("points", "element"), ("named", "value")):
            change(update, path)

    return made


def _evolved(name: str, new: Row, old: Callable[[Row], Row], *changes: Callable[[UpdateSchema], Any]) -> Odd:
    """Two rows, the changes one after the other, and a row in the new form; `old` tells what the first two are then."""

    def make(catalog: Catalog, table_name: str) -> None:
        table = appended(catalog, table_name, rows_of(_BEFORE, _OLD, _BARE))
        for change in changes:
            with table.update_schema(allow_incompatible_changes=True) as update:
                change(update)
        now = pa.schema(
            [field.remove_metadata() for field in schema_to_pyarrow(table.schema(), include_field_ids=False)]
        )
        table.append(rows_of(now, new))

    return Odd(f"evolved_{name}", make, [old(_OLD), old(_BARE), new])


_NEW: Row = {**_OLD, "id": 3}


def _nested(change: Callable[[Row], Row]) -> Row:
    return _points(change)(_NEW)


EVOLVED = [
    _evolved("not_at_all", _NEW, lambda row: row),
    _evolved("add", {**_NEW, "z": "z"}, lambda row: {**row, "z": None}, lambda it: it.add_column("z", StringType())),
    _evolved(
        "drop",
        {name: value for name, value in _NEW.items() if name != "a"},
        lambda row: {name: value for name, value in row.items() if name != "a"},
        lambda it: it.delete_column("a"),
    ),
    _evolved(
        "drop_and_add",
        _NEW,
        lambda row: {**row, "a": None},
        lambda it: it.delete_column("a"),
        lambda it: it.add_column("a", StringType()),
    ),
    _evolved(
        "rename", *renamed([_NEW], a="z"), lambda row: renamed([row], a="z")[0], lambda it: it.rename_column("a", "z")
    ),
    _evolved(
        "swap_names",
        _NEW,
        lambda row: {**row, "a": row["b"], "b": row["a"]},
        lambda it: it.rename_column("a", "z"),
        lambda it: it.rename_column("b", "a"),
        lambda it: it.rename_column("z", "b"),
    ),
    _evolved("reorder", _NEW, lambda row: row, lambda it: it.move_first("b").move_after("id", "s")),
    _evolved(
        "promote",
        {**_NEW, "n": 2**40, "f": 0.1, "price": Decimal("1234567890123.25")},
        lambda row: row,
        lambda it: (
            it.update_column("n", LongType())
            .update_column("f", DoubleType())
            .update_column("price", DecimalType(18, 2))
        ),
    ),
    _evolved("optional", {**_NEW, "id": 3}, lambda row: row, lambda it: it.make_column_optional("id")),
    _evolved(
        "nested_add",
        _nested(lambda one: {**one, "z": 3}),
        _points(lambda one: {**one, "z": None}),
        _everywhere(lambda it, path: it.add_column((*path, "z"), IntegerType())),
    ),
    _evolved(
        "nested_drop",
        _nested(lambda one: {"y": one["y"]}),
        _points(lambda one: {"y": one["y"]}),
        _everywhere(lambda it, path: it.delete_column((*path, "x"))),
    ),
    _evolved(
        "nested_drop_and_add",
        _NEW,
        _points(lambda one: {**one, "x": None}),
        _everywhere(lambda it, path: it.delete_column((*path, "x"))),
        _everywhere(lambda it, path: it.add_column((*path, "x"), IntegerType())),
    ),
    _evolved(
        "nested_rename",
        _nested(lambda one: {"z": one["x"], "y": one["y"]}),
        _points(lambda one: {"z": one["x"], "y": one["y"]}),
        _everywhere(lambda it, path: it.rename_column((*path, "x"), "z")),
    ),
    _evolved(
        "nested_swap_names",
        _nested(lambda one: {"y": one["x"], "x": one["y"]}),
        _points(lambda one: {"y": one["x"], "x": one["y"]}),
        _everywhere(lambda it, path: it.rename_column((*path, "x"), "z")),
        _everywhere(lambda it, path: it.rename_column((*path, "y"), "x")),
        _everywhere(lambda it, path: it.rename_column((*path, "z"), "y")),
    ),
    _evolved("nested_reorder", _NEW, lambda row: row, _everywhere(lambda it, path: it.move_first((*path, "y")))),
    _evolved(
        "nested_promote",
        _nested(lambda one: {**one, "x": 2**40}),
        lambda row: row,
        _everywhere(lambda it, path: it.update_column((*path, "x"), LongType())),
    ),
    _evolved(
        "struct_drop_and_add",
        _NEW,
        lambda row: {**row, "s": None},
        lambda it: it.delete_column("s"),
        lambda it: it.add_column("s", _POINT_TYPE),
    ),
]
