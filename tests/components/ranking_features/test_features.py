"""The features against the oracle, and against a source whose future is gone."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.feed import features as work
from components.feed.features import SCHEMA, features
from tests.components.ranking_features import oracle
from tests.components.ranking_features.feeds import SCHEMAS, START, computed, feeds
from tests.harness.compute import examples

Feed = tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]
EXAMPLES = settings(max_examples=examples(50), derandomize=True)


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """The same rows in the same order; fractions agree to the last few bits."""
    assert [list(row) for row in found] == [list(SCHEMA.names)] * len(expected)
    for row, wanted in zip(found, expected, strict=True):
        for name, value in wanted.items():
            close = math.isclose(row[name], value, rel_tol=1e-12) if isinstance(value, float) else row[name] == value
            assert close, f"{name} of {row['interaction_id']} is {row[name]} and should be {value}"


@EXAMPLES
@given(feeds())
def test_features_agree_with_a_plain_loop(feed: Feed) -> None:
    """Ties, repeated pairs, newcomers and unsorted input: all columns of all rows are the oracle's."""
    assert_same(computed(*feed), oracle.features(*feed))


@EXAMPLES
@given(feeds(), st.integers(0, 24))
def test_a_cut_off_future_changes_nothing(feed: Feed, place: int) -> None:
    """Taking away everything after any row leaves that row and all before it as they were."""
    interactions, users, items = feed
    whole = computed(interactions, users, items)
    last = whole[min(place, len(whole) - 1)]
    kept = [row for row in interactions if key(row) <= key(last)]
    assert computed(kept, users, items) == whole[: len(kept)]


def key(row: dict[str, Any]) -> tuple[datetime, bytes]:
    """What "before" goes by."""
    return row["timestamp"], row["interaction_id"].encode()


@EXAMPLES
@given(feeds(), st.integers(0, 24))
def test_the_own_outcome_changes_nothing(feed: Feed, place: int) -> None:
    """Turning the outcome of one row round changes none of its own features."""
    interactions, users, items = feed
    row = interactions[place % len(interactions)]
    turned = {**row, "click": 1 - row["click"], "dwell_time": row["dwell_time"] + 1}
    others = [other for other in interactions if other is not row]

    def of(rows: list[dict[str, Any]]) -> dict[str, Any]:
        (found,) = (one for one in computed(rows, users, items) if one["interaction_id"] == row["interaction_id"])
        return {name: value for name, value in found.items() if name != "click"}

    assert of([*others, row]) == of([*others, turned])


def leaky(interactions: ir.Table, users: ir.Table, items: ir.Table) -> ir.Table:
    """The features with the mean over all rows in the place of the constant prior: the classic leak."""
    mean = interactions.click.mean().as_scalar()
    prior = work.PRIOR_ROWS * work.PRIOR_CTR
    rows = features(interactions, users, items)
    total = rows.user_historical_ctr * (rows.user_interaction_count + work.PRIOR_ROWS) - prior
    smoothed = (total + work.PRIOR_ROWS * mean) / (rows.user_interaction_count + work.PRIOR_ROWS)
    return rows.mutate(user_historical_ctr=smoothed).select(*SCHEMA.names)


def test_a_planted_leak_is_caught() -> None:
    """The same check of truncation goes red when a global mean stands in for the prior."""
    users = [{"user_id": 0, "signup_date": START}]
    items = [{"item_id": 0, "creation_date": START}]
    interactions = [
        {"interaction_id": str(n), "user_id": 0, "item_id": 0, "timestamp": START + n * timedelta(hours=1)}
        | {"click": n % 2, "dwell_time": float(n), "device": "mobile"}
        for n in range(5)
    ]
    assert computed(interactions[:3], users, items) == computed(interactions, users, items)[:3]
    assert computed(interactions[:3], users, items, leaky) != computed(interactions, users, items, leaky)[:3]


def test_a_newcomer_has_the_priors() -> None:
    """Nothing known: a click rate of 0.15, three seconds, and zeros."""
    at = datetime(2025, 3, 2, 9, 30, tzinfo=UTC)
    interaction = {"interaction_id": "a", "user_id": 5, "item_id": 6, "timestamp": at, "click": 1, "dwell_time": 9.0}
    users, items = [{"user_id": 5, "signup_date": at}], [{"item_id": 6, "creation_date": at}]
    (row,) = computed([{**interaction, "device": "tablet"}], users, items)
    assert row == {
        "interaction_id": "a", "user_id": 5, "item_id": 6, "timestamp": at, "user_historical_ctr": 0.15,
        "user_avg_dwell_time": 3.0, "user_interaction_count": 0, "user_days_active": 0, "item_ctr": 0.15,
        "item_avg_dwell_time": 3.0, "item_popularity": 0.0, "item_age_days": 0, "hour_of_day": 9, "day_of_week": 6,
        "device_mobile": 0, "device_desktop": 0, "device_tablet": 1, "user_item_previous_interactions": 0, "click": 1,
    }  # fmt: skip


def test_a_day_is_over_after_24_hours_to_the_microsecond() -> None:
    """A hundred days, and a microsecond less."""
    at, tick = datetime(2025, 3, 2, 9, 30, tzinfo=UTC), timedelta(microseconds=1)
    interaction = {"interaction_id": "a", "user_id": 5, "item_id": 6, "timestamp": at, "click": 1, "dwell_time": 9.0}
    users = [{"user_id": 5, "signup_date": at - timedelta(days=100)}]
    items = [{"item_id": 6, "creation_date": at - timedelta(days=100) + tick}]
    (row,) = computed([{**interaction, "device": "tablet"}], users, items)
    assert (row["user_days_active"], row["item_age_days"]) == (100, 99)


def test_the_zone_of_the_machine_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours and weekdays are those of UTC wherever the step runs."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    row = {"interaction_id": "a", "user_id": 0, "item_id": 0, "click": 0, "dwell_time": 0.0, "device": "mobile"}
    at = datetime(2025, 3, 2, 23, 59, tzinfo=UTC)
    users, items = [{"user_id": 0, "signup_date": at}], [{"item_id": 0, "creation_date": at}]
    (found,) = computed([{**row, "timestamp": at}], users, items)
    assert (found["hour_of_day"], found["day_of_week"]) == (23, 6)


@pytest.mark.parametrize("dialect", ["trino", "bigquery"])
def test_the_expression_needs_no_engine(dialect: str) -> None:
    """The features are an expression that other engines take as well."""
    tables = [ibis.table(schema, name=name) for name, schema in SCHEMAS.items()]
    query = ibis.to_sql(features(*tables), dialect).upper()
    assert "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING" in query
