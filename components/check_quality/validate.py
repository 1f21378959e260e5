"""Rules as expectations of Great Expectations, and the verdict on each, on a frame."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from components.check_quality.contract import Rule
from components.check_quality.facts import FACTS
from components.check_quality.outcomes import Expectation, Verdict
from components.check_quality.plain import plain_verdict
from components.shell.schema import Expect

if TYPE_CHECKING:
    from components.check_quality.library import Library

_BETWEEN = "expect_column_values_to_be_between"
_IN_SET = "expect_column_values_to_be_in_set"
_ONCE = "expect_column_values_to_be_unique"
# Facts are counted while the rows stream by, and then checked as values of a frame of one row; so are counts of breaks.
_EXPECTATIONS = {
    "columns": "expect_table_columns_to_match_ordered_list",
    "type": _IN_SET,
    "sets": _IN_SET,
    "not_null": "expect_column_values_to_not_be_null",
    "unique": "expect_compound_columns_to_be_unique",
    "ranges": _BETWEEN,
    "not_after_as_of": _BETWEEN,
    **dict.fromkeys(FACTS, _BETWEEN),
}


class Validator:
    """Validates rules; Great Expectations is started with the first rule that needs it."""

    @cached_property
    def _library(self) -> "Library":
        from components.check_quality.library import Library  # noqa: PLC0415 - it takes seconds to load

        return Library()

    def verdicts(self, rules: Sequence[Rule], frame: pd.DataFrame) -> list[Verdict]:
        """The verdict on each rule, in order."""
        asked = [expectation(rule) for rule in rules]
        plain = [plain_verdict(each.expectation, each.arguments, frame) for each in asked]
        left = [each for each, verdict in zip(asked, plain, strict=True) if verdict is None]
        others = iter(self._library.verdicts(left, frame) if left else ())
        return [verdict or next(others) for verdict in plain]


def refused(rule: Rule, why: str) -> Verdict:
    """The verdict on a rule that cannot be checked."""
    return expectation(rule).refused(why)


def fact(rule: Rule) -> str:
    """The name of the one-row frame's column that holds what was counted for the rule."""
    return f"{rule.kind}:{','.join(rule.columns)}:{rule.text}"


def expectation(rule: Rule) -> Expectation:
    """The expectation that stands for the rule."""
    if isinstance(rule.given, Expect) and rule.kind not in _EXPECTATIONS:
        # Whether `mostly` is kept shows once all parts are checked.
        named = {name: value for name, value in rule.given.kwargs.items() if name != "mostly"}
        return Expectation(rule.given.type, named, rule.severity)
    return Expectation(*_put(rule), rule.severity)


def _put(rule: Rule) -> tuple[str, Mapping[str, Any]]:
    """The expectation for a rule of our own, and its arguments."""
    kind = _EXPECTATIONS.get(rule.kind)
    arguments = {name: value for name, value in rule.arguments.items() if name not in ("from_rows", "type")}
    if kind is None:
        return _BETWEEN, {"column": fact(rule), "max_value": 0}
    if rule.kind in FACTS:
        return kind, {**arguments, "column": fact(rule)}
    if rule.kind == "columns":
        return kind, arguments
    if rule.kind == "unique":
        if len(rule.columns) == 1:
            return _ONCE, {"column": rule.columns[0]}
        return kind, {**arguments, "ignore_row_if": "any_value_is_missing"}
    (column,) = rule.columns
    return kind, {**arguments, "column": column}
