"""Features of customers in plain loops over rows, days and Decimals."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from components.customer_features.settings import Settings
from components.retail.moment import Moment
from tests.components.retail.oracle import judged

Row = Mapping[str, Any]
Shop = Mapping[str, Sequence[Row]]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COUNTS = {"view": "views", "click": "clicks", "cart": "carts", "buy": "buys", "wishlist": "wishlist_events"}
DOMINATE = ("buy", "cart", "wishlist", "click", "view")
SEGMENTS = (
    ("Champions", (5, 5), (5, 5), (5, 5)),
    ("Potential Loyalist", (3, 5), (3, 5), (2, 5)),
    ("Loyal Customers", (2, 4), (2, 4), (2, 4)),
    ("Promising", (3, 4), (1, 4), (3, 5)),
    ("New Customers", (4, 5), (1, 3), (1, 5)),
    ("Can't Lose Them", (1, 2), (3, 4), (4, 5)),
    ("At Risk", (1, 2), (2, 5), (4, 5)),
    ("Need Attention", (1, 3), (3, 5), (3, 5)),
    ("About To Sleep", (2, 3), (1, 3), (1, 4)),
    ("Lost", (1, 1), (1, 5), (1, 5)),
)


def features(
    shop: Shop, moment: Moment, settings: Settings, versions: Sequence[Row] | None = None, *, stale: bool = False
) -> list[Row]:
    """The rows of the table of features; `stale` says that the extract is too late for what the source overwrites."""
    lines = lines_of(shop, moment)
    people = {row["customer_id"]: row for row in first(shop, "customers", moment)}
    kinds = categories_of(shop, moment, versions)
    scores = scored(lines, moment, settings)
    found = []
    for customer in sorted({*people, *lines}):
        bought = lines.get(customer, [])
        found.append(
            {
                "cut_at": moment.cut,
                "customer_id": customer,
                **_person(people.get(customer), moment, stale=stale),
                **_bought(bought, moment.day, settings),
                **_categories(bought, kinds),
                **scores.get(customer, NO_SCORES),
                **_ordered(shop, customer, bought, moment, settings, stale=stale),
                "wishlist_size": _of(shop, "wishlist", customer, moment, len),
                **_browsed(shop, customer, moment, settings),
            }
        )
    return found


def lines_of(shop: Shop, moment: Moment) -> dict[str, list[Row]]:
    """The lines that count, by customer."""
    usable, _ = judged(shop["transactions"], moment.day, moment.as_of, moment.timezone)
    names = ("transaction_id", "day", "customer", "article", "price", "quantity", "channel")
    found: dict[str, list[Row]] = {}
    for line in usable.elements():
        row = dict(zip(names, line, strict=True))
        found.setdefault(row["customer"], []).append(row)
    return found


# Of each table its key, when a row happened, what must be there, and the columns by which the least copy is told.
TABLES: Mapping[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "customers": (
        "customer_id",
        "signup_date",
        ("customer_id",),
        ("signup_date", "age", "active", "club_member_status", "fashion_news_frequency"),
    ),
    "orders": (
        "order_id",
        "order_date",
        ("order_id", "customer_id", "order_date"),
        ("customer_id", "order_date", "total_amount", "payment_status"),
    ),
    "order_items": ("order_item_id", "", ("order_id",), ("order_id", "quantity")),
    "events": ("event_id", "created_at", ("event_id", "created_at"), ("customer_id", "created_at", "event_type")),
    "wishlist": ("wishlist_id", "added_at", ("wishlist_id", "customer_id", "added_at"), ("customer_id", "added_at")),
}


def first(shop: Shop, name: str, moment: Moment) -> list[Row]:
    """The rows of a table that count, of each key the one that was usable first."""
    key, _, _, values = TABLES[name]
    held: dict[Any, Row] = {}
    found = []
    rows = [_whole(row, name) for row in shop.get(name, ()) if not reason_of(row, name, moment)]
    for row in sorted(rows, key=lambda row: _order(row, name, values)):
        if row[key] is None:
            found.append(row)
        else:
            held.setdefault(row[key], row)
    return [*found, *held.values()]


def reason_of(row: Row, name: str, moment: Moment) -> str:
    """Why a row does not count; empty where it may."""
    _, happened, needed, _ = TABLES[name]
    if (happened and row[happened] and row[happened] > moment.cut) or (
        row["known_at"] and row["known_at"] > moment.as_of
    ):
        return "not_yet_known"
    for column in needed:
        if row[column] is None:
            return f"{column.removesuffix('_id')}_null"
    if name == "orders" and row["total_amount"] is not None and row["total_amount"] < 0:
        return "total_amount_negative"
    if name == "order_items" and row["quantity"] is not None and row["quantity"] < 1:
        return "quantity_not_positive"
    return ""


def _whole(row: Row, name: str) -> Row:
    return {**row, "quantity": 1 if row["quantity"] is None else row["quantity"]} if name == "order_items" else row


def _order(row: Row, name: str, values: Sequence[str]) -> tuple[Any, ...]:
    happened = TABLES[name][1]
    usable = max((row[each] for each in (happened, "known_at") if each and row[each]), default=EPOCH)
    return (usable, *((row[each] is None, row[each] if row[each] is not None else 0) for each in values))


def _of(shop: Shop, name: str, customer: str, moment: Moment, tell: Any) -> Any:
    """What is told of a customer's rows; nothing where there is no such table."""
    if name not in shop:
        return None
    return tell([row for row in first(shop, name, moment) if row["customer_id"] == customer])


def _person(row: Row | None, moment: Moment, *, stale: bool) -> Row:
    names = ("age", "signup_date", "signup_age_days", "club_member_status", "fashion_news_frequency", "active")
    if row is None:
        return dict.fromkeys(names)
    signed = row["signup_date"] and row["signup_date"].astimezone(ZoneInfo(moment.timezone)).date()
    news = row["fashion_news_frequency"]
    return {
        "age": row["age"] if row["age"] is not None and 14 <= row["age"] <= 110 else None,
        "signup_date": signed,
        "signup_age_days": (moment.day - signed).days if signed else None,
        "club_member_status": None if stale else row["club_member_status"],
        "fashion_news_frequency": None if stale else "NONE" if news is None or news.upper() == "NONE" else news,
        "active": None if stale else row["active"],
    }


def back(day: date, months: int) -> date:
    """The same day so many months before, or the last one of that month."""
    year, month = day.year, day.month - months
    while month < 1:
        year, month = year - 1, month + 12
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError


def _spent(lines: Iterable[Row]) -> Decimal:
    return sum((line["price"] * line["quantity"] for line in lines), Decimal(0))


def _bought(lines: Sequence[Row], cut: date, settings: Settings) -> dict[str, Any]:
    days = sorted({line["day"] for line in lines})
    channels = Counter(line["channel"] for line in lines if line["channel"] is not None)
    last_used = {channel: max(line["day"] for line in lines if line["channel"] == channel) for channel in channels}
    told: dict[str, Any] = {
        "total_transactions": len(lines),
        "purchase_days": len(days),
        "total_amount_spent": _spent(lines),
        "avg_transaction_value": float(Fraction(_spent(lines)) / len(lines)) if lines else None,
        "first_purchase_date": days[0] if days else None,
        "last_purchase_date": days[-1] if days else None,
        "recency_days": (cut - days[-1]).days if days else None,
        "avg_days_between": (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else None,
        "most_used_sales_channel": min(
            channels, key=lambda each: (-channels[each], -last_used[each].toordinal(), each), default=None
        ),
        "repeat_frequency": len(days) - 1 if days else None,
        "clv_recency": (days[-1] - days[0]).days if days else None,
        "clv_T": (cut - days[0]).days if days else None,
        "clv_monetary": _repeated(lines, days) if days else None,
    }
    for months in (6, 12):
        inside = [line for line in lines if line["day"] >= back(cut, months)]
        often = len({line["day"] for line in inside}) if settings.frequency == "days" else len(inside)
        told |= {f"frequency_{months}m": often, f"monetary_{months}m": _spent(inside)}
    return told


def _repeated(lines: Sequence[Row], days: Sequence[date]) -> float:
    later = [_spent(line for line in lines if line["day"] == day) for day in days[1:]]
    return float(Fraction(sum(later, Decimal(0))) / len(later)) if later else 0.0


def categories_of(shop: Shop, moment: Moment, versions: Sequence[Row] | None) -> dict[str, str | None] | None:
    """The category of each article at the cut; None where nothing tells any."""
    if versions is None and "articles" not in shop:
        return None
    found: dict[str, str | None] = {}
    for row in shop.get("articles", ()):
        held = found.get(row["article_id"])
        found[row["article_id"]] = min((each for each in (held, row["category_id"]) if each), default=None)
    for article in {row["article_id"] for row in versions or ()}:
        of_it = sorted((row for row in versions or () if row["article_id"] == article), key=lambda row: row["version"])
        known = [row for row in of_it if row["known_at"] <= moment.cut]
        found[article] = (known[-1] if known else of_it[0])["category_id"]
    return found


def _categories(lines: Sequence[Row], kinds: Mapping[str, str | None] | None) -> dict[str, Any]:
    if kinds is None:
        return {"top_category": None, "category_count": None}
    by_category: dict[str, list[Row]] = {}
    for line in lines:
        if category := kinds.get(line["article"]):
            by_category.setdefault(category, []).append(line)

    def rank(category: str) -> tuple[Any, ...]:
        of_it = by_category[category]
        return -len(of_it), -max(line["day"].toordinal() for line in of_it), -_spent(of_it), category

    return {"top_category": min(by_category, key=rank, default=None), "category_count": len(by_category)}


def categories(shop: Shop, moment: Moment, versions: Sequence[Row] | None = None) -> list[Row]:
    """The rows of the table of categories."""
    kinds = categories_of(shop, moment, versions) or {}
    found = []
    for customer, lines in sorted(lines_of(shop, moment).items()):
        counts = Counter(category for line in lines if (category := kinds.get(line["article"])))
        found += [
            {
                "cut_at": moment.cut,
                "customer_id": customer,
                "category_id": category,
                "lines": counts[category],
                "share": counts[category] / counts.total(),
            }
            for category in sorted(counts)
        ]
    return found


NO_SCORES: Row = {
    **dict.fromkeys(("R_score", "F_score", "M_score", "RFM_score", "rfm_cell")),
    "rfm_segment": "No purchase",
}


def scored(lines: Mapping[str, Sequence[Row]], moment: Moment, settings: Settings) -> dict[str, Row]:
    """The scores of those who have bought something, each against each other."""
    values = {customer: _values(of_one, moment.day, settings) for customer, of_one in lines.items()}
    found = {}
    for customer, own in values.items():
        if settings.score_by == "cuts":
            bounds = [settings.cuts[name] for name in ("recency", "frequency", "monetary")]
            recency = 1 + sum(-own[0] <= Decimal(str(each)) for each in bounds[0])
            scores = [recency, *(1 + sum(own[i] >= Decimal(str(each)) for each in bounds[i]) for i in (1, 2))]
        else:
            scores = [_score([other[i] for other in values.values()], own[i], settings.bins) for i in range(3)]
        found[customer] = _with_scores(scores, settings)
    return found


def _values(lines: Sequence[Row], cut: date, settings: Settings) -> tuple[Any, Any, Any]:
    days = {line["day"] for line in lines}
    often = len(days) if settings.frequency == "days" else len(lines)
    return -(cut - max(days)).days, often, _spent(lines)


def _score(everybody: Sequence[Any], own: Any, bins: int) -> int:
    if len(everybody) == 1:
        return 1
    worse = sum(other < own for other in everybody)
    return min(bins, 1 + bins * worse // (len(everybody) - 1))


def _with_scores(scores: Sequence[int], settings: Settings) -> Row:
    table = [(each.name, *each.bounds) for each in settings.table()] if settings.segments else SEGMENTS
    fitting = (
        name
        for name, *bounds in table
        if all(least <= score <= most for score, (least, most) in zip(scores, bounds, strict=True))
    )
    return {
        **dict(zip(("R_score", "F_score", "M_score"), scores, strict=True)),
        "RFM_score": sum(scores),
        "rfm_cell": "".join(map(str, scores)),
        "rfm_segment": next(fitting, "Others"),
    }


def _ordered(
    shop: Shop, customer: str, lines: Sequence[Row], moment: Moment, settings: Settings, *, stale: bool
) -> dict[str, Any]:
    if "orders" not in shop:
        baskets = len({(line["day"], line["channel"]) for line in lines})
        pieces = sum(line["quantity"] for line in lines)
        return _averages(baskets, pieces, _spent(lines), baskets)
    if stale and settings.paid_statuses:
        return dict.fromkeys(("total_orders", "total_items_bought", "avg_order_value", "avg_basket_size"))
    orders = [
        row
        for row in first(shop, "orders", moment)
        if row["customer_id"] == customer
        and (not settings.paid_statuses or row["payment_status"] in settings.paid_statuses)
    ]
    amounts = [row["total_amount"] for row in orders if row["total_amount"] is not None]
    if "order_items" not in shop:
        return _averages(len(orders), None, sum(amounts, Decimal(0)), len(amounts))
    own = {row["order_id"] for row in orders}
    pieces = sum(row["quantity"] for row in first(shop, "order_items", moment) if row["order_id"] in own)
    return _averages(len(orders), pieces, sum(amounts, Decimal(0)), len(amounts))


def _averages(orders: int, pieces: int | None, amount: Decimal, with_amount: int) -> dict[str, Any]:
    return {
        "total_orders": orders,
        "total_items_bought": pieces,
        "avg_order_value": float(Fraction(amount) / with_amount) if with_amount else None,
        "avg_basket_size": pieces / orders if orders and pieces is not None else None,
    }


def _browsed(shop: Shop, customer: str, moment: Moment, settings: Settings) -> dict[str, Any]:
    names = ("session_events", *COUNTS.values())
    rates = ("conversion_rate", "view_to_buy_rate", "click_through_rate", "add_to_cart_rate", "cart_abandon_rate")
    if "events" not in shop:
        return dict.fromkeys(
            (*names, *(f"{name}_30d" for name in names), "cart_additions", *rates, "dominant_event_type")
        )
    events = [row for row in first(shop, "events", moment) if row["customer_id"] == customer]
    lately = [row for row in events if row["created_at"] > moment.cut - timedelta(days=30)]
    told: dict[str, Any] = {}
    for rows, ending in ((events, ""), (lately, "_30d")):
        kinds = Counter(settings.event_types.get(row["event_type"]) for row in rows)
        told |= {f"session_events{ending}": len(rows)} | {
            f"{name}{ending}": kinds[kind] for kind, name in COUNTS.items()
        }
    kinds = Counter(kind for row in events if (kind := settings.event_types.get(row["event_type"])))
    most = max(kinds.values(), default=0)
    return {
        **told,
        "cart_additions": told["carts"],
        "conversion_rate": _ratio(told["buys"], told["views"]),
        "view_to_buy_rate": _ratio(told["buys"], told["views"]),
        "click_through_rate": _ratio(told["clicks"], told["views"]),
        "add_to_cart_rate": _ratio(told["carts"], told["clicks"]),
        "cart_abandon_rate": max(0.0, 1 - told["buys"] / told["carts"]) if told["carts"] else None,
        "dominant_event_type": next((kind for kind in DOMINATE if most and kinds[kind] == most), None),
    }


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
