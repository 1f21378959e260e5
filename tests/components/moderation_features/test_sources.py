"""The raw tables of both generations of the source, and those that break the contract."""

import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.shell.errors import ContractError
from tests.components.moderation_features.histories import SCHEMAS, START, History, run, write_history, write_table
from tests.components.moderation_features.oracle import Row

GOVERNANCE = ("is_test_account", "year_of_birth", "deleted_at", "moderator_hidden", "review_status", "known_at")


def _older(tables: dict[str, list[Row]]) -> tuple[dict[str, list[Row]], dict[str, Any]]:
    """The tables and schemas without governance columns."""
    schemas = {name: {c: t for c, t in schema.items() if c not in GOVERNANCE} for name, schema in SCHEMAS.items()}
    schemas["views"] = SCHEMAS["views"]
    return {name: [{c: r.get(c) for c in schemas[name]} for r in rows] for name, rows in tables.items()}, schemas


def test_both_generations_give_the_same_rows(tmp_path: Path):
    """Images by uploaded_at without governance columns, or by created_at with them all null: the same features."""
    older, schemas = _older(History(seed=11, images=40).tables())
    write_history(tmp_path / "older", older, schemas)
    newer = {**older, "images": [{**image, "created_at": image["uploaded_at"]} for image in older["images"]]}
    renamed = {("created_at" if c == "uploaded_at" else c): t for c, t in SCHEMAS["images"].items()}
    write_history(tmp_path / "newer", newer, {**SCHEMAS, "images": {**renamed, "source": pa.string()}})
    expected = run(tmp_path / "older")
    assert expected.rows
    assert run(tmp_path / "newer").rows == expected.rows


def test_ids_may_be_uuids_or_text(tmp_path: Path):
    """Tables with Parquet's UUID type and views with text agree."""
    user, image = uuid.UUID(int=1), uuid.UUID(int=2)
    tables = {
        "users": [{"id": user.bytes, "created_at": START}],
        "images": [{"id": image.bytes, "user_id": user.bytes, "uploaded_at": START}],
        "comments": [
            {"id": uuid.UUID(int=3).bytes, "image_id": image.bytes, "user_id": user.bytes, "created_at": START}
        ],
        "views": [{"image_id": str(image), "event_time": START}],
    }
    identifiers = ("id", "user_id", "image_id", "comment_id")
    schemas = {
        name: {c: pa.uuid() if c in identifiers and name != "views" else t for c, t in schema.items()}
        for name, schema in SCHEMAS.items()
    }
    write_history(tmp_path, tables, schemas)
    rows = run(tmp_path).rows
    assert [row["image_id"] for row in rows] == [str(image)] * 3
    assert (rows[0]["views_5min"], rows[0]["comments_5min"]) == (1, 1)


REQUIRED = [
    (table, column)
    for table, columns in {
        "users": ("id", "created_at"),
        "images": ("id", "user_id", "uploaded_at", "caption", "category"),
        "comments": ("id", "image_id", "user_id", "created_at"),
        "flags": ("id", "image_id", "comment_id", "user_id", "created_at"),
        "image_milestones": ("image_id", "milestone_type", "milestone_value", "reached_at"),
        "views": ("image_id", "event_time"),
    }.items()
    for column in columns
]


def _broken(directory: Path, table: str, schema: dict[str, Any]) -> ContractError:
    write_history(directory, {}, {**SCHEMAS, table: schema})
    with pytest.raises(ContractError) as caught:
        run(directory, views_from="milestones" if table == "image_milestones" else "events")
    return caught.value


@pytest.mark.parametrize(("table", "column"), REQUIRED)
def test_a_missing_column_is_named(tmp_path: Path, table: str, column: str):
    """Table and column stand in the message, and so does a column of nearly the same name."""
    schema = {(f"{name}s" if name == column else name): kind for name, kind in SCHEMAS[table].items()}
    error = _broken(tmp_path, table, schema)
    shown = "view events" if table == "views" else table
    assert f"{shown}.{column}" in error.message
    assert "is missing" in error.message
    assert "did you mean" in error.message
    assert error.exit_code == 10


MISTYPED = [
    ("users", "created_at", pa.timestamp("us"), "not timestamptz"),
    ("users", "is_test_account", pa.string(), "not boolean"),
    ("users", "year_of_birth", pa.string(), "not an integer"),
    ("images", "id", pa.float64(), "not uuid, text or a whole number"),
    ("images", "uploaded_at", pa.string(), "not timestamptz"),
    ("images", "caption", pa.int32(), "not text"),
    ("images", "deleted_at", pa.date32(), "not timestamptz"),
    ("comments", "known_at", pa.int64(), "not timestamptz"),
    ("image_milestones", "milestone_value", pa.float64(), "not an integer"),
]


@pytest.mark.parametrize(("table", "column", "kind", "words"), MISTYPED)
def test_a_column_of_another_type_is_named(tmp_path: Path, table: str, column: str, kind: pa.DataType, words: str):
    """Table, column, what it is and what it should be stand in the message."""
    message = _broken(tmp_path, table, {**SCHEMAS[table], column: kind}).message
    assert f"column {table}.{column} is " in message
    assert words in message


def test_a_missing_table_is_named(tmp_path: Path):
    """The message lists the tables that are there."""
    write_history(tmp_path, {}, {name: schema for name, schema in SCHEMAS.items() if name != "flags"})
    with pytest.raises(ContractError, match=r"table flags is missing.*comments, image_milestones, images, users"):
        run(tmp_path)


def test_an_unfinished_table_is_refused(tmp_path: Path):
    """A dataset without its manifest may lack rows."""
    write_history(tmp_path, {})
    (tmp_path / "raw/comments/_manifest.json").unlink()
    with pytest.raises(ContractError, match="comments has no manifest"):
        run(tmp_path)


def test_milestones_are_not_needed_for_other_views(tmp_path: Path):
    """A source without that table works as long as views come from elsewhere."""
    write_history(tmp_path, {}, {name: schema for name, schema in SCHEMAS.items() if name != "image_milestones"})
    write_table(tmp_path / "raw/users", [], SCHEMAS["users"])
    assert run(tmp_path).rows == []
