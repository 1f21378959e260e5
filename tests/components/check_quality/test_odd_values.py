"""Rules over infinities, NaN, and odd instants and numbers: none is met because a value wrapped round."""

import math

import pyarrow as pa
import pytest

from tests.components.check_quality.conftest import Judged
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
    "the last day": (pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), {"not_after_as_of": ["x"]}, False),
    "nanoseconds in order": (pa.array([1, 2], pa.timestamp("ns")), {"ordered": ["x"]}, True),
    "nanoseconds fall": (pa.array([2, 1], pa.timestamp("ns")), {"ordered": ["x"]}, False),
    "from ever to never": (pa.array([-INFINITY, INFINITY], AT), {"ordered": ["x"]}, True),
    "from never to ever": (pa.array([INFINITY, -INFINITY], AT), {"ordered": ["x"]}, False),
    "a gap of all time": (pa.array([-INFINITY, INFINITY], AT), {"gaps": {"x": {"max_hours": 48}}}, False),
    "the same never twice": (pa.array([INFINITY, INFINITY], AT), {"unique": ["x"]}, False),
    "two that are beyond": (pa.array([INFINITY, INFINITY - 1], AT), {"unique": ["x"]}, True),
    "ids that doubles confuse": (pa.array([2**53, 2**53 + 1, None]), {"unique": ["x"]}, True),
}


@pytest.mark.parametrize(("values", "contract", "met"), CASES.values(), ids=CASES)
def test_an_odd_value_is_judged_as_what_it_is(judged: Judged, values: pa.Array, contract: dict, met: bool) -> None:
    """The rule is met or not, and has been judged: no error stands in for a verdict."""
    (finding,) = judged(pa.table({"x": values}), **contract).values()
    assert "could not be judged" not in finding.observed
    assert finding.success is met, finding.observed
