"""A row tells what was measured, and judges its targets as they are said."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.cost import Cost, best, median
from tests.bench.rows import COLUMNS, FAILED, HELD, MISSED, NOT_HERE, NOT_JUDGED, Other, Row, Target, least, most

OURS = Cost(2.0, 3.0, 1000)
TWICE = Other("a peer", Cost(4.0, 9.0))
HALF = Other("bare Parquet", Cost(1.0, 0.5))


def verdict(row: Row, scale: float = 1) -> str:
    """The verdict of the row's only line."""
    (line,) = row.lines(scale)
    return line["verdict"]


@pytest.mark.parametrize(
    ("target", "words", "expected"),
    [
        (most(2, "seconds"), "at most 2.00 s", HELD),
        (most(1.9, "seconds"), "at most 1.90 s", MISSED),
        (most(0.1, "seconds"), "at most 100 ms", MISSED),
        (most(3, "cpu"), "at most 3.00 s CPU", HELD),
        (most(999, "memory"), "at most 999 MiB", MISSED),
        (least(2, "peer"), "at least 2 x as fast as the peer", HELD),
        (least(2.1, "peer"), "at least 2.1 x as fast as the peer", MISSED),
        (most(0.5, "peer"), "at most 0.5 x as long as the peer", HELD),
        (most(0.4, "peer"), "at most 0.4 x as long as the peer", MISSED),
        (least(0.5, "limit"), "at least 0.5 x as fast as the limit", HELD),
        (most(1.9, "limit"), "at most 1.9 x as long as the limit", MISSED),
        (most(3, "growth"), "at most 3 x from first size to last", HELD),
        (most(2, "growth"), "at most 2 x from first size to last", MISSED),
    ],
)
def test_a_target_is_held_up_to_its_bound(target: Target, words: str, expected: str) -> None:
    """By what it is said of: a figure of ours, the peer, the limit, or how the cost grows."""
    row = Row("work", OURS, TWICE, HALF, (target,), sizes={1: Cost(1.0), 10: Cost(3.0)})
    assert (target.text, verdict(row)) == (words, expected)


def test_processor_is_compared_where_the_row_says_so() -> None:
    """Three times as fast by the processor, twice by the clock."""
    assert verdict(Row("work", OURS, TWICE, targets=(least(3, "peer"),), by="cpu")) == HELD
    assert verdict(Row("work", OURS, TWICE, targets=(least(3, "peer"),))) == MISSED


def test_a_small_size_judges_only_what_holds_there() -> None:
    """A target of the whole size is not judged, neither held nor missed."""
    assert verdict(Row("work", OURS, targets=(most(1, "seconds"),)), 0.99) == NOT_JUDGED
    assert verdict(Row("work", OURS, targets=(most(1, "seconds", scale=0),)), 0.01) == MISSED


def test_a_target_of_a_larger_scale_waits_for_it() -> None:
    """Not judged at the whole size, but from that scale on."""
    row = Row("work", OURS, TWICE, targets=(least(3, "peer", scale=50),))
    assert [verdict(row, scale) for scale in (1, 49, 50)] == [NOT_JUDGED, NOT_JUDGED, MISSED]


@pytest.mark.parametrize(
    "row",
    [
        Row("work: no cluster"),
        Row("work: no cluster", targets=(most(1, "memory"),)),
        Row("work", OURS, Other("dagster"), targets=(least(1, "peer"),)),
    ],
)
@pytest.mark.parametrize("scale", [0.1, 1])
def test_what_is_not_here_is_said_and_misses_nothing(row: Row, scale: float) -> None:
    """Neither a work that cannot be done here nor a peer that cannot be had."""
    assert verdict(row, scale) == NOT_HERE


_GROWS = (most(3, "growth"),)


@pytest.mark.parametrize(
    "row",
    [
        Row("our figure", Cost(2.0), targets=(most(1, "memory"),)),
        Row("our figure beside another", Cost(2.0), TWICE, targets=(least(1, "peer"),), by="cpu"),
        Row("ours is nothing", Cost(0.0), TWICE, targets=(least(1, "peer"),)),
        Row("ours is less than nothing", Cost(-1.0), TWICE, targets=(most(1, "peer"),)),
        Row("ours is nothing, beside the limit", Cost(0.0), limit=HALF, targets=(most(1, "limit"),)),
        Row("the peer's figure", OURS, Other("a peer", Cost(1.0)), targets=(least(1, "peer"),), by="cpu"),
        Row("the peer", OURS, limit=HALF, targets=(least(1, "peer"),)),
        Row("the limit", OURS, TWICE, targets=(least(1, "limit"),)),
        Row("sizes", OURS, targets=_GROWS),
    ],
    ids=lambda row: row.work,
)
@pytest.mark.parametrize("scale", [0.1, 1])
def test_what_was_to_be_measured_and_was_not_fails(row: Row, scale: float) -> None:
    """At any size: nothing can be held of it."""
    assert verdict(row, scale) == FAILED


@pytest.mark.parametrize("last", [Cost(), Cost(0.0), Cost(-1.0)])
def test_growth_from_or_to_nothing_fails(last: Cost) -> None:
    """It is judged before a slope is drawn, which has no logarithm of nothing."""
    for sizes in ({1: Cost(1.0), 10: last}, {1: last, 10: Cost(1.0)}):
        assert _GROWS[0].verdict(Row("work", OURS, targets=_GROWS, sizes=sizes), 1) == FAILED


def test_a_row_has_a_line_for_each_target_and_says_all_on_the_first() -> None:
    """What goes to a file comes back as it was."""
    sizes = {1: Cost(cpu=1.0), 10: Cost(cpu=10.0), 100: Cost(cpu=100.0)}
    row = Row("work", OURS, TWICE, HALF, (most(60, "seconds"), most(900, "memory")), "cpu", sizes)
    first, second = (json.loads(json.dumps(line)) for line in row.lines(1))
    assert first == {
        "work": "work",
        "ours": "3.00 s CPU\n2.00 s",
        "peer": "a peer\n9.00 s CPU\n4.00 s",
        "ratio": "3.00 x",
        "of limit": "0.17 x\nbare Parquet",
        "peak": "1,000 MiB",
        "target": "at most 60.0 s",
        "verdict": HELD,
        "slope": "1.00\n1\n10\n100",
    }
    assert second == dict.fromkeys(COLUMNS, "") | {"target": "at most 900 MiB", "verdict": MISSED}


@given(st.floats(-1, 2), st.floats(0.001, 1000))
def test_the_slope_is_the_power_by_which_costs_grow(power: float, first: float) -> None:
    """Of three sizes, whatever the first of them costs."""
    sizes = {size: Cost(first * size**power) for size in (1, 10, 100)}
    (line,) = Row("work", Cost(first), sizes=sizes).lines(1)
    assert float(line["slope"].split("\n")[0]) == pytest.approx(power, abs=0.006)


def test_of_several_runs_the_most_memory_counts() -> None:
    """Of times the least or the median; a figure that one of them lacks is not told."""
    costs = [Cost(3.0, 1.0, 10), Cost(1.0, 2.0, 30), Cost(2.0, 9.0, 20)]
    assert best(costs) == Cost(1.0, 1.0, 30)
    assert median(costs) == Cost(2.0, 2.0, 30)
    assert median([*costs, Cost(1.0)]) == Cost(1.5)


def test_a_part_is_told_as_all_of_it() -> None:
    """Times and what is sent are linear in the work, memory is not."""
    assert Cost(2.0, None, 10, 3.0).times(5) == Cost(10.0, None, 10, 15.0)
