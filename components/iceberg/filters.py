"""Conditions on columns of a table, as Iceberg takes them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pyiceberg.expressions import (
    BooleanExpression,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
)


def of_kind(kind: str) -> BooleanExpression:
    """Events of one kind."""
    return _condition(EqualTo, "event_type", kind)


def of_kinds(kinds: Iterable[str]) -> BooleanExpression:
    """Events of any of these kinds."""
    return _condition(In, "event_type", set(kinds))


def is_false(column: str) -> BooleanExpression:
    """False, and not null."""
    return _condition(EqualTo, column, value=False)


def since(column: str, instant: datetime) -> BooleanExpression:
    """At the instant or later."""
    return _condition(GreaterThanOrEqual, column, instant.isoformat())


def after(column: str, instant: datetime) -> BooleanExpression:
    """Later than the instant."""
    return _condition(GreaterThan, column, instant.isoformat())


def before(column: str, instant: datetime) -> BooleanExpression:
    """Earlier than the instant."""
    return _condition(LessThan, column, instant.isoformat())


def until(column: str, instant: datetime) -> BooleanExpression:
    """At the instant or earlier."""
    return _condition(LessThanOrEqual, column, instant.isoformat())


def _condition(predicate: Any, column: str, value: str | bool | set[str]) -> BooleanExpression:
    # The types of these classes do not know that they take a name and a value.
    condition: BooleanExpression = predicate(column, value)
    return condition
