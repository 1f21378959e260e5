"""A feed that lies in the tables interactions, users and items of a Postgres database."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from psycopg2 import sql
from pyarrow import csv

from components.generate_interactions.conform import lacking, missing
from components.generate_interactions.schemas import READ, TABLES
from components.shell.errors import ConfigurationError, ContractError
from components.shell.redaction import brief

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_BLOCK = 32 << 20
_PRESENT = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""


def read_table(
    connection: "Connection", table: str, columns: Mapping[str, str], until: datetime, spool: Path
) -> Iterator[pa.RecordBatch]:
    """The rows of a table; interactions from before `until` only, ordered by timestamp and the bytes of their id.

    They pass through a CSV file at `spool`, so memory stays bounded without a Python object per value.

    Raises:
        ContractError: a value is not of the type its column needs.
    """
    query = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(_query(table, columns, until))
    with connection.cursor() as cursor, spool.open("wb") as file:
        cursor.copy_expert(query, file)
    try:
        with csv.open_csv(
            spool, read_options=csv.ReadOptions(block_size=_BLOCK), convert_options=_conversion(table, columns)
        ) as reader:
            for batch in reader:
                yield _with_instants(batch, TABLES[table])
    except pa.ArrowInvalid as error:
        raise ContractError(f"{table} cannot be read: {brief(error, 200)}", "repair or cast it in the source") from None
    finally:
        spool.unlink(missing_ok=True)


def find_columns(connection: "Connection") -> dict[str, dict[str, str]]:
    """Of each table the columns that are read, with their types in Postgres.

    Raises:
        ConfigurationError: a table is missing.
        ContractError: columns are missing; all of them are named.
    """
    present = {table: _present(connection, table) for table in READ}
    if faults := [fault for table, columns in present.items() for fault in missing(table, columns)]:
        raise lacking(faults)
    return {
        table: {name: columns[name] for name in READ[table] if name in columns} for table, columns in present.items()
    }


def _present(connection: "Connection", table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, (table,))
        present = dict(cursor.fetchall())
    if not present:
        raise ConfigurationError(
            f"the source database has no table '{table}'", "create it, or a view of that name (docs/feed-ranking.md)"
        )
    return present


def _query(table: str, columns: Mapping[str, str], until: datetime) -> sql.Composable:
    selected = sql.SQL(", ").join(_selected(TABLES[table].field(name), kind) for name, kind in columns.items())
    query = sql.SQL("SELECT {} FROM {}").format(selected, sql.Identifier(table))
    if table != "interactions":
        return query
    known = sql.SQL(
        " WHERE {time} OPERATOR(pg_catalog.<) {until}"
        " ORDER BY {time}, {identifier}::pg_catalog.text COLLATE pg_catalog.{bytes}"
    )
    names = {
        "time": sql.Identifier("timestamp"),
        "identifier": sql.Identifier("interaction_id"),
        "bytes": sql.Identifier("C"),
    }
    return query + known.format(until=sql.Literal(until), **names)


def _selected(field: pa.Field, kind: str) -> sql.Composable:
    """A column as CSV should carry it: instants as microseconds, booleans as 0 and 1."""
    name = sql.Identifier(field.name)
    if pa.types.is_timestamp(field.type):
        return sql.SQL("(extract(epoch FROM {0}) OPERATOR(pg_catalog.*) 1000000)::bigint AS {0}").format(name)
    if kind == "boolean":
        return sql.SQL("{0}::int AS {0}").format(name)
    return name


def _conversion(table: str, columns: Mapping[str, str]) -> csv.ConvertOptions:
    kinds = {name: TABLES[table].field(name).type for name in columns}
    numbers = {name: pa.int64() if pa.types.is_timestamp(kind) else kind for name, kind in kinds.items()}
    return csv.ConvertOptions(
        column_types=numbers, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
    )


def _with_instants(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = {
        name: column.cast(schema.field(name).type) if pa.types.is_timestamp(schema.field(name).type) else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    return pa.RecordBatch.from_pydict(columns)
