"""Pairs and targets against plain loops."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.user_item_interactions.moment import Moment
from components.user_item_interactions.settings import Settings
from tests.components.retail.oracle import Row
from tests.components.user_item_interactions import oracle
from tests.components.user_item_interactions.histories import HISTORIES, MOMENTS, SETTINGS, made

History = tuple[list[Row], list[Row]]
FRACTIONS = ("avg_price_paid", "time_weighted_score", "decayed_count")


def close(rows: list[Any]) -> list[Any]:
    """The rows for a comparison in which fractions may differ in their last bits."""
    return [
        {name: pytest.approx(value, rel=1e-12) if value and name in FRACTIONS else value for name, value in row.items()}
        for row in rows
    ]


@given(HISTORIES, MOMENTS, SETTINGS, st.randoms())
@settings(max_examples=50, deadline=None)
def test_rows_are_those_of_plain_loops(
    history: History, moment: Moment, told: Settings, by_chance: random.Random
) -> None:
    """In whatever order lines and events come, to the last bit."""
    pairs, targets = made(*history, moment, told)
    assert pairs == close(oracle.pairs(*history, moment, told))
    assert targets == oracle.targets(history[0], moment, told)
    shuffled = [by_chance.sample(rows, len(rows)) for rows in history]
    assert made(shuffled[0], shuffled[1], moment, told) == (pairs, targets)
