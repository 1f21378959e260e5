"""The table `etl_runs` in the catalog's Postgres: one row per run of a pipeline."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from psycopg2 import sql

from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

# Names and types as Postgres spells them; times are the database's clock. Columns may be added at the end.
COLUMNS = {
    "run_id": "text",
    "pipeline": "text",
    "run_key": "text",
    "as_of": "timestamp with time zone",
    "interval_start": "timestamp with time zone",
    "interval_end": "timestamp with time zone",
    "status": "text",
    "reason": "text",
    "started_at": "timestamp with time zone",
    "finished_at": "timestamp with time zone",
    "rows_in": "bigint",
    "rows_out": "bigint",
    "rows_rejected": "bigint",
    "snapshot_id": "bigint",
    "git_commit": "text",
    "pipeline_version": "text",
    "engine": "text",
    "details": "jsonb",
    "told": "text",
    "page": "text",
}
_KEY = "run_id"
_DETAILS = "details"
# Where the details of a run have what older tables keep in columns: step, and part of what it said or all of it.
_BEFORE_DETAILS = {"views": ("features", "views"), "quality": ("quality", ""), "late": ("load", "late")}
_INDICES = {
    "etl_runs_pipeline_started_at": "CREATE INDEX etl_runs_pipeline_started_at ON etl_runs (pipeline, started_at DESC)",
    "etl_runs_run_key": "CREATE INDEX etl_runs_run_key ON etl_runs (run_key)",
}
_EXISTING = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = to_regclass('etl_runs') AND attnum > 0 AND NOT attisdropped
"""


def reconcile_etl_runs(cursor: "Cursor") -> list[str]:
    """What was changed to make `etl_runs` as it should be, a sentence each; empty when nothing was.

    Raises:
        ConfigurationError: a column exists with another type, or the table has no primary key `run_id`.
    """
    existing = _existing(cursor)
    if not existing:
        columns = sql.SQL(", ").join(_column(name) for name in COLUMNS)
        cursor.execute(sql.SQL("CREATE TABLE etl_runs ({}, PRIMARY KEY ({}))").format(columns, sql.Identifier(_KEY)))
        return ["created table etl_runs", *_create_indices(cursor)]
    _refuse_other_types(existing)
    _refuse_other_key(cursor)
    missing = [name for name in COLUMNS if name not in existing]
    for name in missing:
        cursor.execute(sql.SQL("ALTER TABLE etl_runs ADD COLUMN {}").format(_column(name)))
    if _DETAILS in missing:
        _keep_what_was_said(cursor, existing)
    return [f"added column {name} to etl_runs" for name in missing] + _create_indices(cursor)


def _keep_what_was_said(cursor: "Cursor", existing: Mapping[str, str]) -> None:
    """Copy the columns of an older form into the details; the columns stay, and nothing reads them any more."""
    old = {name: path for name, path in _BEFORE_DETAILS.items() if existing.get(name) == "jsonb"}
    for name, (step, part) in old.items():
        said = "jsonb_build_object({part}, {name})" if part else "{name}"
        kept = "COALESCE(details, '{{}}') || jsonb_build_object({step}, COALESCE(details -> {step}, '{{}}') || {said})"
        places = {"step": sql.Literal(step), "part": sql.Literal(part), "name": sql.Identifier(name)}
        value = sql.SQL(kept.replace("{said}", said)).format(**places)
        update = sql.SQL("UPDATE etl_runs SET details = {} WHERE {} IS NOT NULL")
        cursor.execute(update.format(value, sql.Identifier(name)))


def _existing(cursor: "Cursor") -> dict[str, str]:
    cursor.execute(_EXISTING)
    return dict(cursor.fetchall())


def _column(name: str) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(COLUMNS[name]))


def _refuse_other_types(existing: dict[str, str]) -> None:
    for name, kind in COLUMNS.items():
        if existing.get(name, kind) != kind:
            raise ConfigurationError(
                f"column '{name}' of table etl_runs is {existing[name]} and should be {kind}",
                "rename that table or change the column's type by hand",
            )


def _refuse_other_key(cursor: "Cursor") -> None:
    cursor.execute(
        "SELECT array_agg(attname::text) FROM pg_index"
        " JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)"
        " WHERE indrelid = to_regclass('etl_runs') AND indisprimary"
    )
    (key,) = cursor.fetchone() or (None,)
    if key != [_KEY]:
        raise ConfigurationError(
            f"table etl_runs has not the primary key {_KEY}", "rename that table or add the key by hand"
        )


def _create_indices(cursor: "Cursor") -> list[str]:
    created = []
    for name, statement in _INDICES.items():
        cursor.execute("SELECT to_regclass(%s)", (name,))
        if cursor.fetchone() == (None,):
            cursor.execute(statement)
            created.append(f"created index {name}")
    return created
