"""Tables as others leave them, each with the rows that it has: the truth is what was written, no reader's answer.

A new reader or writer of tables is right if it passes `tests/components/test_odd_tables.py`.
"""

import io
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.table.update.schema import UpdateSchema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.typedef import Record
from pyiceberg.types import (
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    StructType,
)

from tests.odd.spark_tables import PLACE

SPACE = "odd"
Row = dict[str, Any]
Make = Callable[[Catalog, str], Any]


@dataclass(frozen=True)
class Odd:
    """A table: how it is made, its rows by `id`, and what becomes of it.

    `refused` is what the refusal says where it may not be read, `unjoined` where it may not be compacted, and `joined`
    whether a compaction has anything to join.
    """

    name: str
    make: Make
    rows: Sequence[Row] = ()
    refused: str = ""
    unjoined: str = ""
    joined: bool = True

    def __str__(self) -> str:
        return self.name


def _appended(catalog: Catalog, name: str, *parts: pa.Table) -> Table:
    table = catalog.create_table(name, schema=parts[0].schema)
    for part in parts:
        table.append(part)
    return table


def _added(catalog: Catalog, name: str, *parts: pa.Table) -> Table:
    """A table of files without field ids, as `add_files` takes them."""
    table = catalog.create_table(name, schema=parts[0].schema)
    table.add_files([_stored(table, part) for part in parts])
    return table


def _stored(table: Table, rows: pa.Table, **options: Any) -> str:
    place = f"{table.location()}/data/{uuid4()}.parquet"
    with table.io.new_output(place).create() as target, pq.ParquetWriter(target, rows.schema, **options) as writer:
        writer.write_table(rows)
    return place


def _put(table: Table, rows: pa.Table, partition: Sequence[Any] = (), nulls: Row | None = None, **options: Any) -> None:
    """Bring a file into the table as its writer describes it, without a look at its schema."""
    place = _stored(table, rows, **options)
    file = DataFile.from_args(
        content=DataFileContent.DATA, file_path=place, file_format=FileFormat.PARQUET, partition=Record(*partition),
        file_size_in_bytes=len(table.io.new_input(place)), record_count=rows.num_rows, spec_id=table.spec().spec_id, null_value_counts=nulls,
    )  # fmt: skip
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as snapshot:
        snapshot.append_data_file(file)


def _stored_whole(catalog: Catalog, name: str, *parts: pa.Table) -> None:
    """A table of files with ids, without pyiceberg's writer, which makes empty lists of structs of those that are null."""
    table = catalog.create_table(name, schema=parts[0].schema)
    for part in parts:
        _put(table, part.cast(_with_ids(table)))


def _of_old_instants(catalog: Catalog, name: str, *instants: datetime | None) -> None:
    """Files as Hive and old Spark wrote them: instants in 96 bits, and no ids."""
    table = catalog.create_table(name, schema=_AT)
    with table.transaction() as transaction:
        transaction.set_properties({"schema.name-mapping.default": table.schema().name_mapping.model_dump_json()})
    for number, at in enumerate(instants, 1):
        _put(table, _rows(_AT, {"id": number, "at": at}), use_deprecated_int96_timestamps=True)


def _with_ids(table: Table, without: Sequence[str] = (), **other: pa.DataType) -> pa.Schema:
    """The table's Arrow schema with ids, without some columns, and others in another type."""
    fields = [field for field in schema_to_pyarrow(table.schema()) if field.name not in without]
    return pa.schema([field.with_type(other.get(field.name, field.type)) for field in fields])


# --- what was written as the table is

# Without a zone, as they stand in columns that have none.
_LOCAL, _NEW_YEAR, _LAST = (datetime(year, 1, 1) for year in (1, 2026, 9999))  # noqa: DTZ001
T0 = datetime(2026, 1, 1, 1, 2, 3, 456789, tzinfo=UTC)
_POINT = pa.struct([("x", pa.int32()), ("y", pa.string())])
_ALL = pa.schema(
    {
        "id": pa.int64(), "flag": pa.bool_(), "small": pa.int32(), "big": pa.int64(), "f": pa.float32(), "d": pa.float64(),
        "price": pa.decimal128(20, 4), "day": pa.date32(), "clock": pa.time64("us"), "at": pa.timestamp("us", "UTC"),
        "local": pa.timestamp("us"), "text": pa.string(), "raw": pa.binary(), "uid": pa.uuid(), "four": pa.binary(4),
        "s": _POINT, "l": pa.list_(pa.string()), "points": pa.list_(_POINT), "m": pa.map_(pa.string(), pa.int64()),
        "deep": pa.list_(pa.list_(_POINT)), "named": pa.map_(pa.string(), _POINT),
    }
)  # fmt: skip
_FULL: Row = {
    "id": 1, "flag": True, "small": -(2**31), "big": 2**63 - 1, "f": 1.5, "d": -0.0, "price": Decimal("1234567890123456.7891"),
    "day": date(1, 1, 1), "clock": T0.time(), "at": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "local": _LOCAL, "text": "Açai 🌙 \x00", "raw": b"\x00\xff", "uid": UUID(int=2**128 - 1), "four": b"abcd",
    "s": {"x": 1, "y": None}, "l": ["a", None, ""], "points": [{"x": 1, "y": "y"}, None], "m": {"a": 1, "b": None},
    "deep": [[{"x": 1, "y": "y"}], None, []], "named": {"k": {"x": 1, "y": "y"}, "n": None},
}  # fmt: skip
_EMPTY: Row = {**dict.fromkeys(_ALL.names), "id": 2}
_HOLLOW: Row = {**_EMPTY, "id": 3, "d": float("inf"), "text": "", "raw": b"", "s": {"x": None, "y": None}}
_HOLLOW |= {"l": [], "points": [], "m": {}, "deep": [], "named": {}, "f": float("-inf")}


def _rows(schema: pa.Schema, *rows: Row) -> pa.Table:
    given = [
        {name: list(value.items()) if _mapped(schema, name, value) else value for name, value in row.items()}
        for row in rows
    ]
    return pa.Table.from_pylist([{**row, **_uuid(schema, row)} for row in given], schema=schema)


def _mapped(schema: pa.Schema, name: str, value: Any) -> bool:
    return value is not None and pa.types.is_map(schema.field(name).type)


def _uuid(schema: pa.Schema, row: Row) -> Row:
    return {name: value.bytes for name, value in row.items() if isinstance(value, UUID)}


OWN = [
    Odd(
        "every_type",
        lambda catalog, name: _stored_whole(catalog, name, _rows(_ALL, _FULL), _rows(_ALL, _EMPTY, _HOLLOW)),
        [_FULL, _EMPTY, _HOLLOW],
    ),
]

# --- files without field ids

_PLAIN = pa.schema({"id": pa.int64(), "a": pa.string(), "s": _POINT, "l": pa.list_(pa.int32())})
_ONE: Row = {"id": 1, "a": "one", "s": {"x": 1, "y": "y"}, "l": [1, None]}
_TWO: Row = {"id": 2, "a": None, "s": None, "l": None}
_POINTS = pa.schema({"id": pa.int64(), "points": pa.list_(_POINT), "named": pa.map_(pa.string(), _POINT)})
_FILLED: Row = {"id": 1, "points": [{"x": 1, "y": "y"}, None], "named": {"k": {"x": 1, "y": "y"}}}
_BLANK: Row = {"id": 2, "points": [], "named": {}}
_AT = pa.schema({"id": pa.int64(), "at": pa.timestamp("us")})


def _added_and_changed(*changes: Callable[[UpdateSchema], Any]) -> Make:
    def make(catalog: Catalog, name: str) -> None:
        table = _added(catalog, name, _rows(_PLAIN, _ONE), _rows(_PLAIN, _TWO))
        for change in changes:
            with table.update_schema(allow_incompatible_changes=True) as update:
                change(update)

    return make


def _unmapped(catalog: Catalog, name: str) -> None:
    table = _added(catalog, name, _rows(_PLAIN, _ONE), _rows(_PLAIN, _TWO))
    with table.transaction() as transaction:
        transaction.remove_properties("schema.name-mapping.default")


def _renamed(rows: Sequence[Row], **names: str) -> list[Row]:
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]


ADDED = [
    Odd("added", _added_and_changed(), [_ONE, _TWO]),
    Odd("added_renamed", _added_and_changed(lambda it: it.rename_column("a", "b")), _renamed([_ONE, _TWO], a="b")),
    Odd(
        "added_grown",
        _added_and_changed(lambda it: it.add_column("z", IntegerType()).update_column("id", LongType())),
        [{**_ONE, "z": None}, {**_TWO, "z": None}],
    ),
    Odd(
        "added_name_given_to_another",
        _added_and_changed(lambda it: it.rename_column("a", "b"), lambda it: it.add_column("a", StringType())),
        refused="now means another column",
        unjoined="now means another column",
    ),
    Odd(
        "added_dropped_and_added",
        _added_and_changed(lambda it: it.delete_column("a"), lambda it: it.add_column("a", StringType())),
        refused="now means another column",
        unjoined="now means another column",
    ),
    Odd("added_unmapped", _unmapped, refused="ids are not known", unjoined="ids are not known"),
    Odd(
        "added_collections",
        lambda catalog, name: _added(catalog, name, _rows(_POINTS, _FILLED), _rows(_POINTS, _BLANK)),
        [_FILLED, _BLANK],
    ),
    Odd(
        "added_collections_with_nulls",
        lambda catalog, name: _added(
            catalog, name, _rows(_POINTS, _FILLED), _rows(_POINTS, {"id": 2, "points": None, "named": None})
        ),
        refused="lists or maps that are null",
        unjoined="lists or maps that are null",
    ),
    Odd(
        "added_old_instants",
        lambda catalog, name: _of_old_instants(catalog, name, _NEW_YEAR, None),
        [{"id": 1, "at": _NEW_YEAR}, {"id": 2, "at": None}],
    ),
    Odd(
        "added_instants_out_of_range",
        lambda catalog, name: _of_old_instants(catalog, name, _LAST, None),
        refused="instants before 1677 or after 2262",
        unjoined="instants before 1677 or after 2262",
    ),
]

# --- schemas that change between two files

_BEFORE = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        *((name, kind) for name, kind in {
            "n": pa.int32(), "f": pa.float32(), "price": pa.decimal128(9, 2), "a": pa.string(), "b": pa.string(),
            "s": _POINT, "points": pa.list_(_POINT), "named": pa.map_(pa.string(), _POINT),
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
        table = _appended(catalog, table_name, _rows(_BEFORE, _OLD, _BARE))
        for change in changes:
            with table.update_schema(allow_incompatible_changes=True) as update:
                change(update)
        now = pa.schema(
            [field.remove_metadata() for field in schema_to_pyarrow(table.schema(), include_field_ids=False)]
        )
        table.append(_rows(now, new))

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
        "rename", *_renamed([_NEW], a="z"), lambda row: _renamed([row], a="z")[0], lambda it: it.rename_column("a", "z")
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
_DEEP = pa.schema({"id": pa.int64(), "deep": pa.list_(pa.list_(_POINT))})


def _deep(catalog: Catalog, name: str) -> None:
    table = _appended(catalog, name, *[_rows(_DEEP, {"id": n, "deep": [[{"x": n, "y": "y"}]]}) for n in (1, 2)])
    for change in (
        lambda it: it.delete_column(("deep", "element", "element", "x")),
        lambda it: it.add_column(("deep", "element", "element", "x"), IntegerType()),
    ):
        with table.update_schema() as update:
            change(update)


# --- values that stand in the manifest alone, and files that are not what the table says

_KEYS = pa.schema(
    {
        "id": pa.int64(), "i": pa.int32(), "g": pa.int64(), "t": pa.string(), "day": pa.date32(), "flag": pa.bool_(),
        "at": pa.timestamp("us", "UTC"), "price": pa.decimal128(9, 2),
    }
)  # fmt: skip


def _by_identity(catalog: Catalog, name: str) -> None:
    """Files as Hive has them, whose partition's columns are not in them."""
    table = catalog.create_table(name, schema=_KEYS)
    with table.update_spec() as update:
        for column in _KEYS.names[1:]:
            update.add_field(column, IdentityTransform(), column)
    values = (
        7,
        2**40,
        "text",
        (date(2026, 1, 1) - date(1970, 1, 1)).days,
        True,
        1_767_229_323_456_789,
        Decimal("1.25"),
    )
    schema = _with_ids(table, without=_KEYS.names[1:])
    for number, partition in enumerate([values, values, [None] * 7], 1):
        _put(table, pa.table({"id": [number]}, schema=schema), partition)


_IDENTITY: Row = {"i": 7, "g": 2**40, "t": "text", "day": date(2026, 1, 1), "flag": True, "price": Decimal("1.25")}
_IDENTITY["at"] = datetime(2026, 1, 1, 1, 2, 3, 456789, tzinfo=UTC)


def _identity_later(catalog: Catalog, name: str) -> None:
    parts = [pa.table({"id": pa.array([n]), "a": [f"a{n}"]}) for n in range(1, 5)]
    table = _appended(catalog, name, *parts[:2])
    with table.update_spec() as update:
        update.add_identity("a")
    for part in parts[2:]:
        table.append(part)


_SIMPLE = pa.schema([pa.field("id", pa.int64()), pa.field("at", pa.timestamp("us", "UTC"))])


def _nanoseconds(catalog: Catalog, name: str) -> None:
    table = catalog.create_table(name, schema=_SIMPLE)
    schema = _with_ids(table, at=pa.timestamp("ns", "UTC"))
    for number in (1, 2):
        _put(
            table,
            pa.table(
                {"id": [number], "at": pa.array([number * 1000 + 999], pa.int64()).cast(schema.field(1).type)},
                schema=schema,
            ),
        )


def _lacking(catalog: Catalog, name: str) -> None:
    schema = pa.schema([pa.field("id", pa.int64()), pa.field("must", pa.string(), nullable=False)])
    table = catalog.create_table(name, schema=schema)
    for number in (1, 2):
        _put(table, pa.table({"id": [number]}, schema=_with_ids(table, without=["must"])))


def _null_where_none_may_be(catalog: Catalog, name: str) -> None:
    schema = pa.schema([pa.field("id", pa.int64()), pa.field("must", pa.string(), nullable=False)])
    table = catalog.create_table(name, schema=schema)
    loose = pa.schema([field.with_nullable(True) for field in _with_ids(table)])
    for number in (1, 2):
        _put(table, pa.table({"id": [number], "must": pa.array([None], pa.string())}, schema=loose))


def _too_large(catalog: Catalog, name: str) -> None:
    table = catalog.create_table(name, schema=pa.schema({"id": pa.int32()}))
    for _ in range(2):
        _put(table, pa.table({"id": [2**40]}, schema=_with_ids(table, id=pa.int64())))


def _told_otherwise(catalog: Catalog, name: str) -> None:
    table = catalog.create_table(name, schema=_SIMPLE)
    for number in (1, 2):
        _put(table, pa.table({"id": [number], "at": [None]}, schema=_with_ids(table)), nulls={1: 0, 2: 0})


FOREIGN = [
    Odd("deep_drop_and_add", _deep, refused="deep in lists or maps", unjoined="deep in lists or maps"),
    Odd(
        "identity_in_the_manifest",
        _by_identity,
        [{"id": 1, **_IDENTITY}, {"id": 2, **_IDENTITY}, {"id": 3, **dict.fromkeys(_IDENTITY)}],
    ),
    Odd("identity_added_later", _identity_later, [{"id": n, "a": f"a{n}"} for n in range(1, 5)], joined=False),
    Odd(
        "nanoseconds",
        _nanoseconds,
        [{"id": n, "at": datetime(1970, 1, 1, microsecond=n, tzinfo=UTC)} for n in (1, 2)],
    ),
    Odd("required_is_lacking", _lacking, refused="is required", unjoined="is required"),
    Odd("required_is_null", _null_where_none_may_be, refused="what the table cannot", unjoined="what the table cannot"),
    Odd("too_large", _too_large, refused="is beyond pyiceberg", unjoined="is beyond pyiceberg"),
    Odd(
        "manifest_tells_otherwise",
        _told_otherwise,
        [{"id": 1, "at": None}, {"id": 2, "at": None}],
        unjoined="manifests tell 0 nulls, files hold 2",
    ),
]

# --- what Spark wrote (spark_tables.py)


@cache
def _archive() -> dict[str, bytes]:
    with tarfile.open(Path(__file__).with_name("spark_tables.tar.xz")) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]


def _spark(name: str, *more: str) -> Make:
    """The table with its files in the catalog's bucket, whose address takes the place of where they were written."""

    def make(catalog: Catalog, table_name: str) -> None:
        place = catalog.properties["warehouse"].removesuffix("/warehouse")
        assert len(place) == len(PLACE)
        store = catalog._load_file_io(catalog.properties, place)
        for path, content in _archive().items():
            if path.startswith((f"spark/{name}/", *more)):
                with store.new_output(f"{place}/{path}").create(overwrite=True) as target:
                    target.write(content.replace(PLACE.encode(), place.encode()))
        catalog.register_table(table_name, f"{place}/spark/{name}/metadata/last.json")

    return make


def _names(*ids: int) -> list[Row]:
    return [{"id": number, "name": f"n{number}"} for number in ids]


def _spark_evolved(number: int | None, place: str | None, values: Sequence[Any]) -> Row:
    return {"place": place, "id": number, **dict(zip(("n", "f", "d", "new", "gone"), values, strict=True))}


SPARK = [
    Odd(
        "spark_evolved",
        _spark("evolved"),
        [
            _spark_evolved(1, "here", (1, 1.5, Decimal("1.25"), "renamed", None)),
            _spark_evolved(2, None, (None, None, None, None, None)),
            _spark_evolved(3, "there", (2**32, 0.1, Decimal("1234567890123.25"), "new", "again")),
            _spark_evolved(4, "there", (4, 4.5, Decimal("4.25"), None, "four")),
            _spark_evolved(5, "there", (5, 5.5, Decimal("5.25"), "five", "five")),
            _spark_evolved(6, "there", (6, 6.5, Decimal("6.25"), "six", "six")),
        ],
    ),
    Odd(
        "spark_nested",
        _spark("nested"),
        [
            {"id": 1, "s": {"c": "b", "a": None}, "l": [{"y": "y", "x": None}], "m": {"k": {"z": 1, "y": "y"}}},
            {"id": 2, "s": {"c": "c", "a": 2}, "l": [{"y": "y2", "x": 2}], "m": {"k": {"z": 2**32, "y": "y2"}}},
        ],
    ),
    Odd(
        "spark_nested_nulls",
        _spark("nested_nulls"),
        [
            {"id": 1, "s": None, "l": None, "m": None},
            {"id": 2, "s": {"a": None, "b": None}, "l": [], "m": {}},
            {"id": 3, "s": {"a": 3, "b": "b"}, "l": [None, {"x": 3, "y": None}], "m": {"k": None}},
        ],
    ),
    Odd(
        "spark_nested_nulls_evolved",
        _spark("nested_nulls_evolved"),
        refused="lists or maps that are null",
        unjoined="lists or maps that are null",
    ),
    Odd("spark_position_deletes", _spark("position_deletes"), _names(0, 2, 4, 5, 6, 8), joined=False),
    Odd("spark_deletion_vectors", _spark("deletion_vectors"), _names(0, 2, 5, 6, 8), unjoined="format version 3"),
    Odd(
        "spark_version_3",
        _spark("version_3"),
        [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}],
        unjoined="version 3",
    ),
    Odd(
        "spark_defaults",
        _spark("defaults"),
        [
            {"id": 1, "n": 7, "text": "unknown", "day": date(2020, 2, 29), "ratio": 0.5},
            {"id": 2, "n": 20, "text": "two", "day": date(2022, 2, 2), "ratio": None},
        ],
        unjoined="format version 3",
    ),
    Odd("spark_equality_deletes", _spark("equality_deletes"), refused="equality deletes", unjoined="equality deletes"),
    Odd("spark_orc", _spark("orc"), refused="only Parquet is read", unjoined="only Parquet is read"),
    Odd("spark_avro", _spark("avro"), refused="only Parquet is read", unjoined="only Parquet is read"),
    Odd(
        "spark_imported",
        _spark("imported", "hive/"),
        [
            {
                "id": 1,
                "at": datetime(2026, 1, 1, tzinfo=UTC),
                "tags": ["a", None],
                "day": date(2026, 1, 1),
                "country": "de",
            },
            {"id": 2, "at": None, "tags": None, "day": date(2026, 1, 1), "country": "de"},
            {"id": 3, "at": None, "tags": [], "day": date(2026, 1, 2), "country": "it"},
            {"id": 4, "at": datetime(2026, 1, 4, tzinfo=UTC), "tags": ["d"], "day": date(2026, 1, 2), "country": "it"},
        ],
    ),
]

TABLES = [*OWN, *ADDED, *EVOLVED, *FOREIGN, *SPARK]
