"""Contracts as Great Expectations is asked about them: each rule with what it is given, and `as_of` put in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from components.iceberg.tables import Column
from components.shell import schema
from components.shell.counts import counted
from components.shell.instants import EPOCH, format_instant
from components.shell.schema.rule import ANY, BOOLEAN, INSTANT, NUMBER, TEXT, VECTOR
from components.shell.schema.rules import instant

__all__ = [
    "ANY",
    "BOOLEAN",
    "INSTANT",
    "NUMBER",
    "TEXT",
    "VECTOR",
    "Contract",
    "Rule",
    "microseconds",
    "parse_contract",
]


@dataclass(frozen=True)
class Rule:
    """One expectation of a contract.

    `kind` is its key in the contract, `family` what its columns have to be for it to make sense, `arguments` what Great
    Expectations is given (instants as microseconds since the epoch), `text` what a person reads, `given` the rule as it
    was written, None for what columns imply.
    """

    kind: str
    columns: tuple[str, ...]
    severity: str
    text: str
    family: str = ANY
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    given: schema.Rule | None = None


@dataclass(frozen=True)
class Contract:
    """The columns in order, empty where a contract names none, the rules, and the contract as it was written."""

    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    given: schema.Contract


def parse_contract(document: Mapping[str, Any], as_of: datetime) -> Contract:
    """The contract in a step's parameter, with `as_of` put in; raises as `schema.Contract.parse`."""
    promised = schema.Contract.parse(document)
    rules = (_rule(rule, as_of) for rule in promised.rules)
    return Contract(promised.columns, (*_schema_rules(promised.columns), *rules), promised)


def microseconds(instant: datetime) -> int:
    """Microseconds between the epoch and the instant, exactly."""
    passed = instant - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _schema_rules(columns: Sequence[Column]) -> Iterator[Rule]:
    if columns:
        names = [column.name for column in columns]
        text = f"{counted(len(names), 'column')} in the contract's order"
        yield Rule("columns", (), schema.ERROR, text, arguments={"column_list": names})
    for column in columns:
        # Whether parts of a value may be null is seen in the values; most who write Parquet allow it in the type.
        arguments = {"value_set": [column.type.replace("!", "")]}
        yield Rule("type", (column.name,), schema.ERROR, column.type, arguments=arguments)
    for column in columns:
        if column.required:
            yield Rule("not_null", (column.name,), schema.ERROR, "never null")
        if "!" in column.type:
            text = f"nothing null within, as {column.type} says"
            yield Rule(
                "not_null_within", (column.name,), schema.ERROR, text, arguments={"type": column.type, "max_value": 0}
            )


def _rule(rule: schema.Rule, as_of: datetime) -> Rule:
    find: Callable[[Any, datetime], dict[str, Any]] = _ARGUMENTS.get(type(rule), _nothing)
    kind = rule.type if isinstance(rule, schema.Expect) else rule.part
    text = f"not after {format_instant(as_of)}" if isinstance(rule, schema.NotAfterAsOf) else rule.text
    return Rule(kind, rule.named, rule.severity, text, rule.kind_of_columns, find(rule, as_of), rule)


def _nothing(_rule: schema.Rule, _as_of: datetime) -> dict[str, Any]:
    return {}


def _bounds(rule: Any, _as_of: datetime) -> dict[str, Any]:
    given = {"min_value": rule.min, "max_value": rule.max}
    return {name: _number(bound) for name, bound in given.items() if bound is not None}


def _number(bound: float | str) -> float:
    return microseconds(instant(bound)) if isinstance(bound, str) else float(bound)


def _waiting_bounds(rule: Any, as_of: datetime) -> dict[str, Any]:
    return _bounds(rule, as_of) | {"from_rows": int(rule.from_rows)}


_ARGUMENTS: Mapping[type[schema.Rule], Callable[[Any, datetime], dict[str, Any]]] = {
    schema.Unique: lambda rule, _: {"column_list": list(rule.columns)},
    schema.OneOf: lambda rule, _: {"value_set": list(rule.values)},
    schema.Between: _bounds,
    schema.RowCount: _bounds,
    schema.Share: _waiting_bounds,
    schema.Mean: _waiting_bounds,
    schema.Ordered: lambda _rule, _: {"max_value": 0},
    schema.MaxGap: lambda rule, _: {"max_value": float(rule.max_hours), "from_rows": int(rule.from_rows)},
    schema.NotAfterAsOf: lambda _rule, as_of: {"max_value": microseconds(as_of)},
}
