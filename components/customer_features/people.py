"""Who the customers of a shop are, as it is known at a cut."""

from collections.abc import Set as AbstractSet

import ibis
import ibis.expr.types as ir

from components.retail.columns import INSTANT, day
from components.retail.moment import Moment

_LEAST_AGE, _MOST_AGE = 14, 110
NO_NEWS = "NONE"


def people(customers: ir.Table, moment: Moment, unknown: AbstractSet[str]) -> ir.Table:
    """Of each of these usable customers the attributes; those that are `unknown` are null."""
    signed = day(customers, "signup_date", moment.timezone)
    news = customers.fashion_news_frequency
    attributes = {
        "age": is_an_age(customers).ifelse(customers.age, ibis.null("int32")),
        "signup_date": signed,
        "signup_age_days": ibis.literal(moment.day).delta(signed, unit="day").cast("int32"),
        "club_member_status": customers.club_member_status,
        # H&M's files have "NONE", "None" and nothing at all for the same.
        "fashion_news_frequency": (news.upper() == NO_NEWS).fill_null(True).ifelse(NO_NEWS, news),
        "active": customers.active,
    }
    return customers.select(
        "customer",
        **{name: ibis.null(value.type()) if name in unknown else value for name, value in attributes.items()},
    )


def nobody(lines: ir.Table) -> ir.Table:
    """No customers, for a shop that has no table of them."""
    return lines.filter(ibis.literal(False)).select(
        "customer",
        age=ibis.null("int32"),
        signup_date=ibis.null(INSTANT),
        club_member_status=ibis.null("string"),
        fashion_news_frequency=ibis.null("string"),
        active=ibis.null("boolean"),
    )


def is_an_age(customers: ir.Table) -> ir.BooleanValue:
    """Whether somebody may be as old as that."""
    is_likely: ir.BooleanValue = customers.age.between(_LEAST_AGE, _MOST_AGE)
    return is_likely
