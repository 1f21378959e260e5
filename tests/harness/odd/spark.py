"""What Spark wrote (`spark_tables.py`)."""

import tarfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pyiceberg.catalog import Catalog

from tests.harness.odd.making import Make, Odd, Row
from tests.harness.odd.spark_tables import PLACE


@cache
def _archive() -> dict[str, bytes]:
    with tarfile.open(Path(__file__).with_name("spark_tables.tar.xz")) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}


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
