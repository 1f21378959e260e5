"""Verdicts that a few lines of pandas give: most contracts are kept, and the library takes seconds to start.

The comparisons are the library's own, for the arguments that are certain; a test holds its verdicts beside these. Rows
that are null are counted here. Whatever else is not seen to be kept is put to the library, which finds what breaks it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from components.check_quality.outcomes import EXAMPLES, Verdict

_NOT_NULL = "expect_column_values_to_not_be_null"


def plain_verdict(expectation: str, arguments: Mapping[str, Any], frame: pd.DataFrame) -> Verdict | None:
    """The verdict on an expectation, with these arguments, of the frame; None where it is the library's to give."""
    if expectation == "expect_table_columns_to_match_ordered_list":
        return _met(expectation, 0) if list(frame.columns) == arguments.get("column_list") else None
    if not frame.columns.is_unique:
        return None
    if expectation == "expect_compound_columns_to_be_unique":
        return _unique(expectation, frame, **arguments)
    if expectation not in (_NOT_NULL, *_LOOKS) or arguments.get("column") not in frame:
        return None
    others = {name: value for name, value in arguments.items() if name != "column"}
    column = frame[arguments["column"]]
    if expectation == _NOT_NULL:
        return None if others else _not_null(column)
    known = column.dropna()
    return _met(expectation, len(known)) if _LOOKS[expectation](known, **others) else None


def _met(expectation: str, judged: int) -> Verdict:
    return Verdict(expectation, success=True, unexpected=0, examples=(), places=(), judged=judged)


def _not_null(column: "pd.Series[Any]") -> Verdict:
    missing = column[column.isna()]
    return Verdict(
        _NOT_NULL,
        success=missing.empty,
        unexpected=len(missing),
        examples=tuple(missing[:EXAMPLES]),
        places=tuple(int(place) for place in missing.index[:EXAMPLES]),
        judged=len(column),
    )


def _unique(
    expectation: str, frame: pd.DataFrame, column_list: Any = (), ignore_row_if: str = "", **others: Any
) -> Verdict | None:
    if others or ignore_row_if != "any_value_is_missing":
        return None
    known = frame[list(column_list)].dropna()
    return None if known.duplicated().any() else _met(expectation, len(known))


def _once(known: "pd.Series[Any]", **others: Any) -> bool:
    return not others and not known.duplicated().any()


def _among(known: "pd.Series[Any]", value_set: Any = None, **others: Any) -> bool:
    return not others and isinstance(value_set, list) and bool(value_set) and bool(known.isin(value_set).all())


def _between(known: "pd.Series[Any]", min_value: Any = None, max_value: Any = None, **others: Any) -> bool:
    bounds = [bound for bound in (min_value, max_value) if bound is not None]
    # Of other numbers, pandas would round the bounds to what the column's type holds.
    exact = known.dtype in (np.dtype("int64"), np.dtype("float64"))
    if others or not bounds or not exact or not all(type(bound) in (int, float) for bound in bounds):
        return False
    # Bounds that contradict each other are refused by the library, with or without rows.
    sound = len(bounds) == 1 or min_value <= max_value
    low = min_value is None or bool((known >= min_value).all())
    return sound and low and (max_value is None or bool((known <= max_value).all()))


def _matching(known: "pd.Series[Any]", regex: Any = None, **others: Any) -> bool:
    if others or not isinstance(regex, str):
        return False
    try:
        return bool(known.astype(str).str.contains(regex).all())
    except (ValueError, re.error):
        return False


_LOOKS: Mapping[str, Callable[..., bool]] = {
    "expect_column_values_to_be_unique": _once,
    "expect_column_values_to_be_in_set": _among,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_match_regex": _matching,
}
