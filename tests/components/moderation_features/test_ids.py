"""One id in two spellings is one id: comments, flags, views and the label find their image and their author."""

import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.shell.datasets import write_dataset
from tests.components.moderation_features.histories import AS_OF, END, SCHEMAS, START, History, run, write_history
from tests.components.moderation_features.oracle import Oracle, Row

Way = tuple[pa.DataType, Callable[[int], Any]]
TEXT = pa.string()
UUID: Way = (pa.uuid(), lambda number: uuid.UUID(int=number).bytes)
NORMAL: Way = (TEXT, lambda number: str(uuid.UUID(int=number)))
CAPITALS: Way = (TEXT, lambda number: str(uuid.UUID(int=number)).upper())
BARE: Way = (TEXT, lambda number: uuid.UUID(int=number).hex)
BRACED: Way = (TEXT, lambda number: f"{{{uuid.UUID(int=number)}}}")
PADDED: Way = (TEXT, lambda number: f"{uuid.UUID(int=number)!s:<40}")
WHOLE: Way = (pa.int64(), lambda number: number)
SHORT: Way = (pa.int32(), lambda number: number)
NUMERIC: Way = (pa.decimal128(20, 0), Decimal)
DIGITS: Way = (TEXT, str)
PADDED_DIGITS: Way = (TEXT, lambda number: f"{number:<20}")

# How each column spells its ids; the first of each is how they come out. Views come in their normal form.
MIXES: dict[str, dict[str, Way]] = {
    "images as uuid": {
        "": NORMAL, "images.id": UUID, "images.user_id": CAPITALS, "users.id": BARE, "comments.id": PADDED,
        "comments.image_id": CAPITALS, "comments.user_id": UUID, "flags.image_id": PADDED, "flags.user_id": BRACED,
    },
    "images as text": {
        "": NORMAL, "images.id": CAPITALS, "images.user_id": UUID, "users.id": PADDED, "comments.id": UUID,
        "comments.image_id": UUID, "comments.user_id": BARE, "flags.image_id": BARE, "flags.user_id": UUID,
    },
    "whole numbers": {
        "": DIGITS, "images.id": WHOLE, "images.user_id": PADDED_DIGITS, "users.id": NUMERIC, "comments.id": DIGITS,
        "comments.image_id": SHORT, "comments.user_id": WHOLE, "flags.image_id": PADDED_DIGITS, "flags.user_id": WHOLE,
    },
}  # fmt: skip
IDS = ("id", "user_id", "image_id", "comment_id")


def spelled(tables: Mapping[str, list[Row]], mix: Mapping[str, Way]) -> dict[str, list[Row]]:
    """The tables with ids as `mix` spells them, by `table.column`."""

    def value(table: str, name: str, given: Any) -> Any:
        if name not in IDS or given is None:
            return given
        number = 10_000 if given == "stranger" else int(given[1:]) + 1
        return mix.get(f"{table}.{name}", mix[""])[1](number)

    return {
        table: [{name: value(table, name, given) for name, given in row.items()} for row in rows]
        for table, rows in tables.items()
    }


def typed(mix: Mapping[str, Way]) -> dict[str, dict[str, pa.DataType]]:
    """The schemas of such tables."""
    return {
        table: {name: mix.get(f"{table}.{name}", mix[""])[0] if name in IDS else kind for name, kind in schema.items()}
        for table, schema in SCHEMAS.items()
    }


@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_spellings_change_no_row(mix: dict[str, Way], tmp_path: Path) -> None:
    """Whatever the types and spellings of ids, all rows are those of the oracle, which knows one spelling only."""
    tables = History(seed=5, images=60).tables()
    oracle = Oracle(spelled(tables, {"": mix[""]}), AS_OF, START, END)
    write_history(tmp_path, spelled(tables, mix), typed(mix))
    found = run(tmp_path)
    assert found.rows == oracle.rows()
    assert found.rejected == oracle.rejected()
    assert {row["label_needs_moderation_24h"] for row in found.rows} == {True, False}
    assert found.summary.details["orphan_flags"] == 0
    assert any(row["comments_1hr"] for row in found.rows)
    assert any(row["views_1hr"] for row in found.rows)


def test_a_text_that_looks_like_a_number_is_not_that_number(tmp_path: Path) -> None:
    """`007` and 7 are two images: the comments on one are none on the other, whichever column is the text."""
    image = {"user_id": "1", "uploaded_at": START}
    comment = {"id": "1", "user_id": "1", "created_at": START}
    tables = {
        "users": [{"id": "1", "created_at": START}],
        "images": [{**image, "id": "007"}, {**image, "id": "7"}, {**image, "id": "{7}"}],
        "comments": [{**comment, "image_id": 7}],
        "flags": [{**comment, "image_id": "007"}],
    }
    schemas = {**SCHEMAS, "comments": {**SCHEMAS["comments"], "image_id": pa.int64()}}
    write_history(tmp_path, tables, schemas)
    counted = {row["image_id"]: (row["comments_1hr"], row["flags_1hr"]) for row in run(tmp_path).rows}
    assert counted == {"007": (0, 1), "7": (1, 0), "{7}": (0, 0)}


def test_two_spellings_in_one_column_are_one_image(tmp_path: Path) -> None:
    """A row that comes again in another spelling is a repetition, and a blank id is none."""
    spelled = [way[1](1) for way in (CAPITALS, BARE, PADDED)] + ["   "]
    images = [{"id": one, "user_id": "u", "uploaded_at": START} for one in spelled]
    write_history(tmp_path, {"users": [{"id": "u", "created_at": START}], "images": images})
    found = run(tmp_path)
    assert {row["image_id"] for row in found.rows} == {NORMAL[1](1)}
    assert [row["reason"] for row in found.rejected] == ["image id is null"]
    assert found.summary.details["removed"]["duplicate_images"] == 2


def test_a_fraction_is_no_id(tmp_path: Path) -> None:
    """A column of floating numbers cannot hold ids, and is named."""
    write_history(tmp_path, {})
    table = pa.table({"id": [1.0], "created_at": pa.array([START], pa.timestamp("us", "UTC"))})
    write_dataset(tmp_path / "raw/users", table.schema, table.to_batches())
    with pytest.raises(Exception, match=r"column users\.id is float64, not uuid, text or a whole number"):
        run(tmp_path)
