"""The conditions of `dsl.If`, `dsl.Elif` and `dsl.Else`, read into a small tree and evaluated without `eval`."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from stockpot.compiler.errors import Location
from stockpot.compiler.placeholders import Json, text_of


@dataclass(frozen=True)
class Literal:
    """A value written in the condition."""

    value: str | int | float | bool


@dataclass(frozen=True)
class Reference:
    """An input parameter of the conditional task, with its KFP type (`STRING`, `BOOLEAN`, `NUMBER_INTEGER`, …)."""

    name: str
    kind: str


Operand: TypeAlias = Literal | Reference


@dataclass(frozen=True)
class Comparison:
    """Two operands and the sign between them."""

    left: Operand
    sign: str
    right: Operand


@dataclass(frozen=True)
class Not:
    """True when the condition is not."""

    condition: "Condition"


@dataclass(frozen=True)
class Every:
    """True when all conditions are."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Some:
    """True when at least one condition is."""

    conditions: tuple["Condition", ...]


Condition: TypeAlias = Comparison | Not | Every | Some

NUMBERS = ("NUMBER_INTEGER", "NUMBER_DOUBLE")
_SIGNS: Mapping[str, Callable[[Json, Json], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_TOKEN = re.compile(
    r"\s*(?:(?P<input>inputs\.parameter_values\['(?P<name>[^']+)'\])|(?P<cast>int|double)\(|(?P<string>'[^']*')"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?P<truth>true|false)\b|(?P<sign>==|!=|>=|<=|>|<|&&|\|\||!|\(|\)))"
)


def parse_condition(text: str, kinds: Mapping[str, str], location: Location) -> Condition:
    """The tree of a condition; `kinds` gives the types of the parameters it may refer to.

    Raises:
        UnsupportedError: the text is no comparison of parameters and constants joined by `&&`, `||`, `!`.
    """
    return _Parser(text, kinds, location).whole()


def evaluate(condition: Condition, lookup: Callable[[str], Json]) -> bool:
    """Whether the condition holds; `lookup` gives the value (or its text) of an input parameter."""
    match condition:
        case Comparison(left, sign, right):
            kind = comparison_kind(left, right)
            return _SIGNS[sign](_coerced(_value(left, lookup), kind), _coerced(_value(right, lookup), kind))
        case Not(inner):
            return not evaluate(inner, lookup)
        case Every(conditions):
            return all(evaluate(inner, lookup) for inner in conditions)
        case Some(conditions):
            return any(evaluate(inner, lookup) for inner in conditions)


def comparison_kind(left: Operand, right: Operand) -> str:
    """What two operands are compared as: `number`, `boolean` or `string`."""
    kinds = {_kind(left), _kind(right)}
    return next((kind for kind in ("string", "boolean", "number") if kind in kinds), "string")


def references(condition: Condition) -> Iterator[str]:
    """The names of the parameters that the condition reads."""
    match condition:
        case Comparison(left, _, right):
            yield from (side.name for side in (left, right) if isinstance(side, Reference))
        case Not(inner):
            yield from references(inner)
        case Every(conditions) | Some(conditions):
            for inner in conditions:
                yield from references(inner)


def _kind(operand: Operand) -> str:
    if isinstance(operand, Reference):
        return "number" if operand.kind in NUMBERS else "boolean" if operand.kind == "BOOLEAN" else "string"
    return "boolean" if isinstance(operand.value, bool) else "string" if isinstance(operand.value, str) else "number"


def _value(operand: Operand, lookup: Callable[[str], Json]) -> Json:
    return lookup(operand.name) if isinstance(operand, Reference) else operand.value


def _coerced(value: Json, kind: str) -> Json:
    if kind == "number":
        return float(value)
    return text_of(value).lower() == "true" if kind == "boolean" else text_of(value)


class _Parser:
    """A recursive descent over `a && b || !(c)`, with `&&` binding tighter than `||`."""

    def __init__(self, text: str, kinds: Mapping[str, str], location: Location) -> None:
        self.text, self.kinds, self.location, self.at = text, kinds, location, 0

    def whole(self) -> Condition:
        condition = self._joined("||", lambda: self._joined("&&", self._single, Every), Some)
        if self.text[self.at :].strip():
            self._refuse()
        return condition

    def _joined(self, sign: str, read: Callable[[], Condition], join: type[Every] | type[Some]) -> Condition:
        conditions = [read()]
        while self._skip(sign):
            conditions.append(read())
        return conditions[0] if len(conditions) == 1 else join(tuple(conditions))

    def _single(self) -> Condition:
        if self._skip("!"):
            return Not(self._single())
        if self._skip("("):
            inner = self._joined("||", lambda: self._joined("&&", self._single, Every), Some)
            return inner if self._skip(")") else self._refuse()
        left = self._operand()
        sign = self._next()["sign"]
        return Comparison(left, sign, self._operand()) if sign in _SIGNS else self._refuse()

    def _operand(self) -> Operand:
        token = self._next()
        if token["cast"]:
            inner = self._operand()
            if not self._skip(")"):
                self._refuse()
            return self._cast(inner, "NUMBER_INTEGER" if token["cast"] == "int" else "NUMBER_DOUBLE")
        if token["input"]:
            return Reference(token["name"], self.kinds.get(token["name"]) or self._refuse())
        if token["string"]:
            return Literal(token["string"][1:-1])
        if token["truth"]:
            return Literal(token["truth"] == "true")
        return Literal(_number(token["number"])) if token["number"] else self._refuse()

    def _cast(self, inner: Operand, kind: str) -> Operand:
        if isinstance(inner, Reference):
            return Reference(inner.name, kind)
        return inner if not isinstance(inner.value, str) else self._refuse()

    def _next(self) -> "re.Match[str]":
        token = _TOKEN.match(self.text, self.at) or self._refuse()
        self.at = token.end()
        return token

    def _skip(self, sign: str) -> bool:
        token = _TOKEN.match(self.text, self.at)
        if token is None or token["sign"] != sign:
            return False
        self.at = token.end()
        return True

    def _refuse(self) -> NoReturn:
        self.location.unsupported(
            f"the condition {self.text}", "compare parameters with constants by ==, !=, >, >=, <, <="
        )


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
