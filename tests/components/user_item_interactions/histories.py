"""Random histories of a shop, and the step's expressions run on them."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from components.retail.moment import Moment
from components.shell.compute import engine
from components.shell.engine import records
from components.shell.instants import local_midnight
from components.user_item_interactions.rows import make
from components.user_item_interactions.settings import Settings
from tests.components.retail.oracle import Row, price
from tests.harness.compute import read

TRANSACTIONS = pa.schema(
    [
        ("transaction_id", pa.string()), ("t_dat", pa.date32()), ("customer_id", pa.string()),
        ("article_id", pa.string()), ("price", pa.decimal128(20, 9)), ("quantity", pa.int64()),
        ("sales_channel_id", pa.int32()), ("known_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip
EVENTS = pa.schema(
    [
        ("event_id", pa.string()), ("customer_id", pa.string()), ("article_id", pa.string()),
        ("event_type", pa.string()), ("created_at", pa.timestamp("us", "UTC")), ("known_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip
ZONES = ("UTC", "Europe/Stockholm", "America/New_York", "Pacific/Auckland", "America/Santiago")
# A leap day, and changes of the clocks in each of the zones; in Santiago at midnight itself.
DAYS = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 10), date(2024, 3, 31),
        date(2024, 4, 6), date(2024, 4, 7), date(2024, 9, 7), date(2024, 9, 8), date(2024, 9, 9)]  # fmt: skip
INSTANTS = [datetime(2024, 2, 27, tzinfo=UTC) + timedelta(days=each, hours=hour)
            for each in (0, 1, 2, 3, 12, 13, 33, 40, 41, 193, 194) for hour in (0, 3, 4, 11, 22, 23)]  # fmt: skip
# Few customers, articles and days, so that pairs, days and rows come again.
TRANSACTION = st.fixed_dictionaries(
    {
        "transaction_id": st.sampled_from([None, None, None, "1", "2"]),
        "t_dat": st.sampled_from([None, *DAYS, *DAYS]),
        "customer_id": st.sampled_from([None, *"aaabbbccd"]),
        "article_id": st.sampled_from([None, "01", "01", "1", "2", "2", "3"]),
        "price": st.sampled_from([None, "-1", "0", "0.050831", "0.050831", "19.99"]).map(price),
        "quantity": st.sampled_from([None, None, None, 1, 2, 0]),
        "sales_channel_id": st.sampled_from([None, 1, 1, 2]),
        "known_at": st.one_of(st.none(), st.none(), st.sampled_from(INSTANTS)),
    }
)
EVENT = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from([None, *"123456"]),
        "customer_id": st.sampled_from([None, *"aabe"]),
        "article_id": st.sampled_from([None, "01", "01", "9"]),
        "event_type": st.sampled_from(["view", "product_view", "cart", "add_to_cart", "wishlist", "purchase", "share"]),
        "created_at": st.sampled_from([None, *INSTANTS]),
        "known_at": st.one_of(st.none(), st.none(), st.sampled_from(INSTANTS)),
    }
)
History = tuple[Sequence[Row], Sequence[Row]]
_IDS = ("transaction_id", "event_id", "customer_id", "article_id")
HISTORIES = st.tuples(st.lists(TRANSACTION, max_size=24), st.lists(EVENT, max_size=8))
MOMENTS = st.builds(
    lambda zone, day, later: Moment(local_midnight(day, zone), local_midnight(day, zone) + later, zone),
    st.sampled_from(ZONES),
    st.sampled_from(DAYS),
    st.sampled_from([timedelta(), timedelta(hours=2), timedelta(days=30)]),
)
SETTINGS = st.builds(
    Settings,
    tau_days=st.sampled_from([30.0, 1.0, 0.5]),
    core_users=st.integers(0, 3),
    core_items=st.integers(0, 3),
    horizon_days=st.sampled_from([1, 7, 30]),
    signals=st.sampled_from([["purchase"], ["purchase", "view"], ["purchase", "cart", "wishlist"]]),
)


def apart(histories: Sequence[History]) -> History:
    """All of them in one, each with ids of its own: what holds of many shops costs no more to see than of one."""
    told: tuple[list[Row], list[Row]] = ([], [])
    for number, history in enumerate(histories):
        for rows, found in zip(told, history, strict=True):
            rows += [
                {name: f"{value}.{number}" if value and name in _IDS else value for name, value in row.items()}
                for row in found
            ]
    return told


def made(
    transactions: Sequence[Row], events: Sequence[Row], moment: Moment, settings: Settings
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Pairs and targets, as the product makes them."""
    arrow = {
        "transactions": pa.Table.from_pylist(list(transactions), TRANSACTIONS),
        "events": pa.Table.from_pylist(list(events), EVENTS),
    }
    with tempfile.TemporaryDirectory() as scratch, engine("300MB", threads=1) as backend:
        tables = {name: read(backend, rows, Path(scratch) / f"{name}.parquet") for name, rows in arrow.items()}
        found = make(
            backend, tables["transactions"], tables["events"] if settings.of_events else None, moment, settings
        )
        pairs, targets = records(backend, found.pairs), records(backend, found.targets)
    return sorted(pairs, key=_key), sorted(targets, key=_key)


def _key(row: Row) -> tuple[str, str]:
    return row["customer_id"], row["article_id"]
