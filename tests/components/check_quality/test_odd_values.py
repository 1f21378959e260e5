"""Rules over infinities, NaN, and odd instants and numbers: none is met because a value wrapped round."""

import math
from pathlib import Path

import pyarrow as pa
import pytest

from tests.components.check_quality.conftest import Judged
from tests.components.check_quality.test_wide import baseline
from tests.harness.odd.numbers import INFINITY

AT = pa.timestamp("us", "UTC")
CASES = {
    "mean of one infinity": (pa.array([1.0, math.inf]), {"means": {"x": {"max": 9}}}, False),
    "mean of both, above": (pa.array([math.inf, -math.inf]), {"means": {"x": {"max": 9}}}, False),
    "mean of both, below": (pa.array([math.inf, -math.inf]), {"means": {"x": {"min": 0}}}, False),
    "NaN is no value": (pa.array([1.0, math.nan]), {"means": {"x": {"min": 1, "max": 1}}}, True),
    "infinity above": (pa.array([math.inf]), {"ranges": {"x": {"max": 9}}}, False),
    "infinity below": (pa.array([-math.inf]), {"ranges": {"x": {"min": 0}}}, False),
    "infinity within": (pa.array([math.inf]), {"ranges": {"x": {"min": 0}}}, True),
    "beyond signed": (pa.array([2**64 - 1], pa.uint64()), {"ranges": {"x": {"min": 0, "max": 9}}}, False),
    "unsigned within": (pa.array([2**64 - 1, None], pa.uint64()), {"ranges": {"x": {"min": 0}}}, True),
    "never": (pa.array([INFINITY], AT), {"not_after_as_of": ["x"]}, False),
    "ever": (pa.array([-INFINITY, None], AT), {"not_after_as_of": ["x"]}, True),
    "never in milliseconds": (pa.array([INFINITY], pa.timestamp("ms", "UTC")), {"not_after_as_of": ["x"]}, False),
    "the last day": (
        pa.array([2**31 - 1], pa.int32()).cast(pa.date32()),
        {"ranges": {"x": {"max": "2100-01-01"}}},
        False,
    ),
    "nanoseconds in order": (pa.array([1, 2], pa.timestamp("ns")), {"ordered": ["x"]}, True),
    "nanoseconds fall": (pa.array([2, 1], pa.timestamp("ns")), {"ordered": ["x"]}, False),
    "from ever to never": (pa.array([-INFINITY, INFINITY], AT), {"ordered": ["x"]}, True),
    "from never to ever": (pa.array([INFINITY, -INFINITY], AT), {"ordered": ["x"]}, False),
    "a gap of all time": (pa.array([-INFINITY, INFINITY], AT), {"gaps": {"x": {"max_hours": 48}}}, False),
    "the same never twice": (pa.array([INFINITY, INFINITY], AT), {"unique": ["x"]}, False),
    "two that are beyond": (pa.array([INFINITY, INFINITY - 1], AT), {"unique": ["x"]}, True),
    "NaN is no key": (pa.array([1.0, math.nan, math.nan]), {"unique": ["x"]}, True),
    "one NaN among keys that repeat": (pa.array([1.0, math.nan, 1.0]), {"unique": ["x"]}, False),
    "both zeros are one key": (pa.array([0.0, -0.0]), {"unique": ["x"]}, False),
    "NaN between numbers, of which Parquet tells the least and the greatest": (
        pa.array([0.4, 1.0, math.nan]),
        {"distinct": [{"columns": ["x"], "max": 2}]},
        True,
    ),
    "NaN is no distinct value": (
        pa.array([math.nan, 1.0, math.nan]),
        {"distinct": [{"columns": ["x"], "max": 1}]},
        True,
    ),
    "never, by its name": (
        pa.array([INFINITY, 0], AT),
        {
            "expectations": [
                {"type": "expect_column_unique_value_count_to_be_between", "kwargs": {"column": "x", "min_value": 2}}
            ]
        },
        True,
    ),
    "ids that doubles confuse": (pa.array([2**53, 2**53 + 1, None]), {"unique": ["x"]}, True),
}


TWO = pa.table({"x": pa.array([1.0, 2.0], pa.float32()), "y": [math.nan, 1.0], "k": ["a", "a"]})
NANS = pa.table({"x": pa.array([math.nan] * 2, pa.float32()), "y": [0.0, 0.0]})
CASES_OF_TWO = {
    "a key of two": (NANS, {"unique": ["x", "y"]}),
    "a root": (TWO, {"trees": [{"key": "x", "parent": "y"}]}),
    "no reference": (TWO, {"references": [{"columns": ["y"], "to": ["x"]}]}),
    "a comparison": (TWO, {"compare": ["x > y"]}),
    "a distinct pair": (NANS, {"distinct": [{"columns": ["x", "y"], "max": 0}]}),
}


@pytest.mark.parametrize("name", CASES_OF_TWO)
def test_a_nan_counts_as_null_in_each_rule(judged: Judged, name: str) -> None:
    """It is no key, no parent and nothing that is missing elsewhere."""
    rows, contract = CASES_OF_TWO[name]
    (finding,) = judged(rows, **contract).values()
    assert finding.success, finding.observed


def test_a_nan_before_is_no_key_that_is_gone(judged: Judged, tmp_path: Path) -> None:
    """Of the last commit too."""
    old = baseline(tmp_path / "baseline", 2, previous=pa.table({"x": [1.0, math.nan]}))
    (finding,) = judged(pa.table({"x": [1.0]}), baseline=old, change={"key": ["x"], "max_gone": 0}).values()
    assert (finding.success, finding.observed) == (True, "1 row after 2 of snapshot 7; 0 of 1 key gone")


@pytest.mark.parametrize("value", [INFINITY, -INFINITY])
def test_an_infinite_instant_lies_between_no_bounds(judged: Judged, value: int) -> None:
    """DuckDB counts no microseconds to it, which is not the same as that there is none."""
    bounds = {"min_value": "0001-01-01T00:00:00Z", "max_value": "9999-12-31T00:00:00Z"}
    rules = [
        {"type": f"expect_column_{name}_to_be_between", "kwargs": {"column": "x", **bounds}} for name in ("max", "min")
    ]
    found = judged(pa.table({"x": pa.array([value, 0], AT)}), expectations=rules, as_list=True)
    assert [finding.success for finding in found] == [value < 0, value > 0]


@pytest.mark.parametrize(("values", "contract", "met"), CASES.values(), ids=CASES)
def test_an_odd_value_is_judged_as_what_it_is(judged: Judged, values: pa.Array, contract: dict, met: bool) -> None:
    """The rule is met or not, and has been judged: no error stands in for a verdict."""
    (finding,) = judged(pa.table({"x": values}), **contract).values()
    assert "could not be judged" not in finding.observed
    assert finding.success is met, finding.observed
