"""Verdicts that are given without the library are those that it gives."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from components.check_quality.library import Library
from components.check_quality.outcomes import Expectation, Verdict
from components.check_quality.plain import plain_verdict
from components.shell import datasets

LIBRARY = Library()
FRACTIONS = (0.0, -0.0, 0.5, 1.0, math.inf, -math.inf, math.nan)
# As float32 each is more or less than the double of the same name.
NARROW = (0.1, 0.3, 0.7, 0.5, math.nan)
WHOLE = (0, 1, -1, 2**53, 2**53 + 1)
TEXTS = ("", "a", "ab", "1", "nan", "None", "é", "a\nb")
BOUNDS = (None, 0, 1, -1.0, 0.5, 0.1, 0.3, 0.7, math.inf, math.nan, 2**53, 2.0**63, True, "a")


def columns(number: int) -> st.SearchStrategy[pd.Series]:
    """A column of so many rows: whole numbers, fractions, texts as objects or categories, truths, or a mixture."""
    few = {"min_size": number, "max_size": number}
    texts = st.lists(st.sampled_from([*TEXTS, None]), **few)
    return st.one_of(
        st.lists(st.sampled_from(WHOLE), **few).map(lambda values: pd.Series(values, dtype="int64")),
        st.lists(st.sampled_from(FRACTIONS), **few).map(lambda values: pd.Series(values, dtype="float64")),
        st.lists(st.sampled_from(NARROW), **few).map(lambda values: pd.Series(values, dtype="float32")),
        st.lists(st.sampled_from((0, 1, 2**63, 2**63 + 1)), **few).map(
            lambda values: pd.Series(values, dtype="uint64")
        ),
        st.lists(st.sampled_from([*WHOLE, None]), **few).map(lambda values: pd.Series(values, dtype="object")),
        st.lists(st.booleans(), **few).map(lambda values: pd.Series(values, dtype="bool")),
        texts.map(lambda values: pd.Series(values, dtype="object")),
        texts.map(lambda values: pd.Series(values, dtype="object").astype("category")),
    )


FRAMES = st.integers(0, 5).flatmap(
    lambda number: st.tuples(columns(number), columns(number)).map(
        lambda pair: pd.DataFrame({"a": pair[0], "b": pair[1]}).set_axis(pd.RangeIndex(7, 7 + number))
    )
)
SETS = st.lists(st.sampled_from([*WHOLE[:3], 0.5, *TEXTS, True]), max_size=6) | st.sampled_from(["ab", {"a": 1}])
ASKED = st.one_of(
    st.fixed_dictionaries({"column": st.just("a")}).map(lambda given: ("not_be_null", given)),
    st.fixed_dictionaries({"column": st.just("a")}).map(lambda given: ("be_unique", given)),
    st.fixed_dictionaries({"column": st.just("a"), "value_set": SETS}).map(lambda given: ("be_in_set", given)),
    st.fixed_dictionaries(
        {"column": st.just("a"), "min_value": st.sampled_from(BOUNDS), "max_value": st.sampled_from(BOUNDS)},
        optional={"strict_min": st.booleans(), "strict_max": st.booleans()},
    ).map(lambda given: ("be_between", given)),
    st.fixed_dictionaries(
        {"column": st.just("a"), "regex": st.sampled_from(["^a", "b$", r"^\d+$", "", "(a)|b", "(?!x)", "^.$"])}
    ).map(lambda given: ("match_regex", given)),
).map(lambda pair: Expectation(f"expect_column_values_to_{pair[0]}", pair[1], "error"))
KEYS = st.fixed_dictionaries(
    {"column_list": st.sampled_from([["a", "b"], ["b", "a"]])},
    optional={"ignore_row_if": st.sampled_from(["any_value_is_missing", "all_values_are_missing"])},
).map(lambda given: Expectation("expect_compound_columns_to_be_unique", given, "error"))
ORDER = st.sampled_from([["a", "b"], ["b", "a"], ["a"], []]).map(
    lambda names: Expectation("expect_table_columns_to_match_ordered_list", {"column_list": names}, "error")
)


@given(FRAMES, st.one_of(ASKED, KEYS, ORDER))
@settings(max_examples=150)
def test_a_verdict_is_the_librarys(frame: pd.DataFrame, asked: Expectation) -> None:
    """Whatever is judged without it: kept or not, by how many rows, which, and of how many."""
    plain = plain_verdict(asked.expectation, asked.arguments, frame)
    if plain is not None:
        assert _told(plain) == _told(LIBRARY.verdicts([asked], frame)[0])


def _told(verdict: Verdict) -> tuple[Any, ...]:
    counted = 0 if verdict.expectation.startswith("expect_table") else verdict.judged
    examples = tuple(None if example is pd.NA or example != example else example for example in verdict.examples)  # noqa: PLR0124 - NaN
    return (
        verdict.expectation,
        verdict.success,
        verdict.unexpected,
        examples,
        verdict.row_numbers,
        verdict.error,
        counted,
    )


def test_frames_have_values_that_keep_rules_and_such_that_break_them() -> None:
    """Else the property above would compare nothing: there are known values, and such that come twice."""
    find(FRAMES, lambda frame: bool(frame["a"].dropna().duplicated().any()))


def test_bounds_that_are_no_fractions_are_left_to_the_library() -> None:
    """It makes fractions of bounds, and 2**53 + 1 is none."""
    frame = pd.DataFrame({"a": [0, 2**53 + 1]})
    told = [
        plain_verdict("expect_column_values_to_be_between", {"column": "a", "max_value": most}, frame)
        for most in (2**53, 2**53 - 1)
    ]
    assert told[0] is None
    assert told[1] is not None
    assert told[1].row_numbers == (1,)


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        (("be_between", {"max_value": 0.1}), pd.Series([0.1], dtype="float32")),
        (("be_between", {"min_value": 0.7}), pd.Series([0.7], dtype="float32")),
        (("be_between", {"max_value": 2.0**63}), pd.Series([2**63 + 1], dtype="uint64")),
        (("be_in_set", {"value_set": "ab"}), pd.Series(["a"])),
    ],
)
def test_what_the_library_sees_otherwise_is_left_to_it(asked: tuple[str, dict[str, Any]], values: Any) -> None:
    """Bounds are not rounded to the column's type, and a set is a list."""
    kind, arguments = asked
    named = Expectation(f"expect_column_values_to_{kind}", {"column": "a", **arguments}, "error")
    frame = pd.DataFrame({"a": values})
    assert plain_verdict(named.expectation, named.arguments, frame) is None
    assert not LIBRARY.verdicts([named], frame)[0].success


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        (("be_between", {"min_value": 0, "max_value": 2}), [0, 1, 2]),
        (("be_between", {"max_value": 0.5}), [0.5, math.nan, -math.inf]),
        (("be_in_set", {"value_set": ["a", "b"]}), ["a", None]),
        (("be_unique", {}), [1.0, 2.0, math.nan, math.nan]),
        (("not_be_null", {}), [1.0, math.nan]),
        (("match_regex", {"regex": r"^\d{3}$"}), ["007", "123"]),
        (("be_between", {"min_value": 1}), [0, 1, 2]),
        (("be_in_set", {"value_set": ["a", "b"]}), ["a", "c"]),
        (("be_unique", {}), [1.0, 1.0]),
        (("match_regex", {"regex": r"^\d{3}$"}), ["7", "123"]),
    ],
)
def test_what_contracts_say_is_judged_without_it(asked: tuple[str, dict[str, Any]], values: list[Any]) -> None:
    """Common rules, kept or broken; else the test above would hold for want of a verdict."""
    kind, arguments = asked
    frame = pd.DataFrame({"a": values})
    assert plain_verdict(f"expect_column_values_to_{kind}", {"column": "a", **arguments}, frame) is not None


@pytest.mark.parametrize(
    ("most", "named", "loaded", "broken"),
    [
        (3, [], "False", "0"),
        (2, [], "False", "1"),
        (3, [{"type": "expect_column_value_lengths_to_equal", "kwargs": {"column": "b", "value": 1}}], "True", "0"),
    ],
)
def test_the_library_is_loaded_for_what_it_alone_knows(
    tmp_path: Path, most: int, named: list[Any], loaded: str, broken: str
) -> None:
    """Rules of a contract are checked without it, kept or broken; what is named beside them is put to it."""
    table = pa.table({"a": [1, 2, 3], "b": ["x", "y", "x"]})
    datasets.write_dataset(tmp_path / "rows", table.schema, table.to_batches())
    contract = {
        "columns": ["a long!", "b string!"],
        "ranges": {"a": {"min": 1, "max": most}},
        "sets": {"b": ["x", "y"]},
        "unique": ["a", "b"],
        "row_count": {"min": 1},
        "compare": ["a <= a"],
        **({"expectations": named} if named else {}),
    }
    code = f"""if True:
        import sys
        from pathlib import Path
        from tests.components.check_quality.conftest import AS_OF
        from components.check_quality.check import check
        from components.check_quality.contract import parse_contract
        rows, findings = check(Path({str(tmp_path / "rows")!r}), parse_contract({contract!r}, AS_OF))
        assert {{finding.expectation.startswith("expect_") for finding in findings}} == {{True}}
        print("great_expectations" in sys.modules, sum(not finding.success for finding in findings))"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [loaded, broken]
