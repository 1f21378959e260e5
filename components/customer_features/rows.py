"""The rows of both tables, and what they are made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.customer_features import bought, browsed, ordered
from components.customer_features.parts import Parts, parts
from components.customer_features.people import nobody, people
from components.customer_features.schemas import CATEGORIES, COUNTED, EVENTS, FEATURES
from components.customer_features.scores import scored
from components.customer_features.segments import NO_PURCHASE
from components.customer_features.settings import Settings
from components.customer_features.source import Source
from components.retail.moment import Moment
from components.shell.engine import Backend, keep


@dataclass(frozen=True)
class Made:
    """What comes of a shop's tables at a cut: what counts of them, who is known, who bought what, and all rows.

    `everybody` is known or has bought something.
    """

    parts: Parts
    known: ir.Table
    bought: ir.Table
    everybody: ir.Table
    features: ir.Table
    categories: ir.Table


def make(backend: Backend, source: Source, versions: ir.Table | None, moment: Moment, settings: Settings) -> Made:
    """What comes of these tables at the cut."""
    found = parts(backend, source, versions, moment, settings)
    known = keep(backend, "people", _people(found, moment))
    days = keep(backend, "days", bought.by_day(found.lines))
    told = keep(backend, "bought", scored(bought.totals(days, moment.day, settings.frequency), settings))
    by_category = keep(backend, "by_category", bought.by_category(found.lines))
    tops = keep(backend, "tops", bought.tops(by_category))
    # Held, for Ibis 12 computes what is not behind the joins, of rows that are not theirs.
    beside = {
        "channels": bought.channels(found.lines),
        "named": _named(found, tops),
        "ordered": _ordered(found, told, settings, source),
        "wished": _wished(found),
        "browsed": _browsed(found, moment, settings),
    }
    held = [keep(backend, name, table) for name, table in beside.items() if table is not None]
    everybody = known.select("customer").union(told.select("customer"), distinct=True)
    everybody = keep(backend, "everybody", everybody)
    return Made(
        parts=found,
        known=known,
        bought=told,
        everybody=everybody,
        features=_features(found, everybody, [known, told, *held], moment),
        categories=_categories(found, bought.shares(by_category, tops), moment),
    )


def _people(found: Parts, moment: Moment) -> ir.Table:
    if (customers := found.usable.get("customers")) is None:
        return people(nobody(found.lines), moment, found.unknown)
    return people(found.codes.coded(customers, "customer"), moment, found.unknown)


def _named(found: Parts, tops: ir.Table) -> ir.Table | None:
    """The top categories by their ids; None where nothing tells categories."""
    if found.categories is None:
        return None
    return found.categories.codes.decoded(tops, "category").rename(top_category="category_id")


def _ordered(found: Parts, told: ir.Table, settings: Settings, source: Source) -> ir.Table | None:
    """The features of orders that are paid; of baskets where the shop tells no orders.

    None where the source says of orders whether they are paid by now, and not whether they were at the cut.
    """
    if (orders := found.usable.get("orders")) is None:
        return ordered.features(ordered.as_orders(bought.baskets(found.lines), told))
    if ordered.STATUS in found.nulled:
        return None
    paid = found.codes.coded(ordered.paid(orders, statuses_of(source, settings)), "customer")
    return ordered.features(ordered.orders_of(paid, found.usable.get("order_items")))


def statuses_of(source: Source, settings: Settings) -> Sequence[str]:
    """Which orders count; all where no order says whether it is paid, for nothing says that one is not."""
    return settings.paid_statuses if source.get("orders", ordered.STATUS) is not None else ()


def _wished(found: Parts) -> ir.Table | None:
    if (wishlist := found.usable.get("wishlist")) is None:
        return None
    wished = found.codes.coded(wishlist, "customer")
    return wished.group_by("customer").agg(wishlist_size=wished.count())


def _browsed(found: Parts, moment: Moment, settings: Settings) -> ir.Table | None:
    if (events := found.usable.get("events")) is None:
        return None
    return browsed.counted(found.codes.coded(events, "customer"), moment, settings.event_types)


def _features(found: Parts, joined: ir.Table, tables: list[ir.Table], moment: Moment) -> ir.Table:
    """The rows of the table of features, out of everybody and what the tables tell of them."""
    for table in tables:
        added = [name for name in table.columns if name != "customer" and name in FEATURES.names]
        joined = joined.left_join(table, "customer").select(*joined.columns, *added)
    complete = joined.mutate(**_counts(joined, found), rfm_segment=joined.rfm_segment.fill_null(NO_PURCHASE))
    rated = complete.mutate(cut_at=ibis.literal(moment.cut), **browsed.rates(complete))
    return found.codes.decoded(rated, "customer").select(*FEATURES.names).order_by("customer_id")


def _counts(joined: ir.Table, found: Parts) -> dict[str, ir.Value]:
    """What is 0 of those of whom there is nothing; null where the source does not tell it at all."""
    has_orders = ordered.STATUS not in found.nulled
    has_items = "orders" not in found.usable or "order_items" in found.usable
    told = {
        **dict.fromkeys(COUNTED, True),
        "total_orders": has_orders,
        "total_items_bought": has_orders and has_items,
        **dict.fromkeys(("avg_order_value", "avg_basket_size"), False),
        "wishlist_size": "wishlist" in found.usable,
        **dict.fromkeys(EVENTS, "events" in found.usable),
        "category_count": found.categories is not None,
        "top_category": False,
    }
    return {name: _count(joined, name, is_told) for name, is_told in told.items()}


def _count(joined: ir.Table, name: str, is_told: bool) -> ir.Value:
    kind = FEATURES[name].copy(nullable=True)
    value = joined[name] if name in joined.columns else ibis.null(kind)
    return value.fill_null(ibis.literal(0).cast(kind)) if is_told else value


def _categories(found: Parts, shares: ir.Table, moment: Moment) -> ir.Table:
    """The rows of the table of categories."""
    if found.categories is None:
        named = shares.mutate(category_id=ibis.null("string"))
    else:
        named = found.categories.codes.decoded(shares.order_by("customer", "category"), "category")
    rows = found.codes.decoded(named, "customer")
    return rows.mutate(cut_at=ibis.literal(moment.cut)).select(*CATEGORIES.names)
