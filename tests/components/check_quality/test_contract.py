"""Contracts are read strictly: what makes no sense is refused with the near match."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from components.check_quality.contract import Rule, parse_contract
from components.shell.errors import ConfigurationError
from pipelines.moderation_training import CONTRACT

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
COLUMNS = [
    "id string!",
    "size long!",
    "ratio double",
    "flag boolean!",
    "made_at timestamptz!",
    "kind string",
    "price decimal(10,2)",
]


def rules(**document: Any) -> list[Rule]:
    """The rules of a contract that has these parts."""
    return list(parse_contract(document, AS_OF).rules)


def test_columns_give_order_types_and_nulls():
    """A column list stands for its order, each type, and each `!`."""
    found = rules(columns=["id string!", "kind string"])
    assert [(rule.kind, rule.columns) for rule in found] == [
        ("columns", ()),
        ("type", ("id",)),
        ("type", ("kind",)),
        ("not_null", ("id",)),
    ]


def test_the_moderation_contract_is_the_same_after_kfp():
    """KFP makes every number a float and forgets the order of keys."""
    as_kfp_has_it = json.loads(json.dumps(CONTRACT.document(), sort_keys=True), parse_int=float)
    assert parse_contract(as_kfp_has_it, AS_OF) == parse_contract(CONTRACT.document(), AS_OF)


def test_an_empty_contract_promises_nothing():
    """No part is required."""
    assert rules() == []


def test_severities_are_read_in_short_and_long_forms():
    """Every rule may be a warning; without a word it is an error."""
    found = rules(
        columns=COLUMNS,
        unique={"columns": ["id"], "severity": "warning"},
        sets={"kind": {"values": ["a"], "severity": "warning"}, "size": [1.0, 2.0]},
        ranges={"size": {"min": 1.0, "severity": "warning"}},
        row_count={"max": 5.0, "severity": "warning"},
        shares={"flag": {"max": 0.5, "severity": "warning"}},
        not_after_as_of=[{"column": "made_at", "severity": "warning"}],
    )
    warned = [rule.kind for rule in found if rule.severity == "warning"]
    assert warned == ["row_count", "unique", "sets", "ranges", "shares", "not_after_as_of"]


def test_instants_become_microseconds():
    """Bounds on instants and `as_of` are exact, whatever the year."""
    made, latest = rules(
        ranges={"made_at": {"min": "1970-01-01T00:00:01Z", "max": "9999-12-31T23:59:59.999999+00:00"}},
        not_after_as_of=["made_at"],
    )
    assert made.arguments == {"min_value": 1_000_000, "max_value": 253_402_300_799_999_999}
    assert made.text == "from 1970-01-01T00:00:01Z to 9999-12-31T23:59:59.999999Z"
    assert latest.arguments == {"max_value": 1_768_435_200_000_000}


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"colums": []}, "no key 'colums'; did you mean 'columns'?"),
        (
            {"columns": COLUMNS, "ranges": {"siz": {"min": 0}}},
            "ranges names column 'siz', which the contract does not have; did you mean 'size'?",
        ),
        ({"ranges": {"size": {"minimum": 0}}}, "ranges.size has no key 'minimum'; did you mean 'min'?"),
        ({"ranges": {"size": {}}}, "ranges.size needs min, max or both"),
        ({"ranges": {"size": {"min": 3, "max": 2}}}, "ranges.size has a min of 3 above its max of 2"),
        ({"ranges": {"size": {"min": "many"}}}, "'many' is not an instant"),
        ({"ranges": {"size": {"min": True}}}, "ranges.size needs numbers"),
        ({"ranges": {"size": {"min": float("nan")}}}, "ranges.size needs numbers"),
        (
            {"ranges": {"made_at": {"min": "2026-01-01T00:00:00Z", "max": 3}}},
            "ranges.made_at needs numbers, or instants",
        ),
        ({"ranges": ["size"]}, "ranges must be a dictionary by column"),
        (
            {"columns": COLUMNS, "ranges": {"kind": {"min": 0}}},
            "ranges of column 'kind' is for a number, but the column is string",
        ),
        (
            {"columns": COLUMNS, "ranges": {"made_at": {"min": 0}}},
            "ranges of column 'made_at' is for a number, but the column is timestamptz",
        ),
        (
            {"columns": COLUMNS, "shares": {"size": {"max": 0.5}}},
            "shares of column 'size' is for a boolean, but the column is long",
        ),
        (
            {"columns": COLUMNS, "not_after_as_of": ["size"]},
            "not_after_as_of of column 'size' is for an instant, but the column is long",
        ),
        ({"columns": COLUMNS, "sets": {"size": ["a"]}}, "sets of column 'size' is for a text, but the column is long"),
        ({"shares": {"flag": {"max": 1.5}}}, "shares.flag needs fractions from 0 to 1"),
        ({"shares": {"flag": {"max": 0.5, "from_rows": -1}}}, "must be whole and not negative"),
        ({"row_count": {"min": 0.5}}, "must be whole and not negative"),
        ({"row_count": 5}, "row_count must be a dictionary"),
        ({"sets": {"size": []}}, "sets.size must be a list with at least one entry"),
        ({"sets": {"size": [1, "a"]}}, "sets.size must hold numbers or texts, not both"),
        ({"sets": {"size": {"severity": "error"}}}, "sets.size needs values"),
        ({"unique": []}, "unique must be a list"),
        ({"unique": ["id", "id"]}, "unique must name columns, each once"),
        (
            {"unique": {"columns": ["id"], "severity": "fatal"}},
            "severity of unique must be error or warning, not 'fatal'",
        ),
        ({"not_after_as_of": "made_at"}, "not_after_as_of must be a list"),
        ({"columns": ["id text"]}, "column 'id' has unknown type 'text'"),
        ({"columns": ["id string", "id long"]}, "'id' is there twice"),
        ({"columns": "id string"}, "columns must be a list"),
    ],
)
def test_what_makes_no_sense_is_refused(part: dict[str, Any], says: str):
    """One line, naming the place and, for a slip of the pen, the near match; exit code 11."""
    with pytest.raises(ConfigurationError) as caught:
        rules(**part)
    assert says in str(caught.value)
    assert caught.value.exit_code == 11
