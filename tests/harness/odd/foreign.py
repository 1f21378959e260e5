"""Values that stand in the manifest alone, and files that are not what their table says."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IntegerType

from tests.harness.odd.making import POINT, Odd, Row, appended, put, rows_of, with_ids

_DEEP = pa.schema({"id": pa.int64(), "deep": pa.list_(pa.list_(POINT))})


def _deep(catalog: Catalog, name: str) -> None:
    table = appended(catalog, name, *[rows_of(_DEEP, {"id": n, "deep": [[{"x": n, "y": "y"}]]}) for n in (1, 2)])
    for change in (
        lambda it: it.delete_column(("deep", "element", "element", "x")),
        lambda it: it.add_column(("deep", "element", "element", "x"), IntegerType()),
    ):
        with table.update_schema() as update:
            change(update)


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
    schema = with_ids(table, without=_KEYS.names[1:])
    for number, partition in enumerate([values, values, [None] * 7], 1):
        put(table, pa.table({"id": [number]}, schema=schema), partition)


_IDENTITY: Row = {"i": 7, "g": 2**40, "t": "text", "day": date(2026, 1, 1), "flag": True, "price": Decimal("1.25")}
_IDENTITY["at"] = datetime(2026, 1, 1, 1, 2, 3, 456789, tzinfo=UTC)


def _identity_later(catalog: Catalog, name: str) -> None:
    parts = [pa.table({"id": pa.array([n]), "a": [f"a{n}"]}) for n in range(1, 5)]
    table = appended(catalog, name, *parts[:2])
    with table.update_spec() as update:
        update.add_identity("a")
    for part in parts[2:]:
        table.append(part)


def _identity_dropped(catalog: Catalog, name: str) -> None:
    """Files under a partitioning by a column that the table has no more."""
    table = appended(catalog, name, pa.table({"id": pa.array([1]), "a": ["a1"]}))
    with table.update_spec() as update:
        update.add_identity("a")
    table.append(pa.table({"id": pa.array([2]), "a": ["a2"]}))
    with table.update_spec() as update:
        update.remove_field("a")
    with table.update_schema() as change:
        change.delete_column("a").add_column("z", IntegerType())
    for number in (3, 4):
        table.append(pa.table({"id": pa.array([number]), "z": pa.array([number], pa.int32())}))


_SIMPLE = pa.schema([pa.field("id", pa.int64()), pa.field("at", pa.timestamp("us", "UTC"))])


def _nanoseconds(catalog: Catalog, name: str) -> None:
    table = catalog.create_table(name, schema=_SIMPLE)
    schema = with_ids(table, at=pa.timestamp("ns", "UTC"))
    for number in (1, 2):
        put(
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
        put(table, pa.table({"id": [number]}, schema=with_ids(table, without=["must"])))


def _null_where_none_may_be(catalog: Catalog, name: str) -> None:
    schema = pa.schema([pa.field("id", pa.int64()), pa.field("must", pa.string(), nullable=False)])
    table = catalog.create_table(name, schema=schema)
    loose = pa.schema([field.with_nullable(True) for field in with_ids(table)])
    for number in (1, 2):
        put(table, pa.table({"id": [number], "must": pa.array([None], pa.string())}, schema=loose))


def _too_large(catalog: Catalog, name: str) -> None:
    table = catalog.create_table(name, schema=pa.schema({"id": pa.int32()}))
    for _ in range(2):
        put(table, pa.table({"id": [2**40]}, schema=with_ids(table, id=pa.int64())))


def _told_otherwise(catalog: Catalog, name: str) -> None:
    table = catalog.create_table(name, schema=_SIMPLE)
    for number in (1, 2):
        put(table, pa.table({"id": [number], "at": [None]}, schema=with_ids(table)), nulls={1: 0, 2: 0})


FOREIGN = [
    Odd("deep_drop_and_add", _deep, refused="deep in lists or maps", unjoined="deep in lists or maps"),
    Odd(
        "identity_in_the_manifest",
        _by_identity,
        [{"id": 1, **_IDENTITY}, {"id": 2, **_IDENTITY}, {"id": 3, **dict.fromkeys(_IDENTITY)}],
    ),
    Odd("identity_added_later", _identity_later, [{"id": n, "a": f"a{n}"} for n in range(1, 5)], joined=False),
    Odd("identity_dropped", _identity_dropped, [{"id": n, "z": None if n < 3 else n} for n in range(1, 5)]),
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
