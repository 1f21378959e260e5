"""The rules of a shop's lines in plain loops."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
_VALUES = ("t_dat", "customer_id", "article_id", "price", "quantity", "sales_channel_id")


def reason_of(row: Row, cut: date, as_of: datetime) -> str:
    """Why a row does not count, by itself; empty where it may."""
    if (row["t_dat"] and row["t_dat"] >= cut) or (row["known_at"] and row["known_at"] > as_of):
        return "not_yet_known"
    if row["t_dat"] is None:
        return "date_null"
    for name in ("customer", "article"):
        if row[f"{name}_id"] is None:
            return f"{name}_null"
    if row["price"] is None:
        return "price_null"
    if row["price"] < 0:
        return "price_negative"
    return "quantity_not_positive" if row["quantity"] is not None and row["quantity"] < 1 else ""


def usable_at(row: Row, zone: str) -> datetime:
    """When a row is known and its day over."""
    after = datetime.combine(row["t_dat"] + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    return max(after, row["known_at"]) if row["known_at"] else after


def judged(rows: Sequence[Row], cut: date, as_of: datetime, zone: str) -> tuple[Counter[Any], Counter[str]]:
    """The usable lines, each as often as it counts, and the numbers of rows by reason."""
    reasons = Counter(reason for row in rows if (reason := reason_of(row, cut, as_of)))
    first: dict[Any, Row] = {}
    usable = []
    for row in (row for row in rows if not reason_of(row, cut, as_of)):
        whole = {**row, "quantity": 1 if row["quantity"] is None else row["quantity"]}
        if row["transaction_id"] is None:
            usable.append(whole)
            continue
        held = first.get(row["transaction_id"])
        reasons["repeated_key"] += held is not None
        if held is None or _order(whole, zone) < _order(held, zone):
            first[row["transaction_id"]] = whole
    lines = [*usable, *first.values()]
    return Counter(tuple(line[name] for name in ("transaction_id", *_VALUES)) for line in lines), +reasons


def _order(row: Row, zone: str) -> tuple[Any, ...]:
    values = ((row[name] is None, row[name] if row[name] is not None else 0) for name in _VALUES)
    return (usable_at(row, zone), *values)


def price(text: str | None) -> Decimal | None:
    """A price as the column has it."""
    return None if text is None else Decimal(text).quantize(Decimal("1e-9"))
