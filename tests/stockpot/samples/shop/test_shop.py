"""The sample shop: the same for ever, whatever the batches, and tomorrow what it is today with a day more."""

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from components.shell.errors import ConfigurationError
from stockpot.samples.shop import public
from stockpot.samples.shop.catalogue import catalogue
from stockpot.samples.shop.faults import faults
from stockpot.samples.shop.scale import AS_OF, Scale
from stockpot.samples.shop.shop import TABLES, shop
from stockpot.samples.shop.source import fill

SMALL = Scale(customers=60, articles=40, lines_each=12, history=40)


def tables(scale: Scale, batch: int = 1000) -> dict[str, pa.Table]:
    """The whole shop."""
    found: dict[str, list[pa.Table]] = {}
    for name, rows in shop(scale, batch):
        found.setdefault(name, []).append(rows)
    return {name: pa.concat_tables(parts) for name, parts in found.items()}


def ordered(rows: pa.Table) -> list[dict[str, object]]:
    """The rows by all their columns."""
    return sorted(rows.to_pylist(), key=str)


def faultless(rows: pa.Table, name: str) -> pa.Table:
    """The rows without the planted ones, which a table of the first batch ends with."""
    return rows.slice(0, rows.num_rows - sum(fault.rows for fault in faults(SMALL, name)))


def test_batches_change_nothing() -> None:
    """In batches of seven customers there are the same rows as in one, beside the planted ones of the first batch."""
    whole = tables(SMALL)
    parts: dict[str, list[dict[str, object]]] = {}
    for name, rows in shop(SMALL, batch=7):
        first = name not in parts
        parts.setdefault(name, []).extend((faultless(rows, name) if first else rows).to_pylist())
    assert set(whole) == set(TABLES)
    for name, rows in parts.items():
        assert sorted(rows, key=str) == ordered(faultless(whole[name], name)), name


def test_days_later_it_is_the_same_shop_with_days_more() -> None:
    """No purchase, order or event is taken back or changed; the new days are told, and some lines of older ones."""
    scale = replace(SMALL, customers=600)
    today, later = (tables(replace(scale, until=at)) for at in (AS_OF, AS_OF + timedelta(days=5)))
    for name in ("transactions", "orders", "order_items", "events", "wishlist"):
        before, after = (set(map(str, faultless(each[name], name).to_pylist())) for each in (today, later))
        assert before < after, name
    sold = [faultless(each["transactions"], "transactions") for each in (today, later)]
    known = set(sold[0]["transaction_id"].to_pylist())
    days = [row["t_dat"] for row in sold[1].to_pylist() if row["transaction_id"] not in known]
    assert max(days) == AS_OF.date() + timedelta(days=4)
    assert sum(day < AS_OF.date() for day in days) > 3


def test_prices_change_with_the_weeks() -> None:
    """Of an article that is there on both days, the price may be another a week later; within a week it is the same."""
    day, next_week = (
        dict(zip(rows["article_id"].to_pylist(), rows["price"].to_pylist(), strict=True))
        for rows in (tables(replace(SMALL, until=at))["articles"] for at in (AS_OF, AS_OF + timedelta(days=8)))
    )
    changed = [one for one in day.keys() & next_week.keys() if day[one] != next_week[one]]
    assert 3 < len(changed) < len(day)


def test_what_is_sold_is_on_sale_and_priced_as_it_was() -> None:
    """Each line names an article that was there that day, at that day's price; totals of orders are those of items."""
    whole, sold = tables(SMALL), catalogue(SMALL)
    rows = faultless(whole["transactions"], "transactions")
    number = {f"{108_775 + n // 3:07d}{n % 3 + 1:03d}": n for n in range(SMALL.articles)}
    for row in rows.slice(0, 200).to_pylist():
        article, day = number[row["article_id"]], (row["t_dat"] - SMALL.opened).days
        assert sold.on_sale(sold.numbers[article : article + 1], day)[0]
        assert row["price"] == Decimal(int(sold.cents(sold.numbers[article : article + 1], day)[0])) / 100
    items = faultless(whole["order_items"], "order_items")
    totals = items.group_by("order_id").aggregate([("line_total", "sum")])
    expected = dict(zip(totals["order_id"].to_pylist(), totals["line_total_sum"].to_pylist(), strict=True))
    orders = faultless(whole["orders"], "orders")
    assert dict(zip(orders["order_id"].to_pylist(), orders["total_amount"].to_pylist(), strict=True)) == expected


def test_the_shape_is_that_of_a_shop() -> None:
    """About as many lines as asked for; articles come, go and come back; nulls where H&M has them; keys are unique."""
    whole = tables(Scale(customers=2000), batch=2000)
    assert 0.8 < whole["transactions"].num_rows / (2000 * 23.2) < 1.2
    sold = catalogue(replace(Scale(), articles=2000))
    gone = ~sold.on_sale(sold.numbers, 119)
    assert 30 < gone.sum() < 400
    assert ((sold.back < 150) & (sold.gone < 120)).sum() > 10
    for name in ("customers", "transactions", "orders", "order_items", "events", "reviews"):
        keys = faultless(whole[name], name)[0]
        assert pc.count_distinct(keys).as_py() == len(keys), name
    assert whole["articles"]["detail_desc"].null_count > 0
    assert pc.starts_with(faultless(whole["articles"], "articles")["article_id"], "0").to_pylist() == [True] * (
        whole["articles"].num_rows - 5
    )


@pytest.mark.parametrize(
    "wrong",
    [{"customers": 0}, {"articles": 20}, {"history": 14}, {"seed": 0}, {"until": AS_OF + timedelta(days=31)},
     {"until": datetime(2025, 1, 1, tzinfo=UTC)}],
    ids=str,
)  # fmt: skip
def test_what_gives_no_shop_is_refused(wrong: dict[str, Any]) -> None:
    """With one line that names what there is."""
    with pytest.raises(ConfigurationError):
        replace(Scale(), **wrong)


def test_postgres_holds_it_once(catalog_env: dict[str, str]) -> None:
    """Filled, unchanged, moved on by a day; another's table is refused and left alone, unless it may be replaced."""
    url = catalog_env["DATABASE_URL"]
    whole = tables(SMALL)
    assert fill(url, SMALL) == {name: rows.num_rows for name, rows in whole.items()}
    assert fill(url, SMALL) == {}
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, t_dat, price FROM transactions WHERE transaction_id = ANY(%s)",
                       (whole["transactions"]["transaction_id"].to_pylist(),))  # fmt: skip
        found = sorted(cursor.fetchall(), key=str)
        columns = [whole["transactions"][name].to_pylist() for name in ("customer_id", "t_dat", "price")]
        assert found == sorted(zip(*columns, strict=True), key=str)
        cursor.execute("SELECT count(*) FROM reviews WHERE review_text = ''")
        empty = sum(text == "" for text in whole["reviews"]["review_text"].to_pylist())
        assert cursor.fetchone() == (empty,)
    moved = fill(url, replace(SMALL, until=AS_OF + timedelta(days=1)))
    assert moved["transactions"] > whole["transactions"].num_rows
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE reviews; CREATE TABLE reviews AS SELECT 1 AS mine")
    with pytest.raises(ConfigurationError, match="other data in reviews"):
        fill(url, SMALL)
    assert fill(url, SMALL, replace=True)["reviews"] == whole["reviews"].num_rows
    quiet = replace(SMALL, events=False)
    assert {*whole} - {*fill(url, quiet)} == {"events", "wishlist"}
    assert fill(url, quiet) == {}
    assert {*fill(url, SMALL)} == {*whole}


def test_the_public_files_hold_what_they_have_of_it(tmp_path: Path) -> None:
    """Each line of the shop, in the columns and the writing of H&M's files; what is there is not overwritten."""
    whole = tables(SMALL)
    files = {"articles": "articles.csv", "customers": "customers.csv", "transactions": "transactions_train.csv"}
    assert public.write(tmp_path, SMALL) == {name: len(whole[table]) for table, name in files.items()}
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(first) == sorted(files.values())
    with (tmp_path / "customers.csv").open() as file:
        buyers = list(csv.DictReader(file))
    assert list(buyers[0]) == [
        "customer_id", "FN", "Active", "club_member_status", "fashion_news_frequency", "age", "postal_code",
    ]  # fmt: skip
    assert {row["Active"] for row in buyers} == {row["FN"] for row in buyers} == {"", "1.0"}
    assert {row["age"].partition(".")[2] for row in buyers if row["age"]} == {"0"}
    with pytest.raises(ConfigurationError, match="is there already"):
        public.write(tmp_path, SMALL)
    public.write(tmp_path, SMALL, replace=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
