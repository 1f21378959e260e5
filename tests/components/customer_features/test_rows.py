"""Features against plain loops, and what plain mistakes would make of them."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.customer_features.settings import Settings
from components.retail.moment import Moment
from tests.components.customer_features import oracle
from tests.components.customer_features.histories import (
    LACKING,
    MOMENTS,
    SETTINGS,
    SHOPS,
    VERSION,
    Shop,
    apart,
    numbered,
)
from tests.components.customer_features.shops import Row, made
from tests.harness.compute import examples


def close(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows for a comparison in which fractions may differ in their last bits."""
    return [
        {name: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]


def known(shop: Shop, moment: Moment) -> Shop:
    """The shop as it was at the cut, without anything that happened or became known later."""
    found = {}
    for name, rows in shop.items():
        if name == "articles":
            found[name] = list(rows)
        elif name == "transactions":
            kept = [row for row in rows if (row["t_dat"] is None or row["t_dat"] < moment.day)]
            found[name] = [row for row in kept if not row["known_at"] or row["known_at"] <= moment.as_of]
        else:
            found[name] = [row for row in rows if oracle.reason_of(row, name, moment) != "not_yet_known"]
    return found


@given(
    st.lists(SHOPS, min_size=12, max_size=12), LACKING, st.none() | st.lists(VERSION, max_size=8), MOMENTS, SETTINGS,
    st.randoms(),
)  # fmt: skip
@settings(max_examples=examples(12))
def test_rows_are_those_of_plain_loops(  # noqa: PLR0917 - what hypothesis draws
    shops: Sequence[Shop],
    lacking: set[str],
    versions: list[Row] | None,
    moment: Moment,
    told: Settings,
    by_chance: random.Random,
) -> None:
    """In whatever order rows come, to the last bit; and whatever there is of the time after the cut."""
    shop, held = apart(shops, lacking), None if versions is None else numbered(versions)
    found = made(shop, moment, told, versions=held)
    assert found.features == close(oracle.features(shop, moment, told, held))
    assert found.categories == close(oracle.categories(shop, moment, held))
    before = known(shop, moment)
    shuffled = {name: by_chance.sample(rows, len(rows)) for name, rows in before.items()}
    again = made(shuffled, moment, told, versions=held)
    assert (again.features, again.categories) == (found.features, found.categories)
