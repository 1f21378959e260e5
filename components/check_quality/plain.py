"""Verdicts that a few lines of pandas give: most rules are of these kinds, and the library takes seconds to start.

The comparisons are the library's own, for the arguments that are certain; a test holds its verdicts beside these, kept
and broken, and the rows that break a rule. Other expectations and other arguments are put to the library.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from components.check_quality.outcomes import EXAMPLES, Verdict

_NOT_NULL = "expect_column_values_to_not_be_null"
# Whole numbers up to here are fractions too.
_EXACT = 2**53


def plain_verdict(expectation: str, arguments: Mapping[str, Any], frame: pd.DataFrame) -> Verdict | None:
    """The verdict on an expectation, with these arguments, of the frame; None where it is the library's to give."""
    if expectation == "expect_table_columns_to_match_ordered_list":
        return _in_order(expectation, frame, arguments.get("column_list"))
    if not frame.columns.is_unique:
        return None
    if expectation == "expect_compound_columns_to_be_unique":
        return _unique(expectation, frame, **arguments)
    if expectation not in (_NOT_NULL, *_LOOKS) or arguments.get("column") not in frame:
        return None
    others = {name: value for name, value in arguments.items() if name != "column"}
    column = frame[arguments["column"]]
    if expectation == _NOT_NULL:
        return None if others else _verdict(expectation, column, column.isna())
    known = column.dropna()
    breaks = _LOOKS[expectation](known, **others)
    return None if breaks is None else _verdict(expectation, known, breaks)


def _in_order(expectation: str, frame: pd.DataFrame, columns: Any) -> Verdict | None:
    if not isinstance(columns, list):
        return None
    kept = list(frame.columns) == columns
    return Verdict(expectation, success=kept, unexpected=0, examples=(), row_numbers=())


def _verdict(expectation: str, judged: "pd.Series[Any] | pd.DataFrame", breaks: "pd.Series[bool]") -> Verdict:
    """What is said of the values of a column, or of the rows of several, of which these break the rule."""
    broken = judged[breaks]
    shown = broken[:EXAMPLES]
    return Verdict(
        expectation,
        success=broken.empty,
        unexpected=len(broken),
        examples=tuple(shown.to_dict("records") if isinstance(shown, pd.DataFrame) else shown.tolist()),
        row_numbers=tuple(int(row) for row in shown.index),
        judged=len(judged),
    )


def _unique(
    expectation: str, frame: pd.DataFrame, column_list: Any = (), ignore_row_if: str = "", **others: Any
) -> Verdict | None:
    if others or ignore_row_if != "any_value_is_missing":
        return None
    known = frame[list(column_list)].dropna()
    return _verdict(expectation, known, known.duplicated(keep=False))


def _once(known: "pd.Series[Any]", **others: Any) -> "pd.Series[bool] | None":
    return None if others else known.duplicated(keep=False)


def _among(known: "pd.Series[Any]", value_set: Any = None, **others: Any) -> "pd.Series[bool] | None":
    return None if others or not isinstance(value_set, list) or not value_set else ~known.isin(value_set)


def _between(
    known: "pd.Series[Any]", min_value: Any = None, max_value: Any = None, **others: Any
) -> "pd.Series[bool] | None":
    bounds = [bound for bound in (min_value, max_value) if bound is not None]
    # Of other numbers, pandas would round the bounds to what the column holds; the library makes fractions of all.
    exact = known.dtype in (np.dtype("int64"), np.dtype("float64"))
    if others or not bounds or not exact or not all(type(bound) in (int, float) for bound in bounds):
        return None
    if not all(-_EXACT < bound < _EXACT for bound in bounds if isinstance(bound, int)):
        return None
    # Bounds that contradict each other are refused by the library, with or without rows.
    if len(bounds) > 1 and not min_value <= max_value:
        return None
    kept = pd.Series(data=True, index=known.index)
    if min_value is not None:
        kept &= known >= min_value
    return ~(kept if max_value is None else kept & (known <= max_value))


def _matching(known: "pd.Series[Any]", regex: Any = None, **others: Any) -> "pd.Series[bool] | None":
    if others or not isinstance(regex, str):
        return None
    try:
        return ~known.astype(str).str.contains(regex)
    except (ValueError, NotImplementedError, re.error):
        return None


_LOOKS: Mapping[str, Callable[..., "pd.Series[bool] | None"]] = {
    "expect_column_values_to_be_unique": _once,
    "expect_column_values_to_be_in_set": _among,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_match_regex": _matching,
}
