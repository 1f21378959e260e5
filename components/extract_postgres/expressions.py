"""Columns as the server sends them: every function, type and operator is named with its schema."""

from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import sql

from components.extract_postgres.columns import Column, Sent
from components.shell.instants import unknown_zone, zone_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

# A conversion outside of what a timestamp holds ends the statement. Times so far out are unfit before and after it.
_EARLIEST, _LATEST = "0001-01-01 00:00:00 BC", "10001-01-01 00:00:00"


def require_zone(cursor: "Cursor", zone: str) -> None:
    """Nothing, if it is a time zone, and the server knows it.

    Raises:
        ConfigurationError: it is none, or the server does not know it.
    """
    # Of the server's own zones `UTC+2` is two hours west.
    zone_of(zone)
    try:
        cursor.execute("SELECT pg_catalog.timezone(%s, pg_catalog.now())", (zone,))
    except psycopg2.DataError:
        raise unknown_zone(zone) from None


def sent(column: Column) -> sql.Composable:
    """What COPY selects for a column."""
    name = sql.Identifier(column.source)
    match column.wire.sent:
        case Sent.PRINTED if column.made_text:
            return _printed_whatever(name)
        case Sent.PRINTED:
            return _printed(sql.Identifier(*column.declared.output), name)
        case Sent.PRINTED_EACH:
            printed = _printed(sql.Identifier("pg_catalog", "array_out"), name)
            return sql.SQL("{}::pg_catalog.text[]").format(printed)
        case Sent.IN_ZONE:
            return instant(column)
        case Sent.AS_IS:
            return name


def instant(column: Column) -> sql.Composable:
    """A column to compare instants with: the wall clock's times of a `timestamp` are read in the column's zone.

    Postgres's own rule where clocks change: a time that was skipped is read as if they had not gone forward yet, one
    that came twice is the later one.
    """
    name = sql.Identifier(column.source)
    # In UTC it is the same microseconds, and an index on the column serves.
    if column.wire.sent is not Sent.IN_ZONE or column.zone == "UTC":
        return name
    limited = sql.SQL("LEAST(GREATEST({}, {}::pg_catalog.timestamp), {}::pg_catalog.timestamp)").format(
        name, sql.Literal(_EARLIEST), sql.Literal(_LATEST)
    )
    return sql.SQL("CASE WHEN {name} IS NOT NULL THEN pg_catalog.timezone({zone}, {limited}) END").format(
        name=name, zone=sql.Literal(column.zone), limited=limited
    )


def _printed_whatever(name: sql.Composable) -> sql.Composable:
    """The text form of a value of any type; what prints some types is declared for another one."""
    return sql.SQL("CASE WHEN {0} IS DISTINCT FROM NULL THEN pg_catalog.concat({0}) END").format(name)


def _printed(function: sql.Composable, name: sql.Composable) -> sql.Composable:
    """The value's own text form; a cast to text may give another one, as that of inet does."""
    return sql.SQL("pg_catalog.textin({}({}))").format(function, name)
