"""Expectations by their own names: the same verdict as the library gives on the whole, whatever the chunks."""

import inspect
import math
from datetime import UTC, date, datetime
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest

from components.check_quality.__main__ import line
from components.check_quality.library import expectation_class
from components.shell.schema import Expect
from components.shell.schema.expectations import ELSEWHERE, KNOWN

# What all have, what belongs to suites of the library, and conditions in languages of its own.
GENERAL = {
    "id", "meta", "notes", "result_format", "description", "catch_exceptions", "rendered_content", "windows",
    "batch_id", "severity", "row_condition", "condition_parser", "library_metadata",
}  # fmt: skip
COLUMN, INFINITY = "expect_column_", float("inf")
ROWS = pa.table({
    "id": ["0108775015", "0108775015", "108775016", None, "01ü", ""],
    "n": pa.array([3, 1, 4, 1, None, 5], pa.int64()),
    "m": pa.array([3, 2, 4, 1, 0, 5], pa.int64()),
    "x": pa.array([0.5, float("nan"), None, -1.0, 2.5, 1e300], pa.float64()),
    "at": pa.array([datetime(2024, 2, 29, hour, tzinfo=UTC) for hour in range(5)] + [None], pa.timestamp("us", "UTC")),
    "day": pa.array([date(2024, 2, 28), date(2024, 3, 1), None, None, date(1, 1, 1), date(9999, 12, 31)], pa.date32()),
    "sold": pa.array([True, False, None, True, True, True]),
    "fine": ["{}", "[]", None, "1", "{}", '{"a": 1}'],
    "json": ['{"a": 1}', "{", None, "[]", "1", '{"a": "x"}'],
})  # fmt: skip
# Expectations and whether the rows are as expected.
CASES: list[tuple[str, dict[str, Any], bool]] = [
    ("values_to_match_regex", {"column": "id", "regex": r"^\d{10}$"}, False),
    ("values_to_match_regex", {"column": "id", "regex": r"^\d{10}$", "mostly": 0.4}, True),
    ("values_to_match_regex", {"column": "id", "regex": r"^\d{10}$", "mostly": 0.41}, False),
    ("values_to_not_match_regex", {"column": "id", "regex": "x"}, True),
    ("values_to_match_regex_list", {"column": "id", "regex_list": ["^0", "^1", "^$"], "match_on": "any"}, True),
    ("values_to_not_match_regex_list", {"column": "id", "regex_list": ["ü"]}, False),
    ("value_lengths_to_be_between", {"column": "id", "min_value": 1}, False),
    ("value_lengths_to_equal", {"column": "id", "value": 10, "mostly": 0.4}, True),
    ("values_to_be_between", {"column": "n", "min_value": 1, "max_value": 5, "strict_max": True}, False),
    ("values_to_be_between", {"column": "n", "min_value": 1}, True),
    ("values_to_be_in_set", {"column": "n", "value_set": [1, 3, 4, 5]}, True),
    ("values_to_not_be_in_set", {"column": "id", "value_set": ["01ü"]}, False),
    ("values_to_be_null", {"column": "x", "mostly": 0.3}, True),
    ("values_to_not_be_null", {"column": "id"}, False),
    ("values_to_be_json_parseable", {"column": "json", "mostly": 0.8}, True),
    ("values_to_match_json_schema", {"column": "fine", "json_schema": {"type": "object"}, "mostly": 0.9}, False),
    ("values_to_match_strftime_format", {"column": "id", "strftime_format": "%Y"}, False),
    ("values_to_be_dateutil_parseable", {"column": "json"}, False),
    ("pair_values_a_to_be_greater_than_b", {"column_A": "n", "column_B": "m", "or_equal": True}, False),
    ("pair_values_a_to_be_greater_than_b", {"column_A": "n", "column_B": "m", "or_equal": True, "mostly": 0.6}, True),
    ("pair_values_to_be_equal", {"column_A": "n", "column_B": "n", "ignore_row_if": "either_value_is_missing"}, True),
    ("pair_values_to_be_in_set", {"column_A": "n", "column_B": "m", "value_pairs_set": [[3, 3]]}, False),
    ("max_to_be_between", {"column": "n", "max_value": 5}, True),
    ("min_to_be_between", {"column": "n", "min_value": 1, "strict_min": True}, False),
    ("mean_to_be_between", {"column": "n", "min_value": 2.8, "max_value": 2.8}, True),
    ("median_to_be_between", {"column": "n", "min_value": 3, "max_value": 3}, True),
    ("stdev_to_be_between", {"column": "n", "min_value": 1.78, "max_value": 1.79}, True),
    ("sum_to_be_between", {"column": "n", "min_value": 14, "max_value": 14}, True),
    ("max_to_be_between", {"column": "at", "max_value": "2024-02-29T04:00:00+00:00"}, True),
    ("min_to_be_between", {"column": "at", "min_value": "2024-02-29T00:00:00.000001+00:00"}, False),
    ("unique_value_count_to_be_between", {"column": "id", "min_value": 4, "max_value": 4}, True),
    ("proportion_of_unique_values_to_be_between", {"column": "n", "min_value": 0.8, "max_value": 0.8}, True),
    ("proportion_of_non_null_values_to_be_between", {"column": "sold", "min_value": 0.84}, False),
    ("most_common_value_to_be_in_set", {"column": "id", "value_set": ["0108775015"]}, True),
    ("most_common_value_to_be_in_set", {"column": "m", "value_set": [3]}, False),
    ("most_common_value_to_be_in_set", {"column": "m", "value_set": [3], "ties_okay": True}, True),
    ("distinct_values_to_be_in_set", {"column": "n", "value_set": [1, 3, 4]}, False),
    ("distinct_values_to_contain_set", {"column": "n", "value_set": [1, 3]}, True),
    ("distinct_values_to_contain_set", {"column": "id", "value_set": ["it's"]}, False),
    ("distinct_values_to_equal_set", {"column": "n", "value_set": [5, 4, 3, 1]}, True),
    ("distinct_values_to_be_in_set", {"column": "n", "value_set": ["1", "3", "4", "5"]}, False),
    ("distinct_values_to_equal_set", {"column": "n", "value_set": ["5", "4", "3", "1"]}, False),
    ("distinct_values_to_be_in_set", {"column": "id", "value_set": ["0108775015", "108775016", "01ü", "", 1]}, True),
    ("distinct_values_to_contain_set", {"column": "id", "value_set": ["", 1]}, False),
    ("distinct_values_to_contain_set", {"column": "n", "value_set": [True]}, True),
    ("distinct_values_to_contain_set", {"column": "n", "value_set": [1, 1.5]}, False),
    ("distinct_values_to_contain_set", {"column": "n", "value_set": [10**300]}, False),
    ("distinct_values_to_equal_set", {"column": "x", "value_set": [0.5, -1, 2.5, 1e300]}, True),
    ("distinct_values_to_equal_set", {"column": "sold", "value_set": [0, 1]}, True),
    ("distinct_values_to_contain_set", {"column": "sold", "value_set": ["True"]}, False),
    ("distinct_values_to_contain_set", {"column": "at", "value_set": ["2024-02-29T01:00:00+01:00"]}, True),
    ("distinct_values_to_contain_set", {"column": "at", "value_set": ["2024-02-29T00:00:00"]}, False),
    ("distinct_values_to_contain_set", {"column": "day", "value_set": ["2024-03-01", "9999-12-31"]}, True),
    ("distinct_values_to_be_in_set", {"column": "day", "value_set": ["2024-03-01"]}, False),
    ("distinct_values_to_contain_set", {"column": "day", "value_set": ["once", 1709251200000000]}, False),
    ("most_common_value_to_be_in_set", {"column": "sold", "value_set": [1]}, True),
    ("most_common_value_to_be_in_set", {"column": "n", "value_set": ["1", 1.5]}, False),
    ("unique_value_count_to_be_between", {"column": "at", "min_value": 5, "max_value": 5}, True),
    ("proportion_of_unique_values_to_be_between", {"column": "day", "min_value": 1}, True),
    (
        "quantile_values_to_be_between",
        {
            "column": "m",
            "quantile_ranges": {"quantiles": [0, 0.1, 0.3, 0.5, 0.9, 1], "value_ranges": [
                [0, 0], [0, 0], [2, 2], [2, 2], [4, 4], [5, 5]]},
        },
        True,
    ),
]  # fmt: skip
# Of the places 1.25 and 2.5 among the numbers from 0 to 5.
CASES += [
    (
        "quantile_values_to_be_between",
        {
            "column": "m",
            "quantile_ranges": {"quantiles": [0.25, 0.5], "value_ranges": [[one, one], [two, two]]},
            "allow_relative_error": how,
        },
        True,
    )
    for how, one, two in [
        ("linear", 1.25, 2.5),
        ("midpoint", 1.5, 2.5),
        ("lower", 1, 2),
        ("higher", 2, 3),
        ("nearest", 1, 2),
        (False, 1, 2),
    ]
]
OTHERS: list[tuple[str, dict[str, Any], bool]] = [
    ("expect_multicolumn_sum_to_equal", {"column_list": ["n", "m"], "sum_total": 6, "mostly": 0.3}, False),
    ("expect_multicolumn_values_to_be_equal", {"column_list": ["m", "m"]}, True),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["n", "m"]}, False),
    ("expect_column_to_exist", {"column": "id"}, True),
    ("expect_table_column_count_to_equal", {"value": 8}, False),
    ("expect_table_column_count_to_be_between", {"min_value": 9, "max_value": 9}, True),
    ("expect_table_columns_to_match_set", {"column_set": ["id", "n"], "exact_match": False}, True),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["id", "n"]}, False),
    ("expect_table_row_count_to_equal", {"value": 6}, True),
    ("expect_table_row_count_to_be_between", {"min_value": 6, "strict_min": True}, False),
]
ALL = [*((COLUMN + name, kwargs, holds) for name, kwargs, holds in CASES), *OTHERS]


def test_the_table_of_expectations_is_the_librarys_own() -> None:
    """Each that is in the locked library is known with its arguments, or said to be elsewhere, and nothing else is."""
    there = {}
    for name, one in vars(gxe).items():
        if inspect.isclass(one) and name.startswith(("Expect", "Unexp")) and name != "Expectation":
            there[one.__name__] = one
    assert len(there) > 50
    names = {snake(name): one for name, one in there.items()}
    assert names.keys() == KNOWN.keys() | ELSEWHERE.keys()
    for name, interface in KNOWN.items():
        given = {key: one.required for key, one in names[name].__fields__.items() if key not in GENERAL}
        assert {key for key, required in given.items() if required} == set(interface.required), name
        assert set(given) == {*interface.required, *interface.optional}, name


def snake(name: str) -> str:
    """The name that a suite in JSON has for the class."""
    given = getattr(gxe, name).expectation_type if hasattr(getattr(gxe, name), "expectation_type") else ""
    return given or "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def test_verdicts_are_the_librarys_own(judged: Any, whole: Any) -> None:
    """All at once, streamed in chunks or by figures of DuckDB, against the library on one frame; and KFP's floats."""
    expectations = [{"type": name, "kwargs": after_kfp(kwargs)} for name, kwargs, _ in ALL]
    kept = [dict(one, severity="warning") for one in expectations]
    found = judged(ROWS, expectations=kept, as_list=True)
    batch = whole(ROWS)
    for finding, (name, kwargs, holds) in zip(found, ALL, strict=True):
        result = batch.validate(expectation_class(name)(**kwargs))
        assert "could not be judged" not in finding.observed, (name, finding.observed)
        assert (finding.success, finding.rule.kind, finding.expectation) == (holds, name, name), (name, kwargs, finding)
        assert bool(result.success) == holds, (name, kwargs, result)


def after_kfp(given: Any) -> Any:
    """Whole numbers as floats."""
    if isinstance(given, dict):
        return {name: after_kfp(one) for name, one in given.items()}
    if isinstance(given, list):
        return [after_kfp(one) for one in given]
    return float(given) if isinstance(given, int) and not isinstance(given, bool) else given


def test_what_breaks_a_named_expectation_is_shown(judged: Any) -> None:
    """Observed rows, examples and places, over chunks, as of our own rules."""
    kwargs = {"column": "id", "regex": r"^\d{10}$"}
    (finding,) = judged(
        pa.concat_tables([ROWS] * 5), expectations=[{"type": f"{COLUMN}values_to_match_regex", "kwargs": kwargs}]
    ).values()
    assert finding.name == f"{COLUMN}values_to_match_regex(id)"
    assert finding.observed == "15 of 25 rows break it"
    assert (finding.examples, finding.row_numbers) == (("108775016", "01ü", ""), (2, 4, 5))
    assert finding.rule.text == r"column values to match regex, regex ^\d{10}$"


def test_no_rows_break_no_named_expectation(judged: Any) -> None:
    """But those on the number of rows; the columns are looked at all the same."""
    kept = [{"type": name, "kwargs": kwargs} for name, kwargs, holds in ALL if holds]
    for finding in judged(ROWS.slice(0, 0), expectations=kept, as_list=True):
        assert finding.success == (not finding.rule.kind.startswith("expect_table_row_count")), finding


def test_a_column_of_another_kind_is_no_crash(judged: Any) -> None:
    """What the library cannot judge is told as such, in one line."""
    odd = [
        {"type": f"{COLUMN}mean_to_be_between", "kwargs": {"column": "id", "min_value": 1}},
        {"type": f"{COLUMN}max_to_be_between", "kwargs": {"column": "day", "max_value": 3}},
        {"type": f"{COLUMN}values_to_be_between", "kwargs": {"column": "id", "min_value": 3}},
    ]
    for finding in judged(ROWS, expectations=odd, as_list=True):
        assert not finding.success
        assert "\n" not in finding.observed
        assert "could not be judged" in finding.observed, finding


def test_a_text_that_is_a_number_for_numpy_is_none(judged: Any) -> None:
    """Texts have an order, but the library takes no quantile or median of them."""
    ranges = {"quantiles": [0], "value_ranges": [[1, 1]]}
    odd = [
        {"type": f"{COLUMN}quantile_values_to_be_between", "kwargs": {"column": "x", "quantile_ranges": ranges}},
        {"type": f"{COLUMN}median_to_be_between", "kwargs": {"column": "x", "min_value": "1", "max_value": "2"}},
    ]
    found = judged(pa.table({"x": ["1", "2"]}), expectations=odd, as_list=True)
    assert [finding.observed for finding in found] == [
        "could not be judged: there is no figure column.quantile_values of string",
        "could not be judged: there is no figure column.median of string",
    ]


def test_what_the_library_does_not_take_is_told_in_one_line(judged: Any) -> None:
    """Arguments of a wrong kind, and a part of one that is missing, are no crash; the other rules are judged."""
    between = {"column": "id", "max_value": "b"}
    odd = [
        {"type": f"{COLUMN}values_to_be_between", "kwargs": between},
        {"type": f"{COLUMN}values_to_not_be_null", "kwargs": {"column": "m"}},
        {"type": f"{COLUMN}quantile_values_to_be_between", "kwargs": {"column": "m", "quantile_ranges": {"q": [1]}}},
    ]
    for finding, holds in zip(judged(ROWS, expectations=odd, as_list=True), (False, True, False), strict=True):
        assert (finding.success, "could not be judged" in finding.observed) == (holds, not holds)
        assert "\n" not in finding.observed


@pytest.mark.parametrize("values", [[1.0, INFINITY, -INFINITY], [1.0, INFINITY]])
def test_infinite_numbers_have_no_deviation_and_are_no_reason_to_pass(judged: Any, values: list[float]) -> None:
    """A figure that is no number is not the same as one of no value."""
    rows = pa.table({"x": values})
    names = [f"{COLUMN}stdev_to_be_between"] + [f"{COLUMN}{name}_to_be_between" for name in ("mean", "sum")]
    rules = [{"type": name, "kwargs": {"column": "x", "min_value": 0, "max_value": 10}} for name in names]
    assert not any(finding.success for finding in judged(rows, expectations=rules, as_list=True))


def test_one_value_has_no_deviation_and_is_no_reason_to_pass(judged: Any) -> None:
    """A value is known, so there is something to judge, and a figure that does not exist lies between no bounds."""
    rule = {"type": f"{COLUMN}stdev_to_be_between", "kwargs": {"column": "x", "min_value": 0.1}}
    (finding,) = judged(pa.table({"x": [1.0]}), expectations=[rule], as_list=True)
    assert (finding.success, finding.observed) == (False, "there is no such figure of these values")
    (finding,) = judged(pa.table({"x": pa.array([None, math.nan])}), expectations=[rule], as_list=True)
    assert (finding.success, finding.observed) == (True, "not judged on no known value")


@pytest.mark.parametrize(("wanted", "ties", "met"), [("v999", True, True), ("v999", False, False), ("w", True, False)])
def test_of_many_values_that_tie_any_may_be_the_one_of_the_set(judged: Any, wanted: str, ties: bool, met: bool) -> None:
    """However many there are, and with none of the set among those that come first."""
    rows = pa.table({"x": [f"v{place}" for place in range(1200)]})
    kwargs = {"column": "x", "value_set": [wanted], "ties_okay": ties}
    rule = {"type": f"{COLUMN}most_common_value_to_be_in_set", "kwargs": kwargs}
    (finding,) = judged(rows, expectations=[rule], as_list=True)
    assert finding.success is met


def test_instants_of_no_zone_are_shown_as_instants(judged: Any) -> None:
    """Of rows, and of what DuckDB has found."""
    rows = pa.table({"at": pa.array([0, None, 0], pa.timestamp("us"))})
    rules = [
        {"type": f"{COLUMN}{name}", "kwargs": {"column": "at", "value_set": ["2025-12-31"]}}
        for name in ("values_to_be_in_set", "distinct_values_to_be_in_set")
    ]
    nulls = {"type": f"{COLUMN}values_to_not_be_null", "kwargs": {"column": "at"}}
    rows_broken, distinct, null = judged(rows, expectations=[*rules, nulls], as_list=True)
    assert rows_broken.examples == ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z")
    assert distinct.examples == ("1970-01-01T00:00:00Z",)
    assert (null.success, null.row_numbers) == (False, (1,))


def test_an_instant_that_python_cannot_count_is_no_crash(judged: Any) -> None:
    """It breaks what it breaks, or cannot be judged."""
    rows = pa.table({"at": pa.array([2**63 - 1], pa.timestamp("us", "UTC"))})
    rules = [
        {"type": f"{COLUMN}values_to_match_regex", "kwargs": {"column": "at", "regex": "^2"}},
        {"type": f"{COLUMN}values_to_be_in_set", "kwargs": {"column": "at", "value_set": ["2025-12-31"]}},
        {"type": f"{COLUMN}most_common_value_to_be_in_set", "kwargs": {"column": "at", "value_set": ["2025-12-31"]}},
    ]
    assert not any(finding.success for finding in judged(rows, expectations=rules, as_list=True))


def test_whole_numbers_stay_whole_beside_a_null(judged: Any) -> None:
    """As doubles, 2**53 and 2**53 + 1 would be the same, and 1 would be written as 1.0."""
    large = 2**53
    rows = pa.table({"a": pa.array([large + 1, None], pa.int64()), "b": pa.array([large, 1], pa.int64())})
    rules = [
        {"type": f"{COLUMN}pair_values_to_be_equal", "kwargs": {"column_A": "a", "column_B": "b"}},
        {"type": f"{COLUMN}values_to_be_in_set", "kwargs": {"column": "a", "value_set": [large]}},
        {"type": f"{COLUMN}values_to_match_regex", "kwargs": {"column": "a", "regex": r"^\d+$"}},
    ]
    found = judged(rows, expectations=rules, as_list=True)
    assert [finding.success for finding in found] == [False, False, True]
    assert not judged(rows, sets={"a": [large]})["sets(a)"].success


def test_a_text_that_was_observed_is_an_example_and_no_part_of_the_line(judged: Any) -> None:
    """The line goes into logs, receipts and messages; examples stay in the report."""
    rows = pa.table({"who": ["a@canary.example", "a@canary.example", "b"]})
    rule = {"type": f"{COLUMN}most_common_value_to_be_in_set", "kwargs": {"column": "who", "value_set": ["x"]}}
    (finding,) = judged(rows, expectations=[rule], as_list=True)
    assert (finding.success, finding.examples) == (False, ("a@canary.example",))
    assert line(finding).endswith("found a text of 16 characters")


def test_an_expectation_is_the_same_value_twice() -> None:
    """Rules are told apart by their arguments, in whatever order they are given."""
    one = Expect(f"{COLUMN}to_exist", {"column": "id", "column_index": 0})
    assert one == Expect(f"{COLUMN}to_exist", {"column_index": 0.0, "column": "id"})
    assert hash(one) == hash(Expect(f"{COLUMN}to_exist", {"column_index": 0.0, "column": "id"}))
