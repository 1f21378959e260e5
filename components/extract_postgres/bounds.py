"""The bounds of an incremental extract, in the type of the column they bound."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from psycopg2 import sql

from components.extract_postgres.tables import Table
from components.shell.errors import ConfigurationError
from components.shell.instants import parse_instant


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
    since = _value(column.declared.name, bounds.since, "since", f"{table.name}.{column.name}")
    until = _value(column.declared.name, bounds.until, "until", f"{table.name}.{column.name}")
    if since is not None and until is not None and since > until:
        raise ConfigurationError(f"since {bounds.since} lies after until {bounds.until}", "swap the two")
    name = sql.Identifier(column.name)
    parts = [
        sql.SQL("{} {} {}").format(name, sql.SQL(sign), sql.Literal(value))
        for sign, value in ((">=", since), ("<", until))
        if value is not None
    ]
    return sql.SQL(" AND ").join(parts) if parts else None


def _value(type_name: str, text: str, bound: str, column: str) -> Any:
    if type_name not in _READERS:
        raise ConfigurationError(
            f"column {column} is of type {type_name}, which has no bounds", "choose a time or number column"
        )
    if not text:
        return None
    try:
        return _READERS[type_name](text)
    except (ValueError, InvalidOperation):
        raise ConfigurationError(
            f"{bound} '{text}' is no {type_name}, the type of column {column}", "correct the parameter"
        ) from None


def _naive(text: str) -> datetime:
    return parse_instant(text).replace(tzinfo=None)


def _day(text: str) -> date:
    if "T" not in text:
        return date.fromisoformat(text)
    instant = parse_instant(text)
    if instant.timetz() != time(tzinfo=UTC):
        raise ValueError
    return instant.date()


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError
    return number


_READERS: dict[str, Callable[[str], Any]] = {
    "timestamptz": parse_instant,
    "timestamp": _naive,
    "date": _day,
    "int2": int,
    "int4": int,
    "int8": int,
    "numeric": _finite,
}
