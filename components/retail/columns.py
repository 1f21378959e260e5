"""Columns that may be missing, and instants that may have no zone."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from components.shell.errors import ConfigurationError
from components.shell.instants import is_utc

INSTANT = "timestamp('UTC', 6)"
_SET_BACK = (30, 60, 120, 180)
"""By how many minutes clocks have been set back over a midnight since 1970, anywhere."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]  # Ibis ships no types
    name="timezone", signature=((dt.string, dt.Timestamp(scale=6)), dt.Timestamp("UTC", 6))
)
def _in_zone(zone: str, at: dt.timestamp) -> dt.timestamp:
    """The instant at which clocks of the zone show this."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]  # Ibis ships no types
    name="timezone", signature=((dt.string, dt.Timestamp("UTC", 6)), dt.Timestamp(scale=6))
)
def _on_clocks(zone: str, at: dt.timestamp) -> dt.timestamp:
    """What clocks of the zone show at this instant."""


def require(table: ir.Table, *names: str) -> None:
    """Nothing, if the table has all these columns.

    Raises:
        ConfigurationError: it lacks one.
    """
    for name in names:
        if name not in table.columns:
            raise ConfigurationError(
                f"there is no column '{name}'", "say by names what the source calls it, and name it in source_tables"
            )


def column(table: ir.Table, name: str, kind: str) -> ir.Value:
    """The column with this type, or nulls where the table has none."""
    return table[name].cast(kind) if name in table.columns else ibis.null(kind)


def instant(table: ir.Table, name: str, timezone: str) -> ir.Value:
    """The column's instants; one without a zone is read in `timezone`, a date begins at its midnight there."""
    if name not in table.columns:
        return ibis.null(INSTANT)
    value = table[name]
    if value.type().is_date():
        return begins(value, timezone)
    if value.type().is_timestamp() and value.type().timezone is not None:
        return value.cast(INSTANT)
    return _in_zone(timezone, value.cast("timestamp(6)"))


def day(table: ir.Table, name: str, timezone: str) -> ir.Value:
    """The column's local days in `timezone`."""
    if name not in table.columns:
        return ibis.null("date")
    value = table[name]
    if value.type().is_timestamp() and value.type().timezone is not None:
        return _on_clocks(timezone, value.cast(INSTANT)).date()
    return value.cast("date")


def begins(days: ir.DateValue, timezone: str) -> ir.Value:
    """The instants at which the local days begin, those of `local_midnight` (components/shell/instants.py).

    Where clocks skip midnight, it is the instant at which they do so; where they strike it twice, the first time, while
    the engine takes the second.
    """
    midnight = days.cast("timestamp(6)")
    if is_utc(timezone):
        return midnight.cast(INSTANT)
    last = _in_zone(timezone, midnight)
    earlier = (last - ibis.interval(minutes=minutes) for minutes in _SET_BACK)
    return ibis.least(last, *((_on_clocks(timezone, at) == midnight).ifelse(at, last) for at in earlier))


def over(days: ir.DateValue, timezone: str) -> ir.Value:
    """The instants at which the local days are over."""
    return begins(days + ibis.interval(days=1), timezone)


def key(table: ir.Table, name: str) -> ir.Value:
    """The column of ids, as they are.

    Raises:
        ConfigurationError: the table has none, or has numbers, which have lost their leading zeros.
    """
    require(table, name)
    if not table[name].type().is_string():
        raise ConfigurationError(
            f"column '{name}' is {table[name].type()}, and numbers have no leading zeros", f"keep {name} as text"
        )
    return table[name]


def key_or_nulls(table: ir.Table, name: str) -> ir.Value:
    """The same, or nulls where the table has no such column.

    Raises:
        ConfigurationError: they are numbers.
    """
    return key(table, name) if name in table.columns else ibis.null("string")


def category(table: ir.Table, name: str) -> ir.Value:
    """The column of ids of categories as texts, or nulls where the table has none.

    A whole number comes as its digits: categories are counted by the source itself, as a `serial` is, and such an id
    has never had a leading zero.

    Raises:
        ConfigurationError: it has neither texts nor whole numbers.
    """
    value = table[name] if name in table.columns else ibis.null("string")
    kind = value.type()
    if not (kind.is_string() or kind.is_null() or kind.is_integer() or (kind.is_decimal() and not kind.scale)):
        raise ConfigurationError(
            f"column '{name}' is {kind}, neither texts nor whole numbers", f"keep {name} as one of these"
        )
    return value.cast("string")
