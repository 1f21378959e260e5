"""Files without field ids, as `add_files` and Hive leave them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.table.update.schema import UpdateSchema
from pyiceberg.types import IntegerType, LongType, StringType

from tests.harness.odd.making import POINT, Make, Odd, Row, added, put, renamed, rows_of

# Without a zone, as they stand in columns that have none.
_LOCAL, _NEW_YEAR, _LAST = (datetime(year, 1, 1) for year in (1, 2026, 9999))  # noqa: DTZ001 - a column without a zone

_PLAIN = pa.schema({"id": pa.int64(), "a": pa.string(), "s": POINT, "l": pa.list_(pa.int32())})
_ONE: Row = {"id": 1, "a": "one", "s": {"x": 1, "y": "y"}, "l": [1, None]}
_TWO: Row = {"id": 2, "a": None, "s": None, "l": None}
_POINTS = pa.schema({"id": pa.int64(), "points": pa.list_(POINT), "named": pa.map_(pa.string(), POINT)})
_FILLED: Row = {"id": 1, "points": [{"x": 1, "y": "y"}, None], "named": {"k": {"x": 1, "y": "y"}}}
_BLANK: Row = {"id": 2, "points": [], "named": {}}
_AT = pa.schema({"id": pa.int64(), "at": pa.timestamp("us")})


def _of_old_instants(catalog: Catalog, name: str, *instants: datetime | None) -> None:
    """Files as Hive and old Spark wrote them: instants in 96 bits, and no ids."""
    table = catalog.create_table(name, schema=_AT)
    with table.transaction() as transaction:
        transaction.set_properties({"schema.name-mapping.default": table.schema().name_mapping.model_dump_json()})
    for number, at in enumerate(instants, 1):
        put(table, rows_of(_AT, {"id": number, "at": at}), use_deprecated_int96_timestamps=True)


def _added_and_changed(*changes: Callable[[UpdateSchema], Any]) -> Make:
    def make(catalog: Catalog, name: str) -> None:
        table = added(catalog, name, rows_of(_PLAIN, _ONE), rows_of(_PLAIN, _TWO))
        for change in changes:
            with table.update_schema(allow_incompatible_changes=True) as update:
                change(update)

    return make


def _unmapped(catalog: Catalog, name: str) -> None:
    table = added(catalog, name, rows_of(_PLAIN, _ONE), rows_of(_PLAIN, _TWO))
    with table.transaction() as transaction:
        transaction.remove_properties("schema.name-mapping.default")


ADDED = [
    Odd("added", _added_and_changed(), [_ONE, _TWO]),
    Odd("added_renamed", _added_and_changed(lambda it: it.rename_column("a", "b")), renamed([_ONE, _TWO], a="b")),
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
        lambda catalog, name: added(catalog, name, rows_of(_POINTS, _FILLED), rows_of(_POINTS, _BLANK)),
        [_FILLED, _BLANK],
    ),
    Odd(
        "added_collections_with_nulls",
        lambda catalog, name: added(
            catalog, name, rows_of(_POINTS, _FILLED), rows_of(_POINTS, {"id": 2, "points": None, "named": None})
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
