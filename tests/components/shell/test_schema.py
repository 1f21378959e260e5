"""Tables and contracts as values: a slip of the pen dies where it is written, with the near match."""

import json
import subprocess
import sys
from collections.abc import Callable
from inspect import getsourcelines
from typing import Any

import pytest

from components.shell.errors import ConfigurationError
from components.shell.schema import (
    Between,
    Change,
    Compare,
    Continuous,
    Contract,
    Distinct,
    Drift,
    Expect,
    Late,
    MaxGap,
    Mean,
    NotAfterAsOf,
    OneOf,
    Ordered,
    References,
    RowCount,
    Share,
    Table,
    Tree,
    Unique,
    Vectors,
    columns,
)
from components.shell.schema.columns import parse_type
from pipelines import event_aggregation, feed_ranking, moderation_training

COLUMNS = columns(
    "article_id string!",
    "parent_id string",
    "day date!",
    "seen_at timestamptz!",
    "sales long!",
    "price decimal(20, 9)",
    "sold boolean",
    "vector list<float!>!",
    "place struct<lat double!, tags list<string>>",
)
MATCH = "expect_column_values_to_match_regex"


# Each slip, the text on the line where it stands, and what is said of it.
SLIPS: dict[str, tuple[Callable[[], object], str, str]] = {
    "type": (lambda: columns("a string!", "b strng"), "strng", "unknown type 'strng'; did you mean 'string'?"),
    "nested type": (lambda: columns("a list<flot!>"), "flot", "unknown type 'flot'; did you mean 'float'?"),
    "field of a struct": (lambda: columns("a struct<b>"), "struct<b>", "field 'b' is not written 'name type'"),
    "argument of a table": (
        lambda: Table("a.b", COLUMNS, partion={"day": "month"}),  # type: ignore[call-arg]  # the slip
        "partion",
        "Table has no argument 'partion'; did you mean 'partition'?",
    ),
    "column of a partition": (
        lambda: Table("a.b", COLUMNS, partition={"dya": "month"}),
        '"dya"',
        "partition names column 'dya', which it does not have; did you mean 'day'?",
    ),
    "transform": (
        lambda: Table(
            "a.b",
            COLUMNS,
            partition={
                "day": "mont",
            },
        ),
        '"mont"',
        "partition of 'day' by 'mont' is unknown; did you mean 'month'?",
    ),
    "transform of a type": (
        lambda: Table("a.b", COLUMNS, partition={"day": "hour"}),
        '"hour"',
        "'day' of type date cannot be partitioned by hour",
    ),
    "interval column": (
        lambda: Table("a.b", COLUMNS, interval_column="sen_at"),
        "sen_at",
        "must be a column of type timestamptz! or date!; did you mean 'seen_at'?",
    ),
    "late of days": (
        lambda: Table("a.b", COLUMNS, interval_column="day", late=Late(["article_id"], ["sales"])),
        "late=",
        "late needs an interval_column of type timestamptz!",
    ),
    "column of a rule": (
        lambda: Contract(
            COLUMNS,
            Unique(["article_id"]),
            Between("sale", min=0),
        ),
        "Between(",
        "ranges names column 'sale', which the contract does not have; did you mean 'sales'?",
    ),
    "argument of a rule": (
        lambda: Between("sales", mim=0),  # type: ignore[call-arg]  # the slip
        "mim",
        "Between has no argument 'mim'; did you mean 'min'?",
    ),
    "family": (
        lambda: Contract(COLUMNS, Share("sales", max=0.5)),
        "Share(",
        "shares of column 'sales' is for a boolean, but the column is long",
    ),
    "vectors of no vector": (
        lambda: Contract(COLUMNS, Vectors("sales", 3)),
        "Vectors(",
        "vectors of column 'sales' is for a vector, but the column is long",
    ),
    "a dimension that is no number": (
        lambda: Contract(COLUMNS, Vectors("vector", "sold")),
        "Vectors(",
        "takes its dimension from a whole number, but 'sold' is boolean",
    ),
    "a dimension that is nowhere": (
        lambda: Contract(COLUMNS, Vectors("vector", "sale")),
        "Vectors(",
        "vectors names column 'sale', which the contract does not have; did you mean 'sales'?",
    ),
    "hours of days": (
        lambda: Contract(COLUMNS, Continuous("day", "1h", ["article_id"])),
        "Continuous(",
        "continuous of column 'day', which is date, has a step of 1h",
    ),
    "a day to start at": (
        lambda: Continuous("day", "1d", ["article_id"], starts=1),
        "starts",
        "continuous.day starts at 1 with a step of 1d; both must be whole numbers",
    ),
    "half a start": (
        lambda: Continuous("sales", "1", starts=0.5),
        "starts",
        "continuous.sales starts at 0.5 with a step of 1",
    ),
    "comparison of kinds": (
        lambda: Contract(COLUMNS, Compare("day <= sales")),
        "Compare(",
        "compare has 'day', which is date, beside 'sales', which is long",
    ),
    "an instant to a day": (
        lambda: Contract(COLUMNS, Between("day", max="2026-01-15T00:00:00Z")),
        "Between(",
        "which is date, has the bound '2026-01-15T00:00:00Z'; whose day it is depends on a zone",
    ),
    "a day to instants": (
        lambda: Contract(COLUMNS, Between("seen_at", min="2015-01-01T00:00:00Z", max="2026-01-15")),
        "Between(",
        "ranges of column 'seen_at', which is timestamptz, has the bound '2026-01-15'; whose day it is",
    ),
    "days and as_of": (
        lambda: Contract(COLUMNS, NotAfterAsOf("day")),
        "NotAfterAsOf(",
        "not_after_as_of of column 'day' is for an instant, but the column is date; whose day it is",
    ),
    "a key of lists": (
        lambda: Contract(COLUMNS, Unique(["article_id", "vector"])),
        "Unique(",
        "unique names column 'vector', which is list<float!> and cannot be a key",
    ),
    "comparison across zones": (
        lambda: Contract(COLUMNS, Compare("day <= seen_at")),
        "Compare(",
        "whose day it is depends on a zone",
    ),
    "operator": (lambda: Compare("day => day"), "=>", "not 'day => day'; operators are < <= = != >= >"),
    "name of an expectation": (
        lambda: Expect("expect_column_values_to_match_regx", {}),
        "regx",
        f"did you mean '{MATCH}'?",
    ),
    "argument of an expectation": (
        lambda: Expect(MATCH, {"column": "article_id", "regx": "^0"}),
        '"regx"',
        f"{MATCH} has no argument 'regx'; did you mean 'regex'?",
    ),
    "regular expression": (
        lambda: Expect(MATCH, {"column": "article_id", "regex": "^(0"}),
        "regex",
        f"'^(0' of {MATCH} is no regular expression: missing ), unterminated subpattern",
    ),
    "regular expression of a list": (
        lambda: Expect(f"{MATCH}_list", {"column": "article_id", "regex_list": ["^0", "*"]}),
        "regex_list",
        "'*' of expect_column_values_to_match_regex_list is no regular expression: nothing to repeat",
    ),
    "list of regular expressions that is none": (
        lambda: Expect(f"{MATCH}_list", {"column": "article_id", "regex_list": "^0"}),
        "regex_list",
        "must be a list, not '^0'",
    ),
    "interpolation of quantiles": (
        lambda: Expect(
            "expect_column_quantile_values_to_be_between",
            {
                "column": "sales",
                "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]},
                "allow_relative_error": "liner",
            },
        ),
        '"allow_relative_error"',
        "has no allow_relative_error 'liner'; did you mean 'linear'?",
    ),
    "column of an expectation": (
        lambda: Contract(COLUMNS, Expect(MATCH, {"column": "articl_id", "regex": "^0"})),
        "articl_id",
        "did you mean 'article_id'?",
    ),
    "expectation that needs all rows": (
        lambda: Expect("expect_column_values_to_be_unique", {"column": "article_id"}),
        "to_be_unique",
        "cannot be judged while rows stream by; write Unique",
    ),
    "argument that is no JSON": (
        lambda: Expect("expect_column_max_to_be_between", {"column": "day", "max_value": {1, 2}}),
        "expect_column_max",
        "has an argument that is no JSON",
    ),
    "null in an argument": (
        lambda: Expect("expect_column_max_to_be_between", {"column": "day", "max_value": None}),
        "None",
        "has an argument with a null",
    ),
    "change of nothing": (lambda: Change(), "Change(", "change needs max_drop, max_growth or max_gone"),  # noqa: PLW0108 - the line that is told
    "half a reference": (lambda: References(["article_id"]), "References(", "references needs a table"),
    "a rule of a column twice": (
        lambda: Contract(COLUMNS, Between("sales", min=0), Between("sales", max=9, severity="warning")),
        "Between(",
        "ranges.sales is there twice",
    ),
    "a rule twice": (lambda: Contract(COLUMNS, RowCount(1), RowCount(2)), "RowCount(", "row_count is there twice"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_at_its_line_with_the_near_match(name: str) -> None:
    """One line: file and line as written, what is wrong, and what was probably meant."""
    write, written, says = SLIPS[name]
    with pytest.raises(ConfigurationError) as caught:
        write()
    assert says in str(caught.value)
    lines, first = getsourcelines(write)
    told = [number for number, line in enumerate(lines, first) if written in line]
    assert f"test_schema.py:{told[0]}: " in str(caught.value)


RULES = (
    Unique(["article_id", "day"]),
    OneOf("article_id", ["0108775015"], severity="warning"),
    Between("day", min="2020-02-29"),
    Between("sales", max=3, severity="warning"),
    RowCount(min=1),
    Share("sold", max=0.5, from_rows=10),
    Mean("sales", min=1),
    Ordered("seen_at", severity="warning"),
    MaxGap("seen_at", max_hours=1.5),
    NotAfterAsOf("seen_at"),
    Vectors("vector", 384, min_norm=0.999, max_norm=1.001),
    Continuous("day", "1d", ["article_id"]),
    Continuous("sales", "1", starts=0),
    Compare("sales <= price", tolerance=1e-9),
    References(["article_id"], "retail.articles", min_share=0.9),
    References(["parent_id"], to=["article_id"]),
    Tree("article_id", "parent_id"),
    Distinct(["article_id", "day"], min=2, max_share=1),
    Change(max_drop=0.2, max_growth=3, key=["article_id"], max_gone=0.1),
    Drift("sales", max=0.5, severity="warning"),
    Expect(MATCH, {"column": "article_id", "regex": "^0", "mostly": 0.9}, severity="warning"),
)


def after_kfp(document: Any) -> Any:
    """The document as KFP hands it on: keys sorted, each number a float."""
    return json.loads(json.dumps(document, sort_keys=True), parse_int=float)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.part)
def test_a_rule_is_the_same_after_kfp(rule: Any) -> None:
    """JSON and back, with whole numbers as floats, is the same rule with the same words."""
    contract = Contract(COLUMNS, rule)
    again = Contract.parse(after_kfp(contract.document()))
    assert again.rules == contract.rules
    assert again.rules[0].text == rule.text
    assert again.columns == COLUMNS


def test_rules_that_need_more_than_their_rows_are_known() -> None:
    """A pipeline sees whether a step with the catalog has to read something first."""
    assert [rule.part for rule in Contract(COLUMNS, *RULES).beyond] == ["references", "change", "drift"]


@pytest.mark.parametrize(
    "table",
    [
        moderation_training.TABLE,
        feed_ranking.TABLE,
        *event_aggregation.WINDOWS.values(),
        Table("retail.articles", COLUMNS, {"day": "month", "article_id": "bucket[4]"}, "day", {"price": "null"}),
    ],
    ids=lambda table: table.name,
)
def test_a_table_is_the_same_after_kfp(table: Table) -> None:
    """Its partition follows the columns, whatever order the keys have."""
    again = Table.parse(after_kfp(table.document()))
    assert again == table
    assert list(again.partition.items()) == list(table.partition.items())


@pytest.mark.parametrize("text", ["list<struct<a list<int>, b decimal(9,2)!>!>", "struct<a struct<b date!>>"])
def test_types_are_written_as_they_are_read(text: str) -> None:
    """Types within types, each with its own `!`."""
    assert str(parse_type(text)) == text


def test_importing_pipelines_loads_no_library_for_data() -> None:
    """Definitions are checked at import, by the standard library alone; KFP itself is what they are written in."""
    heavy = ("pandas", "pyarrow", "duckdb", "pyiceberg", "ibis", "great_expectations", "numpy", "sqlalchemy")
    code = (
        "import importlib, pkgutil, sys, pipelines\n"
        "for one in pkgutil.iter_modules(pipelines.__path__):\n"
        "    if not one.ispkg and one.name != 'cli': importlib.import_module(f'pipelines.{one.name}')\n"
        f"print(*[name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == ""
