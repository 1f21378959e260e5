"""Known answers of a real shop's stream of clicks, which the package retentioneering carries (Apache-2.0)."""

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import distribution
from typing import Any

import pytest

from components.shell.engine import records
from components.shop_sessions.daily import Held, funnel_daily, sessions_reached, units_of
from components.shop_sessions.schemas import SESSIONS, STEPS
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions.shops import Shop, small_engine, table

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
# Many of its events are of no kind that the shop knows.
TYPES = {"product_view": "view", "add_to_cart": "cart", "purchase": "buy"}


@pytest.fixture(scope="module")
def clicks() -> list[dict[str, Any]]:
    """Its 31,106 events as a shop has them."""
    file = distribution("retentioneering").locate_file("retentioneering/datasets/ecom.csv.gz")
    with gzip.open(str(file), "rt", newline="") as text:
        return [
            {
                "event_id": f"{number:05}", "customer_id": row["user_id"], "session_id": row["session_id"],
                "anonymous_id": None, "article_id": None, "campaign_id": None, "event_type": row["event"],
                "event_time": datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC),
            }
            for number, row in enumerate(csv.DictReader(text))
        ]  # fmt: skip


@pytest.fixture(scope="module")
def shop(clicks: list[dict[str, Any]]) -> Shop:
    """The shop after one run."""
    made = Shop(Settings(event_types=TYPES))
    made.run(clicks, AS_OF)
    return made


def test_sessions_by_the_gap_are_those_that_are_given(clicks: list[dict[str, Any]], shop: Shop) -> None:
    """All 3,605, none merged and none cut."""
    given = {event["event_id"]: event["session_id"] for event in clicks}
    pairs = {(row["session_key"], given[row["event_id"]]) for row in shop.events}
    assert len(pairs) == len({key for key, _ in pairs}) == len({session for _, session in pairs}) == 3605


def test_views_carts_and_purchases_are_as_many_as_are_known(shop: Shop) -> None:
    """The funnel of sessions, summed over days: 2,868 / 944 / 255."""
    with small_engine() as backend:
        held = Held(table(backend, shop.sessions, SESSIONS), table(backend, shop.events, STEPS), AS_OF, shop.told)
        days = sorted({row["started_at"].date() for row in shop.sessions})
        found = records(
            backend,
            funnel_daily(
                [(each, units_of(held, each, sessions_reached(held, each))) for each in shop.told.funnels], days
            ),
        )
    reached: Counter[int] = Counter()
    for row in found:
        reached[row["step"]] += row["sessions"]
    assert [reached[step] for step in (1, 2, 3)] == [2868, 944, 255]
