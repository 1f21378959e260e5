"""What customers did with articles before a cut beside buying them: views, carts and wishes, out of events."""

from typing import Any

import ibis
import ibis.expr.types as ir

from components.retail.behaviour import kind_of
from components.retail.columns import instant, key, require
from components.retail.kinds import BUY, CLICK, EVENT_TYPES
from components.retail.lines import NOT_YET_KNOWN
from components.retail.moment import Moment
from components.retail.once import REPEATED
from components.shell.engine import Backend, records
from components.user_item_interactions.settings import Settings

COLUMNS = {"view": "views", "cart": "carts", "wishlist": "wishlists"}
OTHER_TYPES = "other_types"
USABLE, GUESTS, NO_ARTICLE, NOT_ASKED = "usable", "of_guests", "without_article", "not_asked"
KNOWN = (USABLE, GUESTS, NO_ARTICLE, NOT_ASKED, OTHER_TYPES)
"""What becomes of events that are known at the cut, each once."""
_FAULTLESS = (*KNOWN, NOT_YET_KNOWN, REPEATED)
_NO_SIGNAL = [name for name, kind in EVENT_TYPES.items() if kind in (BUY, CLICK)]
"""The common types of what is no signal: lines have what was bought, and a click follows a view."""


def events_by_fate(events: ir.Table, moment: Moment, settings: Settings) -> ir.Table:
    """How many `events` there are for each `fate`; of those that count by customer, article and signal.

    Those count that happened before the cut and were known by `as_of`: an event at the cut itself belongs to the day
    that the targets begin with. Guests' events belong to no customer. Of an event_id that comes twice the copy usable
    first counts, then the least.

    Raises:
        ConfigurationError: a column is missing, or ids are numbers.
    """
    require(events, "event_id", "event_type", "created_at")
    table = events.select(
        event_id=events.event_id.cast("string"),
        customer_id=key(events, "customer_id"),
        article_id=key(events, "article_id"),
        event_type=events.event_type,
        signal=kind_of(events.event_type, settings.event_types),
        created_at=instant(events, "created_at", moment.timezone),
        known_at=instant(events, "known_at", moment.timezone),
    )
    table = table.mutate(fate=_reason(table, moment))
    firsts = _once(table.filter(table.fate.isnull()))
    with_fate = firsts.mutate(fate=_fate(firsts, moment, settings)).drop("copy_index")
    every = with_fate.union(table.filter(table.fate.notnull()))
    pair = {name: (every.fate == USABLE).ifelse(every[name], None) for name in ("customer_id", "article_id", "signal")}
    each = every.select("fate", **pair)
    return each.group_by(each.columns).agg(events=each.count())


def signals(by_fate: ir.Table) -> ir.Table:
    """Of each customer and article how many events there are of each signal."""
    usable = by_fate.filter(by_fate.fate == USABLE)
    return usable.group_by("customer_id", "article_id").agg(
        **{
            name: usable.events.sum(where=usable.signal == signal).fill_null(0).cast("int64")
            for signal, name in COLUMNS.items()
        }
    )


def accounted(backend: Backend, by_fate: ir.Table) -> dict[str, Any]:
    """How many events there are, how many count, were removed and were rejected, and why."""
    rows = records(backend, by_fate.group_by("fate").agg(events=by_fate.events.sum().cast("int64")).order_by("fate"))
    counts = {row["fate"]: row["events"] for row in rows}
    rejected = {fate: number for fate, number in counts.items() if fate not in _FAULTLESS}
    kept = {fate: counts.get(fate, 0) for fate in _FAULTLESS}
    return {"rows": sum(counts.values()), **kept, "rejected": rejected}


def _reason(table: ir.Table, moment: Moment) -> ir.StringValue:
    later = ((table.created_at > moment.as_of) | (table.known_at > moment.as_of)).fill_null(False)
    return ibis.cases(
        (later, NOT_YET_KNOWN),
        (table.event_id.isnull(), "event_null"),
        (table.created_at.isnull(), "created_at_null"),
        else_=ibis.null("string"),
    )


def _fate(firsts: ir.Table, moment: Moment, settings: Settings) -> ir.StringValue:
    """What becomes of events that make sense; those of unknown types are counted as such, even guests'."""
    is_named = firsts.signal.notnull() | firsts.event_type.isin(_NO_SIGNAL).fill_null(False)
    return ibis.cases(
        (firsts.copy_index > 0, REPEATED),
        (firsts.created_at >= moment.cut, NOT_YET_KNOWN),
        (~is_named, OTHER_TYPES),
        (~firsts.signal.isin(settings.of_events).fill_null(False), NOT_ASKED),
        (firsts.customer_id.isnull(), GUESTS),
        (firsts.article_id.isnull(), NO_ARTICLE),
        else_=USABLE,
    )


def _once(events: ir.Table) -> ir.Table:
    """The events with their `copy_index` among the copies of one event_id, from 0."""
    usable_at = ibis.greatest(events.created_at, events.known_at)
    values = ("created_at", "customer_id", "article_id", "signal")
    order = [usable_at, *(events[name].asc(nulls_first=False) for name in values)]
    return events.mutate(copy_index=ibis.row_number().over(group_by=events.event_id, order_by=order))
