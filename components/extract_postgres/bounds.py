"""The bounds of an incremental extract, in the type of the column they bound."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from psycopg2 import sql

from components.extract_postgres.columns import Column
from components.extract_postgres.expressions import instant
from components.extract_postgres.tables import Table
from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH, local_midnight, parse_instant, zone_of


@dataclass(frozen=True)
class Bounds:
    """A half-open range `[since, until)` of `column`; an empty text is no bound. Rows with a null there lie outside."""

    column: str = ""
    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        """Refuse bounds without a column."""
        if not self.column and (self.since or self.until):
            raise ConfigurationError("since and until need a column", "name it in the parameter column")

    @property
    def limited(self) -> bool:
        """Whether there is a bound at all."""
        return bool(self.since or self.until)


def condition(bounds: Bounds, table: Table) -> sql.Composable | None:
    """What the rows of `table` must fulfil, None for all rows.

    Raises:
        ConfigurationError: the table lacks the column, its type has no bounds, or a bound is not of its type or order.
    """
    if not bounds.column:
        return None
    column = table.column(bounds.column)
    since = _value(column, bounds.since, "since", table)
    until = _value(column, bounds.until, "until", table)
    if since is not None and until is not None and since > until:
        raise ConfigurationError(f"since {bounds.since} lies after until {bounds.until}", "swap the two")
    # Names of operators and types are pg_catalog's; a search path may hold others.
    parts = [
        sql.SQL("{} OPERATOR(pg_catalog.{}) {}::pg_catalog.{}").format(
            instant(column), sql.SQL(sign), sql.Literal(str(value)), sql.Identifier(_compared_as(column))
        )
        for sign, value in ((">=", since), ("<", until))
        if value is not None
    ]
    return sql.SQL(" AND ").join(parts) if parts else None


def _compared_as(column: Column) -> str:
    """The type of a bound: a whole number may lie beyond the column's own."""
    if column.declared.name in ("int2", "int4"):
        return "int8"
    return "timestamptz" if column.declared.name == "timestamp" else column.declared.name


def _value(column: Column, text: str, bound: str, table: Table) -> Any:
    declared = column.declared
    if not declared.built_in or declared.arrays or declared.name not in ("date", *_READERS):
        raise ConfigurationError(
            f"column {table.name}.{column.name} is of type {column.type}, which has no bounds",
            "choose a time or number column",
        )
    if not text:
        return None
    try:
        return _day(text, column.zone) if declared.name == "date" else _READERS[declared.name](text)
    except (ValueError, InvalidOperation):
        raise ConfigurationError(
            f"{bound} '{text}' is no {declared.name}, the type of column {table.name}.{column.name}",
            "correct the parameter",
        ) from None


def _day(text: str, zone: str = "UTC") -> date:
    """The day that the text names, or that begins in the zone at the instant that it names.

    The epoch, from which runs count, stands for the first day that begins at or after it.

    Raises:
        ValueError: it is no day, or an instant within one.
    """
    if "T" not in text:
        return date.fromisoformat(text)
    instant = parse_instant(text)
    day = instant.astimezone(zone_of(zone)).date()
    if local_midnight(day, zone) == instant:
        return day
    if instant != EPOCH:
        raise ValueError
    return day + timedelta(days=1)


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError
    return number


_READERS: dict[str, Callable[[str], Any]] = {
    "timestamptz": parse_instant,
    "timestamp": parse_instant,
    "int2": int,
    "int4": int,
    "int8": int,
    "numeric": _finite,
}
