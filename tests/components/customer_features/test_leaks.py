"""What plain mistakes would make of a shop, and that each of them is found."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest

from components.customer_features import ordered, parts, rows, scores
from components.customer_features.compute import Outputs, compute
from components.customer_features.settings import Settings
from components.customer_features.spread import require_rising
from components.extract_files.extract import Request, extract
from components.retail import attributes, lines
from components.retail.moment import Moment
from components.shell import datasets
from components.shell.errors import ContractError
from components.shell.extracts import Places
from components.shell.instants import local_midnight
from pipelines.customer_features import SOURCE_TABLES
from tests.components.customer_features import oracle
from tests.components.customer_features.shops import VERSIONS, Row, made
from tests.components.customer_features.test_rows import close
from tests.components.retail.oracle import price

CUT = Moment(datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 1, 15, 4, tzinfo=UTC), "UTC")
LATE = CUT.cut + timedelta(days=90)


def bought(day: date, customer: str, amount: str = "10", **others: Any) -> Row:
    """A line of a shop."""
    line = {"transaction_id": None, "t_dat": day, "customer_id": customer, "article_id": "01", "price": price(amount)}
    return {**line, "quantity": None, "sales_channel_id": 1, "known_at": None, **others}


def customer(name: str, **others: Any) -> Row:
    """A customer of a shop."""
    told = {"customer_id": name, "age": 30, "club_member_status": "ACTIVE", "fashion_news_frequency": None}
    return {**told, "active": True, "signup_date": datetime(2025, 1, 1, tzinfo=UTC), "known_at": None, **others}


def order(number: int, amount: str = "100", **others: Any) -> Row:
    """A paid order of a."""
    told = {"order_id": number, "customer_id": "a", "order_date": datetime(2026, 1, 5, 12, tzinfo=UTC)}
    return {**told, "total_amount": price(amount), "payment_status": "paid", "known_at": None, **others}


def item(number: int, of: int, quantity: int | None = None) -> Row:
    """An item of an order."""
    return {"order_item_id": str(number), "order_id": of, "quantity": quantity, "known_at": None}


# c, d and e spend much after the cut; f and g never buy.
SHOP: Mapping[str, list[Row]] = {
    "transactions": [
        *(bought(date(2026, 1, 2 + number), name, str(10 + number)) for number, name in enumerate("abcde")),
        *(bought(date(2026, 2, 1), name, "500") for name in "cde"),
    ],
    "customers": [customer(name) for name in "abcdefg"],
    "orders": [order(1), order(2, "50", payment_status="refunded")],
    "order_items": [item(1, 1), item(2, 1), item(3, 1, 2), item(4, 2)],
}
_USABLE, _SCORED, _RANKED = lines.usable_lines, scores.scored, scores._ranked


def _of_today(table: ir.Table, as_of: datetime, _taken: datetime, _allow: bool) -> attributes.Dated:
    return attributes.dated(table, as_of, as_of, allow_current=True)


def _by_the_future(bought_: ir.Table, settings: Settings) -> ir.Table:
    """Scores of money by quantiles of all that was ever spent."""
    every = ibis.table(ibis.schema({"customer_id": "string", "price": "decimal(20, 9)"}), "raw_transactions")
    each = every.group_by("customer_id").agg(spent=every.price.sum().cast("float64"))
    edges = each.agg(**{f"edge_{number}": each.spent.quantile(number / 5) for number in range(1, 5)})
    found = _SCORED(bought_, settings).cross_join(edges)
    score = sum(((found.total_amount_spent.cast("float64") > found[name]).cast("int32") for name in edges.columns), 1)
    return found.mutate(M_score=score).drop(*edges.columns)


def _over_everybody(value: ir.NumericValue, bins: int) -> ir.Value:
    """A rank among those too who have bought nothing, all of whom are worse."""
    without = 2
    worse = ibis.rank().over(order_by=value) + without
    return ibis.least(bins, 1 + (bins * worse) // (value.count().over() + without - 1)).cast("int32")


def _turned_round(value: ir.NumericValue, bins: int) -> ir.Value:
    return bins + 1 - _RANKED(value, bins)


def _fanned_out(orders: ir.Table, items: ir.Table | None) -> ir.Table:
    """Orders joined with their items, and then counted."""
    assert items is not None
    each = orders.left_join(items, "order_id")
    return each.group_by("customer").agg(
        total_orders=each.count(),
        total_items_bought=each.quantity.sum(),
        amount=each.total_amount.sum(),
        with_amount=each.total_amount.count(),
    )


def _by_days(cut: date, months: int) -> date:
    return cut - timedelta(days=30 * months)


def _everything(raw: ir.Table, _day: date, as_of: datetime, *rest: Any) -> lines.Lines:
    return _USABLE(raw, date(2027, 1, 1), as_of + timedelta(days=400), *rest)


@pytest.mark.parametrize(
    ("module", "name", "leak", "taken_at"),
    [
        (parts, "dated", _of_today, LATE),
        (rows, "scored", _by_the_future, LATE),
        (scores, "_ranked", _over_everybody, LATE),
        (scores, "_ranked", _turned_round, LATE),
        (ordered, "orders_of", _fanned_out, CUT.cut),
        (parts, "usable_lines", _everything, LATE),
    ],
)
def test_a_planted_leak_is_found(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, leak: Callable[..., Any], taken_at: datetime
) -> None:
    """Today's attributes, quantiles of the future, ranks among those without purchase and the like all change rows."""
    right = close(oracle.features(SHOP, CUT, Settings(), stale=taken_at == LATE))
    assert made(SHOP, CUT, taken_at=taken_at).features == right
    monkeypatch.setattr(module, name, leak)
    assert made(SHOP, CUT, taken_at=taken_at).features != right


# What was pending at the cut and is paid now, and what was paid then and is refunded now.
THEN = {**SHOP, "orders": [order(1, payment_status="pending"), order(2, "50")]}
NOW = {**SHOP, "orders": [order(1), order(2, "50", payment_status="refunded")]}
OF_ORDERS = ("total_orders", "total_items_bought", "avg_order_value", "avg_basket_size")


def test_what_has_become_of_orders_is_not_told_of_a_past_cut() -> None:
    """A cut that is filled long after has rows that know of no status, and says so; live it has those of the day."""
    live = made(THEN, CUT, taken_at=CUT.as_of, telling=True)
    assert [live.of("a")[name] for name in OF_ORDERS] == [1, 1, 50.0, 1.0]
    later = [made(shop, CUT, taken_at=LATE, telling=True) for shop in (THEN, NOW)]
    assert later[0].features == later[1].features
    assert {row[name] for row in later[1].features for name in OF_ORDERS} == {None}
    for found, nulled in ((live, False), *((each, True) for each in later)):
        assert found.told is not None
        assert ("payment_status" in found.told.details["nulled_attributes"]) == nulled
        assert any("features of orders are null" in warning for warning in found.told.warnings) == nulled


def test_what_has_become_of_orders_is_told_where_that_is_asked_for() -> None:
    """With a warning; and where all orders count, nothing rests on it."""
    allowed = made(NOW, CUT, Settings(allow_current_attributes=True), taken_at=LATE, telling=True)
    assert [allowed.of("a")[name] for name in OF_ORDERS] == [1, 4, 100.0, 4.0]
    assert allowed.told is not None
    assert "which orders are paid is what the extract says, whenever that was" in allowed.told.warnings
    every = [made(shop, CUT, Settings(paid_statuses=[]), taken_at=LATE, telling=True) for shop in (THEN, NOW)]
    assert every[0].features == every[1].features
    assert [every[1].of("a")[name] for name in OF_ORDERS] == [2, 5, 75.0, 2.5]
    assert every[1].told is not None
    assert "payment_status" not in every[1].told.details["nulled_attributes"]


# As people write them: days, where the shop's own tables have instants.
FILES = {
    "transactions": "t_dat,customer_id,article_id,price\n2026-01-14,a,01,10\n2026-01-15,a,01,10\n",
    "customers": "customer_id,signup_date\na,2026-01-01\nb,2026-01-14\nc,2026-01-15\n",
    "orders": "order_id,customer_id,order_date,total_amount,payment_status\n"
    "1,a,2026-01-14,9,paid\n2,a,2026-01-15,9,paid\n",
    "events": "event_id,customer_id,event_type,created_at\n1,a,view,2026-01-14\n2,a,view,2026-01-15\n",
    "wishlist": "wishlist_id,customer_id,added_at\n1,a,2026-01-14\n2,a,2026-01-15\n",
}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Stockholm", "America/New_York"])
def test_days_in_files_count_from_the_next_day_on(tmp_path: Path, zone: str) -> None:
    """A day that begins with the cut is the cut's future, in tables of instants too."""
    (tmp_path / "in").mkdir()
    written = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
    for name, text in FILES.items():
        path = tmp_path / "in" / f"{name}.csv"
        path.write_text(text)
        os.utime(path, (written, written))
    extract(
        Request(SOURCE_TABLES, "files", str(tmp_path / "in"), zone), Places(tmp_path / "raw", tmp_path / "rejected")
    )
    datasets.write_dataset(tmp_path / "versions", VERSIONS, [])
    for day, customers, each in ((15, "ab", 1), (16, "abc", 2)):
        cut = local_midnight(date(2026, 1, day), zone)
        moment = Moment(cut, cut + timedelta(hours=4), zone)
        places = Outputs(*(tmp_path / f"{name}{day}" for name in ("rows", "categories", "rejected")))
        compute(tmp_path / "raw", tmp_path / "versions", moment, Settings(), places)
        found = [row for batch in datasets.read_batches(places.rows) for row in batch.to_pylist()]
        assert "".join(row["customer_id"] for row in found) == customers
        counts = ("total_transactions", "total_orders", "wishlist_size", "session_events", "views")
        assert [found[0][name] for name in counts] == [each] * 5


def test_quantiles_of_the_future_change_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The truncated shop has other rows then, and the same ones as it is."""
    cut_off = {**SHOP, "transactions": SHOP["transactions"][:5]}
    assert made(cut_off, CUT).features == made(SHOP, CUT).features
    monkeypatch.setattr(rows, "scored", _by_the_future)
    assert made(cut_off, CUT).features != made(SHOP, CUT).features


def test_a_score_that_is_turned_round_ends_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who were here last have the highest score of recency, which is checked on every run."""
    monkeypatch.setattr(scores, "_ranked", _turned_round)
    with pytest.raises(ContractError, match="R_score does not rise with recency_days"):
        made(SHOP, CUT, telling=True)
    require_rising("F_score", [1.0, 2.0])
    with pytest.raises(ContractError, match="F_score does not rise with frequency"):
        require_rising("F_score", [1.0, 2.0, 1.5])


def test_sums_that_differ_beyond_a_double_are_no_score_that_is_turned_round() -> None:
    """The scores differ, by the decimals; the means that are shown are the same."""
    amounts = {"a": Decimal(90_000_000_000), "b": Decimal("90000000000.000000001")}
    lines = [bought(date(2024, 2, 1), who, price=amount) for who, amount in amounts.items()]
    found = made({"transactions": lines}, CUT, telling=True)
    assert [found.of(who)["M_score"] for who in amounts] == [1, 5]


def test_windows_of_months_are_no_windows_of_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a year before the last of August is the last of February, and that day is inside."""
    moment = Moment(datetime(2024, 8, 31, tzinfo=UTC), datetime(2024, 8, 31, tzinfo=UTC), "UTC")
    shop = {"transactions": [bought(date(2024, 2, day), "a") for day in (28, 29)]}
    assert made(shop, moment).of("a")["frequency_6m"] == 1
    monkeypatch.setattr("components.customer_features.bought.months_before", _by_days)
    assert made(shop, moment).of("a")["frequency_6m"] == 0


def test_an_order_of_three_lines_is_one_order() -> None:
    """Of 100 it is 100, though a join with its lines would make it 300; what was refunded is no order."""
    found = made(SHOP, CUT).of("a")
    assert (found["total_orders"], found["total_items_bought"]) == (1, 4)
    assert (found["avg_order_value"], found["avg_basket_size"]) == (100.0, 4.0)
    everything = made(SHOP, CUT, Settings(paid_statuses=[])).of("a")
    assert (everything["total_orders"], everything["avg_order_value"]) == (2, 75.0)


def test_who_never_bought_has_no_score() -> None:
    """Nulls and zeros, and a segment that says so; others' scores are as if they were not there."""
    found = made(SHOP, CUT)
    told = found.of("f")
    assert (told["total_transactions"], told["R_score"], told["rfm_segment"]) == (0, None, "No purchase")
    assert (told["total_amount_spent"], told["recency_days"], told["clv_T"]) == (0, None, None)
    buyers = made({**SHOP, "customers": SHOP["customers"][:5]}, CUT)
    assert [found.of(name) for name in "abcde"] == buyers.features


def test_one_buyer_alone_has_the_least_scores() -> None:
    """There is nobody to be better than."""
    found = made({"transactions": [bought(date(2026, 1, 2), "a")]}, CUT).of("a")
    assert (found["RFM_score"], found["rfm_cell"], found["rfm_segment"]) == (3, "111", "Lost")
