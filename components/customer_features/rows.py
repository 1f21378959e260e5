"""The rows of both tables, and what they are made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.customer_features import bought, browsed, ordered
from components.customer_features.parts import Parts, parts_of
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
    parts = parts_of(backend, source, versions, moment, settings)
    known = keep(backend, "people", _people(parts, moment))
    days = keep(backend, "days", bought.by_day(parts.lines))
    buyers = keep(backend, "bought", scored(bought.totals(days, moment.day, settings.frequency), settings))
    by_category = keep(backend, "by_category", bought.by_category(parts.lines))
    tops = keep(backend, "tops", bought.tops(by_category))
    # Held, for Ibis 12 computes what is not behind the joins, of rows that are not theirs.
    beside = {
        "channels": bought.channels(parts.lines),
        "named": _named(parts, tops),
        "ordered": _ordered(parts, buyers, settings, source),
        "wished": _wished(parts),
        "browsed": _browsed(parts, moment, settings),
    }
    held = [keep(backend, name, table) for name, table in beside.items() if table is not None]
    everybody = known.select("customer").union(buyers.select("customer"), distinct=True)
    everybody = keep(backend, "everybody", everybody)
    return Made(
        parts=parts,
        known=known,
        bought=buyers,
        everybody=everybody,
        features=_features(parts, everybody, [known, buyers, *held], moment),
        categories=_categories(parts, bought.shares(by_category, tops), moment),
    )


def _people(parts: Parts, moment: Moment) -> ir.Table:
    if (customers := parts.usable.get("customers")) is None:
        return people(nobody(parts.lines), moment, parts.unknown)
    return people(parts.codes.coded(customers, "customer"), moment, parts.unknown)


def _named(parts: Parts, tops: ir.Table) -> ir.Table | None:
    """The top categories by their ids; None where there are no categories."""
    if parts.categories is None:
        return None
    return parts.categories.codes.decoded(tops, "category").rename(top_category="category_id")


def _ordered(parts: Parts, buyers: ir.Table, settings: Settings, source: Source) -> ir.Table | None:
    """The features of orders that are paid; of baskets where the shop has no orders.

    None where the source says of orders whether they are paid by now, and not whether they were at the cut.
    """
    if (orders := parts.usable.get("orders")) is None:
        return ordered.features(ordered.as_orders(bought.baskets(parts.lines), buyers))
    if ordered.STATUS in parts.nulled:
        return None
    paid = parts.codes.coded(ordered.paid(orders, statuses_of(source, settings)), "customer")
    return ordered.features(ordered.orders_of(paid, parts.usable.get("order_items")))


def statuses_of(source: Source, settings: Settings) -> Sequence[str]:
    """Which orders count; all where no order says whether it is paid, for nothing says that one is not."""
    return settings.paid_statuses if source.get("orders", ordered.STATUS) is not None else ()


def _wished(parts: Parts) -> ir.Table | None:
    if (wishlist := parts.usable.get("wishlist")) is None:
        return None
    wished = parts.codes.coded(wishlist, "customer")
    return wished.group_by("customer").agg(wishlist_size=wished.count())


def _browsed(parts: Parts, moment: Moment, settings: Settings) -> ir.Table | None:
    if (events := parts.usable.get("events")) is None:
        return None
    return browsed.counted(parts.codes.coded(events, "customer"), moment, settings.event_types)


def _features(parts: Parts, joined: ir.Table, tables: list[ir.Table], moment: Moment) -> ir.Table:
    """The rows of the table of features, out of everybody and the columns that the tables have of them."""
    for table in tables:
        added = [name for name in table.columns if name != "customer" and name in FEATURES.names]
        joined = joined.left_join(table, "customer").select(*joined.columns, *added)
    complete = joined.mutate(**_counts(joined, parts), rfm_segment=joined.rfm_segment.fill_null(NO_PURCHASE))
    rated = complete.mutate(cut_at=ibis.literal(moment.cut), **browsed.rates(complete))
    return parts.codes.decoded(rated, "customer").select(*FEATURES.names).order_by("customer_id")


def _counts(joined: ir.Table, parts: Parts) -> dict[str, ir.Value]:
    """What is 0 of those of whom there is nothing; null where the source does not have it at all."""
    has_orders = ordered.STATUS not in parts.nulled
    has_items = "orders" not in parts.usable or "order_items" in parts.usable
    known = {
        **dict.fromkeys(COUNTED, True),
        "total_orders": has_orders,
        "total_items_bought": has_orders and has_items,
        **dict.fromkeys(("avg_order_value", "avg_basket_size"), False),
        "wishlist_size": "wishlist" in parts.usable,
        **dict.fromkeys(EVENTS, "events" in parts.usable),
        "category_count": parts.categories is not None,
        "top_category": False,
    }
    return {name: _count(joined, name, is_known) for name, is_known in known.items()}


def _count(joined: ir.Table, name: str, is_known: bool) -> ir.Value:
    kind = FEATURES[name].copy(nullable=True)
    value = joined[name] if name in joined.columns else ibis.null(kind)
    return value.fill_null(ibis.literal(0).cast(kind)) if is_known else value


def _categories(parts: Parts, shares: ir.Table, moment: Moment) -> ir.Table:
    """The rows of the table of categories."""
    if parts.categories is None:
        named = shares.mutate(category_id=ibis.null("string"))
    else:
        named = parts.categories.codes.decoded(shares.order_by("customer", "category"), "category")
    rows = parts.codes.decoded(named, "customer")
    return rows.mutate(cut_at=ibis.literal(moment.cut)).select(*CATEGORIES.names)
