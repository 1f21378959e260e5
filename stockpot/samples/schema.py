"""The source's tables in both column generations, without keys: a dump as it is delivered."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from stockpot.samples.records import Sample

Generation = Literal["new", "old"]
Columns = Mapping[str, str]

_OLD: Mapping[str, Columns] = {
    "users": {"id": "uuid", "username": "text", "created_at": "timestamptz"},
    "images": {
        "id": "uuid", "user_id": "uuid", "s3_url": "text", "caption": "text", "category": "text",
        "uploaded_at": "timestamptz", "views": "integer",
    },
    "comments": {"id": "uuid", "image_id": "uuid", "user_id": "uuid", "content": "text", "created_at": "timestamptz"},
    "flags": {
        "id": "uuid", "user_id": "uuid", "image_id": "uuid", "comment_id": "uuid", "reason": "text",
        "created_at": "timestamptz",
    },
    "image_milestones": {
        "id": "uuid", "image_id": "uuid", "milestone_type": "text", "milestone_value": "integer",
        "reached_at": "timestamptz",
    },
}  # fmt: skip
_ADDED: Mapping[str, Columns] = {
    "users": {
        "tos_version_accepted": "integer", "tos_accepted_at": "timestamptz", "country_of_residence": "varchar(2)",
        "year_of_birth": "integer", "is_test_account": "boolean",
    },
    "images": {"source": "text", "deleted_at": "timestamptz"},
    "comments": {"deleted_at": "timestamptz", "moderator_hidden": "boolean"},
    "flags": {"review_status": "text"},
}  # fmt: skip
TABLES = tuple(_OLD)


def columns(table: str, generation: Generation) -> Columns:
    """Names and Postgres types of the table's columns, in order."""
    if generation == "old":
        return _OLD[table]
    # The newer deployments call the instant of an upload created_at, as every other table does.
    renamed = {"created_at" if name == "uploaded_at" else name: kind for name, kind in _OLD[table].items()}
    return {**renamed, **_ADDED.get(table, {})}


def copy_lines(sample: Sample, table: str, generation: Generation) -> Iterator[str]:
    """The table's rows in the text format of COPY, one line each."""
    records: Sequence[object] = getattr(sample, table)
    fields = [
        "uploaded_at" if table == "images" and name == "created_at" else name for name in columns(table, generation)
    ]
    for record in records:
        yield "\t".join(_field(getattr(record, name)) for name in fields) + "\n"


def _field(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
