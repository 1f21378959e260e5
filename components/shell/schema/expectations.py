"""Great Expectations by their own names: which there are, and with which arguments (docs/contracts.md).

The table is written out, for importing the library takes two seconds; a test holds it against the library's own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from components.shell.schema.rule import SEE, Rule, is_number, spelled
from components.shell.schema.written import near, value

# Name without its `expect_`, then arguments; those with a ! must be given. Checked row by row, as the rows stream by.
_ROWS = """
    column_pair_values_a_to_be_greater_than_b column_A! column_B! mostly or_equal ignore_row_if
    column_pair_values_to_be_equal column_A! column_B! mostly ignore_row_if
    column_pair_values_to_be_in_set column_A! column_B! value_pairs_set! mostly ignore_row_if
    column_value_lengths_to_be_between column! mostly min_value max_value strict_min strict_max
    column_value_lengths_to_equal column! value! mostly
    column_values_to_be_between column! mostly min_value max_value strict_min strict_max
    column_values_to_be_dateutil_parseable column! mostly
    column_values_to_be_in_set column! value_set! mostly
    column_values_to_be_json_parseable column! mostly
    column_values_to_be_null column! mostly
    column_values_to_match_json_schema column! json_schema! mostly
    column_values_to_match_regex column! mostly regex
    column_values_to_match_regex_list column! regex_list! mostly match_on
    column_values_to_match_strftime_format column! strftime_format! mostly
    column_values_to_not_be_in_set column! value_set! mostly
    column_values_to_not_be_null column! mostly
    column_values_to_not_match_regex column! regex! mostly
    column_values_to_not_match_regex_list column! regex_list! mostly
    multicolumn_sum_to_equal column_list! sum_total! mostly ignore_row_if
    multicolumn_values_to_be_equal column_list! mostly ignore_row_if
    select_column_values_to_be_unique_within_record column_list! mostly ignore_row_if
"""
# Checked by one figure over all rows.
_WHOLE = """
    column_distinct_values_to_be_in_set column! value_set!
    column_distinct_values_to_contain_set column! value_set!
    column_distinct_values_to_equal_set column! value_set!
    column_max_to_be_between column! min_value max_value strict_min strict_max
    column_mean_to_be_between column! min_value max_value strict_min strict_max
    column_median_to_be_between column! min_value max_value strict_min strict_max
    column_min_to_be_between column! min_value max_value strict_min strict_max
    column_most_common_value_to_be_in_set column! value_set! ties_okay
    column_proportion_of_non_null_values_to_be_between column! min_value max_value strict_min strict_max
    column_proportion_of_unique_values_to_be_between column! min_value max_value strict_min strict_max
    column_quantile_values_to_be_between column! quantile_ranges! allow_relative_error
    column_stdev_to_be_between column! min_value max_value strict_min strict_max
    column_sum_to_be_between column! min_value max_value strict_min strict_max
    column_unique_value_count_to_be_between column! min_value max_value strict_min strict_max
    table_row_count_to_be_between min_value max_value strict_min strict_max
    table_row_count_to_equal value!
"""
# Checked by the columns there are.
_TABLE = """
    column_to_exist column! column_index
    table_column_count_to_be_between min_value max_value
    table_column_count_to_equal value!
    table_columns_to_match_ordered_list column_list
    table_columns_to_match_set column_set exact_match
"""
# What is there and cannot be judged so, or is said better by a rule of ours; empty where nothing else says it.
ELSEWHERE = {
    "expect_column_kl_divergence_to_be_less_than": "",
    "expect_column_type_to_be": "the contract's columns",
    "expect_column_value_z_scores_to_be_less_than": "Between",
    "expect_column_values_to_be_decreasing": "Compare",
    "expect_column_values_to_be_in_type_list": "the contract's columns",
    "expect_column_values_to_be_increasing": "Ordered",
    "expect_column_values_to_be_of_type": "the contract's columns",
    "expect_column_values_to_be_unique": "Unique",
    "expect_column_values_to_match_like_pattern": "expect_column_values_to_match_regex",
    "expect_column_values_to_match_like_pattern_list": "expect_column_values_to_match_regex_list",
    "expect_column_values_to_not_be_outliers": "Between",
    "expect_column_values_to_not_match_like_pattern": "expect_column_values_to_not_match_regex",
    "expect_column_values_to_not_match_like_pattern_list": "expect_column_values_to_not_match_regex_list",
    "expect_compound_columns_to_be_unique": "Unique",
    "expect_multicolumn_values_to_be_unique": "Unique",
    "expect_query_results_to_match_comparison": "",
    "expect_table_row_count_to_equal_other_table": "Change",
    "unexpected_rows_expectation": "Compare",
}
# How a quantile between two values is found, by pandas' names.
_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")
_NAMING = ("column", "column_A", "column_B")


@dataclass(frozen=True)
class Interface:
    """What an expectation is checked on (`rows`, `whole`, `table`), and the arguments it must and may be given."""

    scope: str
    required: tuple[str, ...]
    optional: tuple[str, ...]


def _read(text: str, scope: str) -> dict[str, Interface]:
    interfaces = {}
    for line in text.strip().splitlines():
        name, *arguments = line.split()
        needed = tuple(one.removesuffix("!") for one in arguments if one.endswith("!"))
        interfaces[f"expect_{name}"] = Interface(scope, needed, tuple(one for one in arguments if one[-1] != "!"))
    return interfaces


KNOWN: Mapping[str, Interface] = {**_read(_ROWS, "rows"), **_read(_WHOLE, "whole"), **_read(_TABLE, "table")}


@value(SEE)
class Expect(Rule):
    """An expectation of Great Expectations, by its own name and arguments."""

    type: str
    kwargs: Mapping[str, Any]
    part: ClassVar[str] = "expectations"
    form: ClassVar[str] = "each"

    def check(self) -> None:
        """See that the library has it, with these arguments."""
        if self.type in ELSEWHERE:
            instead = f"; write {ELSEWHERE[self.type]}" if ELSEWHERE[self.type] else ""
            raise self.wrong(f"{self.type} cannot be judged while rows stream by{instead}", str(self.type))
        if self.type not in KNOWN:
            raise self.wrong(f"Great Expectations has no {self.type!r}{near(self.type, list(KNOWN))}", str(self.type))
        if not isinstance(self.kwargs, Mapping):
            raise self.wrong(f"{self.type} needs a dictionary of arguments", self.type)
        known = (*self.interface.required, *self.interface.optional)
        for name in self.kwargs:
            if name not in known:
                raise self.wrong(f"{self.type} has no argument '{name}'{near(name, known)}", name)
        if missing := next((name for name in self.interface.required if name not in self.kwargs), None):
            raise self.wrong(f"{self.type} needs {missing}", self.type)
        self._check_values()
        object.__setattr__(self, "kwargs", _whole(self.kwargs))

    def _check_values(self) -> None:
        try:
            written = json.dumps(self.kwargs, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise self.wrong(f"{self.type} has an argument that is no JSON: {error}", self.type) from None
        if _holds_null(json.loads(written)):
            raise self.wrong(f"{self.type} has an argument with a null, which KFP cannot hand on", "None")
        self._check_regexes()
        how = self.kwargs.get("allow_relative_error", False)
        if how is not False and how not in _INTERPOLATIONS:
            what = f"{self.type} has no allow_relative_error {how!r}{near(how, _INTERPOLATIONS)}"
            raise self.wrong(what, "allow_relative_error")
        mostly = self.kwargs.get("mostly", 1)
        if not is_number(mostly) or not 0 <= mostly <= 1:
            raise self.wrong(f"mostly of {self.type} must be a fraction from 0 to 1, not {mostly!r}", "mostly")
        if wrong := next((one for one in self.named if not isinstance(one, str)), None):
            raise self.wrong(f"{self.type} names a column by {wrong!r}, which is no text", str(wrong))

    def _check_regexes(self) -> None:
        listed = self.kwargs.get("regex_list", [])
        if not isinstance(listed, list | tuple):
            raise self.wrong(f"regex_list of {self.type} must be a list, not {listed!r}", "regex_list")
        for regex in (*(self.kwargs[name] for name in ("regex",) if name in self.kwargs), *listed):
            try:
                re.compile(regex)
            except (TypeError, ValueError, OverflowError, RecursionError, re.error) as error:
                raise self.wrong(f"{regex!r} of {self.type} is no regular expression: {error}", "regex") from None

    def __hash__(self) -> int:
        """A number that is the same for equal rules."""
        return hash((self.type, self.severity, repr(sorted(self.kwargs.items()))))

    @property
    def interface(self) -> Interface:
        """What it is checked on, and its arguments."""
        return KNOWN[self.type]

    @property
    def named(self) -> tuple[str, ...]:
        """The columns among its arguments."""
        listed = self.kwargs.get("column_list") or () if self.interface.scope == "rows" else ()
        return (*(self.kwargs[name] for name in _NAMING if name in self.kwargs), *listed)

    @property
    def text(self) -> str:
        """The promise in words."""
        arguments = {name: given for name, given in self.kwargs.items() if name not in (*_NAMING, "column_list")}
        words = self.type.removeprefix("expect_").replace("_", " ")
        return ", ".join([words, *(f"{name} {_spelled(given)}" for name, given in sorted(arguments.items()))])


def _spelled(given: Any) -> str:
    return f"{', '.join(map(spelled, given))}" if isinstance(given, list | tuple) else spelled(given)


def _holds_null(given: Any) -> bool:
    parts = given.values() if isinstance(given, Mapping) else given if isinstance(given, list) else ()
    return given is None or any(map(_holds_null, parts))


def _whole(given: Any) -> Any:
    """The arguments with whole numbers as such, of which KFP makes floats."""
    if isinstance(given, Mapping):
        return {name: _whole(one) for name, one in given.items()}
    if isinstance(given, list | tuple):
        return [_whole(one) for one in given]
    return int(given) if isinstance(given, float) and given.is_integer() else given
