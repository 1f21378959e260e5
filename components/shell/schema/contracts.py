"""Contracts: what a dataset promises, as a value that is checked where it is written (docs/contracts.md)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from components.shell.counts import counted
from components.shell.schema.columns import Column, parsed
from components.shell.schema.expectations import Expect
from components.shell.schema.rule import BOOLEAN, INSTANT, NUMBER, TEXT, VECTOR, Rule, decoded, encoded
from components.shell.schema.rule import senseless as wrong
from components.shell.schema.rules import (
    Between,
    MaxGap,
    Mean,
    NotAfterAsOf,
    OneOf,
    Ordered,
    RowCount,
    Share,
    Unique,
)
from components.shell.schema.wide_rules import Change, Compare, Continuous, Distinct, Drift, References, Tree, Vectors
from components.shell.schema.written import near

KINDS: Mapping[str, type[Rule]] = {
    kind.part: kind
    for kind in (
        RowCount, Unique, OneOf, Between, Share, Mean, Ordered, MaxGap, NotAfterAsOf, Vectors, Continuous, Compare,
        References, Tree, Distinct, Change, Drift, Expect,
    )
}  # fmt: skip
_FAMILIES = {
    "string": TEXT, "int": NUMBER, "long": NUMBER, "float": NUMBER, "double": NUMBER, "decimal": NUMBER,
    "boolean": BOOLEAN, "date": INSTANT, "timestamp": INSTANT, "timestamptz": INSTANT,
}  # fmt: skip
_VECTORS = ("list<float", "list<double")


class Contract:
    """What the rows of a dataset promise: columns (empty where nothing is said of them), and rules.

    Raises:
        ConfigurationError: a rule names no column, or one of another kind; file, line and the near match are named.
    """

    __slots__ = ("columns", "rules")

    def __init__(self, columns: Sequence[str | Column], *rules: Rule) -> None:
        self.columns: tuple[Column, ...] = parsed(columns, "the contract") if columns else ()
        self.rules: tuple[Rule, ...] = tuple(rules)
        for rule in rules:
            self._check(rule)
        encoded(rules)

    def __eq__(self, other: object) -> bool:
        """Whether both promise the same, in whatever order."""
        return isinstance(other, Contract) and self.document() == other.document()

    def __hash__(self) -> int:
        """A number that is the same for equal contracts."""
        return hash(self.columns)

    def __repr__(self) -> str:
        """The contract for people who debug."""
        return f"Contract({counted(len(self.columns), 'column')}, {counted(len(self.rules), 'rule')})"

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """The contract in a dictionary that `document` made.

        Dictionaries that went through KFP hold every number as a float and have lost the order of their keys: rules
        therefore come in the order of their kinds, and then by column.

        Raises:
            ConfigurationError: a key or column is unknown (the near match is named), or a value makes no sense.
        """
        known = ("columns", *KINDS)
        for key in sorted(document):
            if key not in known:
                raise wrong(f"the contract has no key '{key}'{near(key, known)}")
        given = document.get("columns")
        if given is not None and (not isinstance(given, list | tuple) or not given):
            raise wrong('columns must be a list such as ["image_id string!", "category string"]')
        return cls(given or (), *_rules(document))

    def document(self) -> dict[str, Any]:
        """The contract as JSON, for the parameter of a step."""
        columns = {"columns": [str(column) for column in self.columns]} if self.columns else {}
        return {**columns, **encoded(self.rules)}

    @property
    def beyond(self) -> tuple[Rule, ...]:
        """The rules that need another table or what came before: a step that has the catalog reads what they need."""
        return tuple(
            rule
            for rule in self.rules
            if isinstance(rule, Change | Drift) or (isinstance(rule, References) and rule.table)
        )

    def _check(self, rule: Rule) -> None:
        types = {column.name: column.type for column in self.columns}
        for name in rule.named if types else ():
            if name not in types:
                what = f"{rule.part} names column '{name}', which the contract does not have{near(name, list(types))}"
                raise rule.wrong(what, name)
        families = {name: family_of(type_) for name, type_ in types.items()}
        if types and (what := rule.misfit(types, families)):
            raise rule.wrong(f"{rule.part} {what}", (rule.named or (rule.part,))[0])


def family_of(type_: str) -> str:
    """What rules can be held against values of the type, such as `number`; `other` where hardly any can."""
    if type_.startswith(_VECTORS):
        return VECTOR
    return _FAMILIES.get(type_.partition("(")[0], "other")


def _rules(document: Mapping[str, Any]) -> Iterator[Rule]:
    for part, kind in KINDS.items():
        if part in document:
            yield from decoded(kind, document[part])
