"""Pairs, cores and targets in plain loops over rows, days and Decimals."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from components.retail.moment import Moment
from components.retail.time import cut_day
from components.shell.instants import local_midnight
from components.user_item_interactions.settings import Settings
from tests.components.retail.oracle import judged

Row = Mapping[str, Any]
Pair = tuple[str, str]
SIGNALS = {"view": "views", "cart": "carts", "wishlist": "wishlists"}


def lines_of(transactions: Sequence[Row], moment: Moment) -> list[dict[str, Any]]:
    """The lines that count, each as often as it does."""
    day = cut_day(moment.cut, moment.timezone)
    usable, _ = judged(transactions, day, moment.as_of, moment.timezone)
    names = ("transaction_id", "day", "customer", "article", "price", "quantity", "channel")
    return [dict(zip(names, line, strict=True)) for line in usable.elements()]


def by_pair(lines: Iterable[Row]) -> dict[Pair, list[Row]]:
    """The lines of each customer and article."""
    found: dict[Pair, list[Row]] = {}
    for line in lines:
        found.setdefault((line["customer"], line["article"]), []).append(line)
    return found


def pairs(transactions: Sequence[Row], events: Sequence[Row], moment: Moment, settings: Settings) -> list[Row]:
    """The rows of the table."""
    bought = by_pair(lines_of(transactions, moment))
    seen = _seen(events, moment, settings)
    keys = {*bought, *seen}
    inside = core(keys, settings.core_users, settings.core_items)
    day = cut_day(moment.cut, moment.timezone)
    return [
        {
            "cut_at": moment.cut,
            "customer_id": key[0],
            "article_id": key[1],
            **_features(bought.get(key, []), day, settings.tau_days),
            **{name: seen.get(key, Counter())[name] for name in SIGNALS.values()},
            "in_core": key in inside,
        }
        for key in sorted(keys)
    ]


def _features(lines: Sequence[Row], cut: date, tau: float) -> dict[str, Any]:
    count = sum(line["quantity"] for line in lines)
    spent = sum((line["price"] * line["quantity"] for line in lines), Decimal())
    days = sorted({line["day"] for line in lines})
    recency = (cut - days[-1]).days if days else None
    return {
        "purchase_count": count,
        "purchase_days": len(days),
        "total_spent": spent,
        "avg_price_paid": float(Fraction(spent) / count) if count else None,
        "first_purchase_date": days[0] if days else None,
        "last_purchase_date": days[-1] if days else None,
        "recency_days": recency,
        "time_weighted_score": 0.0 if recency is None else count * math.exp(-recency / tau),
        "decayed_count": math.fsum(line["quantity"] * math.exp(-(cut - line["day"]).days / tau) for line in lines),
        "last_sales_channel": _channel(lines, days[-1]) if days else None,
    }


def _channel(lines: Sequence[Row], last: date) -> int | None:
    counts = Counter(line["channel"] for line in lines if line["day"] == last and line["channel"] is not None)
    return min(counts, key=lambda channel: (-counts[channel], channel), default=None)


def _seen(events: Sequence[Row], moment: Moment, settings: Settings) -> dict[Pair, Counter[str]]:
    known = [event for event in events if _is_known(event, moment)]
    first: dict[str, Row] = {}
    for event in sorted(known, key=lambda event: _order(event, settings)):
        first.setdefault(event["event_id"], event)
    found: dict[Pair, Counter[str]] = {}
    for event in first.values():
        signal = settings.event_types.get(event["event_type"])
        key = (event["customer_id"], event["article_id"])
        if event["created_at"] < moment.cut and None not in key and signal in settings.of_events:
            found.setdefault(key, Counter())[SIGNALS[signal]] += 1
    return found


def _is_known(event: Row, moment: Moment) -> bool:
    if event["event_id"] is None or event["created_at"] is None:
        return False
    return event["created_at"] <= moment.as_of and (event["known_at"] or event["created_at"]) <= moment.as_of


def _order(event: Row, settings: Settings) -> tuple[Any, ...]:
    usable = max(event["created_at"], event["known_at"] or event["created_at"])
    signal = settings.event_types.get(event["event_type"])
    values = (event["created_at"], event["customer_id"], event["article_id"], signal)
    return (usable, *((value is None, value if value is not None else "") for value in values))


def core(keys: set[Pair], core_users: int, core_items: int) -> set[Pair]:
    """The pairs that are left: one customer or article after the other is dropped."""
    left = set(keys)
    while True:
        users, items = Counter(user for user, _ in left), Counter(item for _, item in left)
        poor = next((user for user in sorted(users) if users[user] < core_users), None)
        rare = next((item for item in sorted(items) if items[item] < core_items), None)
        if poor is None and rare is None:
            return left
        left = {(user, item) for user, item in left if user != poor and (poor is not None or item != rare)}


def targets(transactions: Sequence[Row], moment: Moment, settings: Settings) -> list[Row]:
    """The rows of the table of targets."""
    until = cut_day(moment.cut, moment.timezone)
    since = until - timedelta(days=settings.horizon_days)
    lines = lines_of(transactions, moment)
    before = set(by_pair(line for line in lines if line["day"] < since))
    cut: datetime = local_midnight(since, moment.timezone)
    return [
        {
            "cut_at": cut,
            "customer_id": customer,
            "article_id": article,
            "bought_count": sum(line["quantity"] for line in bought),
            "first_bought": min(line["day"] for line in bought),
            "is_repeat": (customer, article) in before,
            "customer_known": any(customer == other for other, _ in before),
            "article_known": any(article == other for _, other in before),
            "settled_at": moment.cut,
        }
        for (customer, article), bought in sorted(by_pair(line for line in lines if line["day"] >= since).items())
    ]
