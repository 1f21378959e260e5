"""What customers do beside buying: the kinds of events, their counts, and what follows from these."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from components.retail.kinds import COUNTS, KINDS
from components.shell.counts import counted


def kind_of(types: ir.StringValue, event_types: Mapping[str, str]) -> ir.StringValue:
    """The kinds of events of these types; null for those that are none."""
    if not event_types:
        return ibis.null("string")
    return types.cases(*event_types.items(), else_=ibis.null("string"))


def oddity(others: int, events: int) -> str:
    """The warning where over half of the events are of no kind, so that counts say little; else empty."""
    if 2 * others <= events:
        return ""
    message = f"{others} of {counted(events, 'event')} are of types that event_types does not name, and of no kind"
    return f"{message}; say by event_types what they are"


def rates(table: ir.Table, suffix: str = "") -> dict[str, ir.Value]:
    """What follows from the counts, whose names end in `suffix`; all null where it would be divided by 0."""
    counts = {name: table[f"{name}{suffix}"] for name in COUNTS.values()}
    bought = _ratio(counts["buys"], counts["views"])
    values = {
        "conversion_rate": bought,
        "view_to_buy_rate": bought,
        "click_through_rate": _ratio(counts["clicks"], counts["views"]),
        "add_to_cart_rate": _ratio(counts["carts"], counts["clicks"]),
        # Who buys without a cart, or out of one of before, has abandoned none.
        "cart_abandon_rate": _not_below_zero(1 - _ratio(counts["buys"], counts["carts"])),
        "dominant_event_type": _dominant(counts),
    }
    return {f"{name}{suffix}": value for name, value in values.items()}


def _ratio(part: ir.NumericValue, whole: ir.NumericValue) -> ir.Value:
    return part.cast("float64") / whole.nullif(0).cast("float64")


def _not_below_zero(value: ir.NumericValue) -> ir.Value:
    return (value < 0).ifelse(0.0, value)


def _dominant(counts_by_name: Mapping[str, ir.Value]) -> ir.Value:
    counts = [counts_by_name[COUNTS[kind]] for kind in KINDS]
    most = ibis.greatest(*counts)
    return ibis.cases(
        *(((count == most) & (most > 0), kind) for kind, count in zip(KINDS, counts, strict=True)),
        else_=ibis.null("string"),
    )
