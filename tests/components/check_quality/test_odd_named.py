"""Expectations by their own names over odd columns: in each case the verdict of the library on the whole."""

import math
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pytest

from components.check_quality.expectations import gx
from components.check_quality.library import expectation_class
from tests.components.check_quality.conftest import Judged

NAN, INFINITY = math.nan, math.inf
DAY = 86_400 * 10**6
FIRST = 1_767_225_600 * 10**6
"""2026 begins then, in microseconds."""
COLUMNS = {
    "whole": pa.array([1, 2, 2]),
    "beyond doubles": pa.array([2**53, 2**53 + 1]),
    "unsigned": pa.array([2**64 - 1], pa.uint64()),
    "NaN": pa.array([1.0, NAN, None, 2.0]),
    "zeros": pa.array([0.0, -0.0]),
    "infinite": pa.array([INFINITY, -INFINITY]),
    "narrow": pa.array([0.1, 1.0], pa.float32()),
    "one": pa.array([1.0]),
    "yes and no": pa.array([True, False, True]),
    "yes": pa.array([True, None]),
    "digits": pa.array(["1", "2"]),
    "text": pa.array(["a", "b", None, "2026-01-01"]),
    "instants": pa.array([FIRST, None, FIRST], pa.timestamp("us", "UTC")),
    "milliseconds": pa.array([FIRST // 1000, 0], pa.timestamp("ms")),
    "nanoseconds": pa.array([FIRST * 1000, FIRST * 1000 + 1], pa.timestamp("ns")),
    "days": pa.array([FIRST // DAY, None, FIRST // DAY + 1], pa.int32()).cast(pa.date32()),
}
SETS: list[list[Any]] = [
    [1, 2], ["1", "2"], ["a", "b", "2026-01-01", 1], [True, 0], [0.1, 1], [2**53 + 1],
    ["2026-01-01T00:00:00Z"], ["2026-01-01T01:00+01:00", "2026-01-02", "1970-01-01"], [[1]],
]  # fmt: skip
BOUNDS: list[dict[str, Any]] = [
    {"min_value": 0.1}, {"max_value": 1}, {"min_value": 1, "strict_min": True}, {"min_value": "1"},
    {"max_value": "2026-01-01"}, {"min_value": "2026-01-01T00:00:00Z"},
]  # fmt: skip
FIGURES = ("max", "min", "mean", "median", "stdev", "sum", "unique_value_count", "proportion_of_unique_values")
OF_SETS = (
    "distinct_values_to_be_in_set", "distinct_values_to_contain_set", "distinct_values_to_equal_set",
    "most_common_value_to_be_in_set", "values_to_be_in_set", "values_to_not_be_in_set",
)  # fmt: skip
RULES: list[tuple[str, dict[str, Any]]] = [
    *((name, {"value_set": values}) for name in OF_SETS for values in SETS),
    *(("most_common_value_to_be_in_set", {"value_set": values, "ties_okay": True}) for values in SETS),
    *((f"{figure}_to_be_between", bounds) for figure in (*FIGURES, "values") for bounds in BOUNDS),
    *(
        (
            "quantile_values_to_be_between",
            {
                "quantile_ranges": {"quantiles": [0.25, 0.5], "value_ranges": [[1, 1.2], [1, 1.4]]},
                "allow_relative_error": how,
            },
        )
        for how in (False, "linear", "lower", "higher", "midpoint", "nearest")
    ),
    ("values_to_be_null", {}),
    ("values_to_not_be_null", {}),
    ("values_to_match_regex", {"regex": "^1"}),
    ("value_lengths_to_equal", {"value": 1}),
]


@pytest.mark.parametrize("name", COLUMNS)
def test_the_verdict_on_an_odd_column_is_the_librarys_own(judged: Judged, whole: Any, name: str) -> None:
    """Kept or not; what the library cannot judge is not kept."""
    rows = pa.table({"x": COLUMNS[name]})
    rules = [(f"expect_column_{rule}", {"column": "x"} | kwargs) for rule, kwargs in RULES]
    expectations = [{"type": rule, "kwargs": kwargs, "severity": "warning"} for rule, kwargs in rules]
    kept = _kept(whole(rows), rules)
    found = judged(rows, expectations=expectations, as_list=True)
    assert [
        (rule, finding.observed)
        for place, (rule, finding) in enumerate(zip(rules, found, strict=True))
        if finding.success != (place in kept)
    ] == []


def _kept(batch: Any, rules: list[tuple[str, dict[str, Any]]]) -> set[int]:
    """The places of the rules that the library says are kept."""
    suite = gx.ExpectationSuite("rules")
    for place, (rule, kwargs) in enumerate(rules):
        with suppress(ValueError):
            suite.expectations.append(expectation_class(rule)(**kwargs, meta={"place": place}))
    results = batch.validate(suite).results
    return {result.expectation_config.meta["place"] for result in results if result.success}
