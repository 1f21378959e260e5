"""Which lines of a shop's transactions count at a cut, and why the others do not."""

from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from components.retail.columns import column, day, instant, key, over, require
from components.retail.once import REPEATED, Hold, as_it_is, once
from components.shell.errors import ConfigurationError

NOT_YET_KNOWN = "not_yet_known"
REMOVED = (NOT_YET_KNOWN, REPEATED)
"""The reasons that are no fault of a row: they are counted as removed, not as rejected."""
_VALUES = ("day", "customer_id", "article_id", "price", "quantity", "sales_channel_id")
MONEY = "decimal(20, 9)"


@dataclass(frozen=True)
class Lines:
    """The lines that count, and the others with a `reason` each; together they are what came in."""

    usable: ir.Table
    rejected: ir.Table


def usable_lines(raw: ir.Table, cut_day: date, as_of: datetime, timezone: str, hold: Hold = as_it_is) -> Lines:
    """The lines of `raw` that are known at the cut and make sense (docs/retail.md).

    Only t_dat, customer_id, article_id and price must be there, nulls or not. A line without a quantity is one piece.

    Raises:
        ConfigurationError: one of these is missing, an id is a number, or days or prices are of another kind.
    """
    require(raw, "t_dat", "customer_id", "article_id", "price")
    _refuse_kinds(raw)
    rows = _with_reasons(raw, cut_day, as_of, timezone)
    whole = rows.filter(rows.reason.isnull())
    # A line is usable when its day is over, or later where it was known later.
    usable_at = ibis.greatest(whole.known_at, over(whole.day, timezone))
    firsts, repeats = once(whole, "transaction_id", usable_at, _VALUES, hold)
    faulty = rows.filter(rows.reason.notnull())
    return Lines(firsts.select("transaction_id", *_VALUES, "known_at"), faulty.select(repeats.columns).union(repeats))


def _refuse_kinds(raw: ir.Table) -> None:
    price, t_dat = raw.price.type(), raw.t_dat.type()
    # A numeric without a precision comes as text, which holds all of its digits (docs/extract.md).
    if not (price.is_numeric() or price.is_string() or price.is_null()):
        raise ConfigurationError(f"column 'price' is {price}, not a number", "make it numeric; a view will do")
    if not (t_dat.is_date() or t_dat.is_timestamp() or t_dat.is_null()):
        raise ConfigurationError(f"column 't_dat' is {t_dat}, not a date", "make it a date; a view will do")


def _with_reasons(raw: ir.Table, cut_day: date, as_of: datetime, timezone: str) -> ir.Table:
    """The rows with their types, and the reason for which one does not count."""
    table = raw.select(
        transaction_id=raw.transaction_id if "transaction_id" in raw.columns else ibis.null("string"),
        day=day(raw, "t_dat", timezone),
        customer_id=key(raw, "customer_id"),
        article_id=key(raw, "article_id"),
        given=raw.price,
        is_negative=(raw.price.try_cast("float64") if raw.price.type().is_string() else raw.price) < 0,
        price=raw.price.try_cast(MONEY),
        quantity=column(raw, "quantity", "int64").fill_null(1),
        sales_channel_id=column(raw, "sales_channel_id", "int32"),
        known_at=instant(raw, "known_at", timezone),
    )
    return table.mutate(
        reason=ibis.cases(
            ((table.day >= cut_day) | (table.known_at > as_of), NOT_YET_KNOWN),
            (table.day.isnull(), "date_null"),
            (table.customer_id.isnull(), "customer_null"),
            (table.article_id.isnull(), "article_null"),
            (table.given.isnull(), "price_null"),
            (table.is_negative, "price_negative"),
            (table.price.isnull(), "price_unfit"),
            (table.quantity < 1, "quantity_not_positive"),
            else_=ibis.null("string"),
        )
    ).drop("given", "is_negative")
