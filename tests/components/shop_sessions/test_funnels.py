"""Funnels against all chains that could be: on few events, with ties, windows, exclusions and properties."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.shell.errors import ConfigurationError
from components.shop_sessions.funnels import Funnel, parse_funnels
from tests.components.shop_sessions import oracle
from tests.components.shop_sessions.shops import Row, funnelled

MINUTE = 60_000_000
# Few instants, so that many are the same, and pauses as long as the window to the microsecond.
TIMES = [0, 0, 1, 1, MINUTE, MINUTE, MINUTE + 1, 2 * MINUTE, 3 * MINUTE]
EVENT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["view", "view", "cart", "cart", "buy", "buy", "wishlist", "click"]),
        "at": st.sampled_from(TIMES),
        "article_id": st.sampled_from([None, "1", "1", "2"]),
    }
)
UNIT = st.lists(EVENT, max_size=8)
FUNNELS = st.builds(
    Funnel,
    name=st.just("f"),
    steps=st.sampled_from([("view", "cart", "buy"), ("view", "cart", "buy"), ("cart", "view"), ("buy",),
                           ("view", "cart", "buy", "wishlist")]),
    window_minutes=st.sampled_from([0, 1, 2]),
    order=st.sampled_from(["ordered", "ordered", "strict", "any"]),
    ties=st.sampled_from(["funnel", "strict"]),
    same=st.sampled_from([(), (), ("article_id",)]),
    exclude=st.sampled_from([(), (), ("click",)]),
)  # fmt: skip


def named(units: Sequence[Sequence[Row]]) -> list[list[dict[str, Any]]]:
    """The events of units, with the names that tell them apart."""
    return [
        [{**event, "unit": str(number), "event_id": f"{place}"} for place, event in enumerate(unit)]
        for number, unit in enumerate(units)
    ]


@given(st.lists(UNIT, min_size=40, max_size=40), st.lists(FUNNELS, min_size=4, max_size=4))
@settings(max_examples=12)
def test_funnels_are_the_best_of_all_chains(units: list[list[Row]], funnels: list[Funnel]) -> None:
    """How many steps, and what each took, for every way in which a funnel can be told."""
    shop = named(units)
    for funnel in funnels:
        found = funnelled([event for unit in shop for event in unit], funnel)
        for number, unit in enumerate(shop):
            assert found.get(str(number), (0, {})) == oracle.reached(unit, funnel), (funnel, unit)


def one(*events: tuple[str, float] | tuple[str, float, str], **told: Any) -> tuple[int, dict[int, float]]:
    """How far a unit with these events, at these seconds, comes in the shop's funnel."""
    funnel = Funnel("f", ("view", "cart", "buy"), **told)
    unit = [
        {"kind": kind, "at": int(at * 1_000_000), "article_id": rest[0] if rest else "1"} for kind, at, *rest in events
    ]
    return funnelled([event for each in named([unit]) for event in each], funnel)["0"]


def test_a_funnel_is_no_set_of_independent_counts() -> None:
    """Who buys without having looked is no buyer of the funnel, though there are as many buys as views."""
    assert one(("buy", 0), ("view", 1)) == (1, {1: 0.0})


def test_one_event_fills_one_step_and_an_entry_that_was_given_up_does_not_count() -> None:
    """Time runs from the latest view that leads to the buy, and a window from it too."""
    events = ("view", 0), ("view", 3600), ("cart", 3610), ("buy", 3620)
    assert one(*events) == (3, {1: 0.0, 2: 10.0, 3: 20.0})
    assert one(*events, window_minutes=1) == (3, {1: 0.0, 2: 10.0, 3: 20.0})


def test_what_steps_took_is_told_of_one_chain() -> None:
    """The one that gets furthest: not of each step the chain that came to it first."""
    events = ("view", 0), ("cart", 100), ("view", 3600), ("cart", 3610), ("buy", 3620)
    assert one(*events) == (3, {1: 0.0, 2: 10.0, 3: 20.0})
    assert one(*events, window_minutes=60) == (3, {1: 0.0, 2: 10.0, 3: 20.0})
    # Without the purchase both get as far, and the first one gets there earlier.
    assert one(*events[:-1]) == (2, {1: 0.0, 2: 100.0})
    told = [(kind, at, "1") for kind, at in events[:2]], [(kind, at, "2") for kind, at in events[2:]]
    assert one(*told[0], *told[1], same=("article_id",)) == (3, {1: 0.0, 2: 10.0, 3: 20.0})
    assert one(("cart", 0), ("view", 100), ("cart", 110), ("buy", 120), order="any") == (3, {1: 0.0, 2: 10.0, 3: 20.0})


def test_events_of_one_instant_count_in_the_order_of_the_funnel_or_not_at_all() -> None:
    """Whichever the source happens to tell first."""
    assert one(("buy", 0), ("cart", 0), ("view", 0)) == (3, {1: 0.0, 2: 0.0, 3: 0.0})
    assert one(("buy", 0), ("cart", 0), ("view", 0), ties="strict") == (1, {1: 0.0})


def test_a_window_ends_with_its_last_microsecond() -> None:
    """It is inclusive."""
    assert one(("view", 0), ("cart", 1), ("buy", 60), window_minutes=1)[0] == 3
    assert one(("view", 0), ("cart", 1), ("buy", 60.000001), window_minutes=1)[0] == 2


def test_an_article_of_its_own_is_kept_through_the_steps() -> None:
    """A view of one and a purchase of another are no conversion of either."""
    events = ("view", 0, "1"), ("cart", 1, "2"), ("buy", 2, "1")
    assert (one(*events)[0], one(*events, same=("article_id",))[0]) == (3, 1)


def test_an_excluded_event_ends_the_entry() -> None:
    """One before it or behind the last step does not."""
    assert one(("view", 0), ("cart", 1), ("click", 2), ("buy", 3), exclude=("click",))[0] == 2
    assert one(("click", 0), ("view", 0.5), ("cart", 1), ("buy", 3), ("click", 4), exclude=("click",))[0] == 3


@pytest.mark.parametrize(
    ("given_as", "said"),
    [
        ({"name": "f"}, "is no funnel"),
        ({"name": "f", "steps": ["view"], "stepz": 1}, "did you mean steps"),
        ({"name": "f", "steps": ["veiw"]}, "did you mean view"),
        ({"name": "f", "steps": []}, "has no steps"),
        ({"name": "f", "steps": ["view", "view"]}, "names 'view' twice"),
        ({"name": "f", "steps": ["view"], "exclude": ["view"]}, "names 'view' twice"),
        ({"name": "F!", "steps": ["view"]}, "no name of a funnel"),
        ({"name": "f", "steps": ["view"], "order": "sorted"}, "order 'sorted'"),
        ({"name": "f", "steps": ["view"], "window_minutes": -1}, "window_minutes of funnel f is -1"),
        ({"name": "f", "steps": ["view"], "window_minutes": 366 * 24 * 60 + 1}, "is 527041 - give 0 to 527040"),
        ({"name": "f", "steps": ["view"], "window_minutes": 1e300}, "window_minutes of funnel f is 1000"),
        ({"name": "f", "steps": ["view"], "window_minutes": 1.5}, r"is 1\.5 - give a whole number"),
        ({"name": "f", "steps": ["view"], "window_minutes": "hour"}, "is 'hour' - give a whole number"),
        ({"name": "f", "steps": ["view"], "scope": "customer"}, "has no window"),
    ],
)
def test_a_funnel_of_no_sense_is_refused_by_name(given_as: dict[str, Any], said: str) -> None:
    """Before anything is read."""
    with pytest.raises(ConfigurationError, match=said):
        parse_funnels([given_as])
