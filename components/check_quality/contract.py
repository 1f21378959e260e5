"""Contracts: what a dataset promises, read from the dictionary in a pipeline into rules (docs/contracts.md)."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH, format_instant, parse_instant
from components.shell.tables import Column, parse_definition

NUMBER, INSTANT, BOOLEAN, TEXT, ANY = "number", "instant", "boolean", "text", "any"
_FAMILIES = {
    "string": TEXT, "int": NUMBER, "long": NUMBER, "float": NUMBER, "double": NUMBER, "decimal": NUMBER,
    "boolean": BOOLEAN, "date": INSTANT, "timestamp": INSTANT, "timestamptz": INSTANT,
}  # fmt: skip
_BOUNDS = ("min", "max", "severity")


@dataclass(frozen=True)
class Rule:
    """One expectation of a contract.

    `kind` is its key in the contract, `family` what its columns have to be for it to make sense, `arguments` what Great
    Expectations is given (instants as microseconds since the epoch), `text` what a person reads.
    """

    kind: str
    columns: tuple[str, ...]
    severity: str
    text: str
    family: str = ANY
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Contract:
    """The columns in order, empty where a contract names none, and the rules."""

    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]


def parse_contract(document: Mapping[str, Any], as_of: datetime) -> Contract:
    """The contract in a pipeline's dictionary, with `as_of` put in.

    Dictionaries that went through KFP hold every number as a float and have lost the order of their keys: rules
    therefore come sorted by kind and column.

    Raises:
        ConfigurationError: a key or column is unknown (the near match is named), or a value makes no sense.
    """
    _refuse_unknown(document, _PARTS, "the contract")
    columns = _columns(document.get("columns"))
    rules = list(_schema_rules(columns))
    for part, parse in _PARTS.items():
        if part in document:
            rules.extend(parse(document[part], as_of))
    for rule in rules:
        _refuse_misfit(rule, columns)
    return Contract(columns, tuple(rules))


def microseconds(instant: datetime) -> int:
    """Microseconds between the epoch and the instant, exactly."""
    passed = instant - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _columns(value: object) -> tuple[Column, ...]:
    return () if value is None else parse_definition({"name": "contract.columns", "columns": value}).columns


def _schema_rules(columns: Sequence[Column]) -> Iterator[Rule]:
    if columns:
        names = tuple(column.name for column in columns)
        yield Rule(
            "columns",
            (),
            "error",
            f"{len(names)} columns in the contract's order",
            arguments={"column_list": list(names)},
        )
    for column in columns:
        yield Rule("type", (column.name,), "error", column.type, arguments={"value_set": [column.type]})
    for column in columns:
        if column.required:
            yield Rule("not_null", (column.name,), "error", "never null")


def _no_rules(_value: object, _as_of: datetime) -> Iterator[Rule]:
    yield from ()


def _unique(value: object, _as_of: datetime) -> Iterator[Rule]:
    names, severity = _with_severity(value, "columns", "unique")
    columns = tuple(_texts(names, "unique"))
    text = "unique together" if len(columns) > 1 else "unique"
    yield Rule("unique", columns, severity, text, arguments={"column_list": list(columns)})


def _sets(value: object, _as_of: datetime) -> Iterator[Rule]:
    for column, entry in _items(value, "sets"):
        where = f"sets.{column}"
        allowed, severity = _with_severity(entry, "values", where)
        values = _list(allowed, where)
        numbers, texts = all(_is_number(one) for one in values), all(isinstance(one, str) for one in values)
        if not numbers and not texts:
            raise _wrong(f"{where} must hold numbers or texts, not both")
        text = f"one of {', '.join(_plain(one) for one in values)}"
        yield Rule("sets", (column,), severity, text, NUMBER if numbers else TEXT, {"value_set": values})


def _ranges(value: object, _as_of: datetime) -> Iterator[Rule]:
    for column, entry in _items(value, "ranges"):
        where = f"ranges.{column}"
        bounds = _object(entry, _BOUNDS, where)
        given = [bounds[name] for name in ("min", "max") if name in bounds]
        instants = bool(given) and all(isinstance(one, str) for one in given)
        if instants:
            bounds = {name: one if name == "severity" else parse_instant(one) for name, one in bounds.items()}
        text, arguments = _between(bounds, where, microseconds if instants else _number(where))
        yield Rule("ranges", (column,), _severity(bounds, where), text, INSTANT if instants else NUMBER, arguments)


def _row_count(value: object, _as_of: datetime) -> Iterator[Rule]:
    bounds = _object(value, _BOUNDS, "row_count")
    text, arguments = _between(bounds, "row_count", _whole)
    yield Rule("row_count", (), _severity(bounds, "row_count"), f"{text} rows", arguments=arguments)


def _shares(value: object, _as_of: datetime) -> Iterator[Rule]:
    for column, entry in _items(value, "shares"):
        bounds = _object(entry, (*_BOUNDS, "from_rows"), f"shares.{column}")
        text, arguments = _between(bounds, f"shares.{column}", _fraction(f"shares.{column}"))
        rule = Rule(
            "shares", (column,), _severity(bounds, f"shares.{column}"), f"share of true {text}", BOOLEAN, arguments
        )
        yield _waiting(rule, bounds)


def _means(value: object, _as_of: datetime) -> Iterator[Rule]:
    for column, entry in _items(value, "means"):
        bounds = _object(entry, (*_BOUNDS, "from_rows"), f"means.{column}")
        text, arguments = _between(bounds, f"means.{column}", _number(f"means.{column}"))
        rule = Rule("means", (column,), _severity(bounds, f"means.{column}"), f"mean {text}", NUMBER, arguments)
        yield _waiting(rule, bounds)


def _gaps(value: object, _as_of: datetime) -> Iterator[Rule]:
    for column, entry in _items(value, "gaps"):
        bounds = _object(entry, ("max_hours", "severity", "from_rows"), f"gaps.{column}")
        if "max_hours" not in bounds:
            raise _wrong(f"gaps.{column} needs max_hours")
        hours = _number(f"gaps.{column}")(bounds["max_hours"])
        text = f"no gap of more than {_plain(hours)} hours"
        rule = Rule("gaps", (column,), _severity(bounds, f"gaps.{column}"), text, INSTANT, {"max_value": hours})
        yield _waiting(rule, bounds)


def _waiting(rule: Rule, bounds: Mapping[str, Any]) -> Rule:
    """The rule, judged only where there are as many rows as its bounds say."""
    from_rows = _whole(bounds.get("from_rows", 1))
    note = f", judged from {from_rows:,} rows on" if from_rows > 1 else ""
    return replace(rule, text=rule.text + note, arguments={**rule.arguments, "from_rows": from_rows})


def _ordered(value: object, _as_of: datetime) -> Iterator[Rule]:
    for entry in _list(value, "ordered"):
        name, severity = _with_severity(entry, "column", "ordered")
        (column,) = _texts([name], "ordered")
        yield Rule("ordered", (column,), severity, "never earlier than the row before", INSTANT, {"max_value": 0})


def _not_after_as_of(value: object, as_of: datetime) -> Iterator[Rule]:
    for entry in _list(value, "not_after_as_of"):
        name, severity = _with_severity(entry, "column", "not_after_as_of")
        (column,) = _texts([name], "not_after_as_of")
        text, arguments = f"not after {format_instant(as_of)}", {"max_value": microseconds(as_of)}
        yield Rule("not_after_as_of", (column,), severity, text, INSTANT, arguments)


_PARTS: dict[str, Callable[[object, datetime], Iterator[Rule]]] = {
    "columns": _no_rules,
    "row_count": _row_count,
    "unique": _unique,
    "sets": _sets,
    "ranges": _ranges,
    "shares": _shares,
    "means": _means,
    "ordered": _ordered,
    "gaps": _gaps,
    "not_after_as_of": _not_after_as_of,
}


def _between(bounds: Mapping[str, Any], where: str, convert: Callable[[Any], float]) -> tuple[str, dict[str, float]]:
    """The bounds in words, and as Great Expectations takes them."""
    if not {"min", "max"} & set(bounds):
        raise _wrong(f"{where} needs min, max or both")
    arguments = {f"{name}_value": convert(bounds[name]) for name in ("min", "max") if name in bounds}
    low, high = (_plain(bounds[name]) if name in bounds else None for name in ("min", "max"))
    if low is not None and high is not None:
        if arguments["min_value"] > arguments["max_value"]:
            raise _wrong(f"{where} has a min of {low} above its max of {high}")
        return f"from {low} to {high}", arguments
    return (f"at least {low}" if high is None else f"at most {high}"), arguments


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return format_instant(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(where: str) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        if not _is_number(value):
            raise _wrong(
                f"{where} needs numbers, or instants such as '2020-01-01T00:00:00Z' for both bounds, not {value!r}"
            )
        return float(value)

    return convert


def _fraction(where: str) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        if not _is_number(value) or not 0 <= value <= 1:
            raise _wrong(f"{where} needs fractions from 0 to 1, not {value!r}")
        return float(value)

    return convert


def _whole(value: Any) -> int:
    if not _is_number(value) or value != int(value) or value < 0:
        raise _wrong(f"a number of rows must be whole and not negative, not {value!r}")
    return int(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _with_severity(value: object, key: str, where: str) -> tuple[Any, str]:
    """The short form, a bare value, or the long one: `{key: value, "severity": …}`."""
    if not isinstance(value, Mapping):
        return value, "error"
    entry = _object(value, (key, "severity"), where)
    if key not in entry:
        raise _wrong(f"{where} needs {key}")
    return entry[key], _severity(entry, where)


def _severity(entry: Mapping[str, Any], where: str) -> str:
    severity = entry.get("severity", "error")
    if severity not in ("error", "warning"):
        raise _wrong(f"severity of {where} must be error or warning, not {severity!r}")
    return str(severity)


def _object(value: object, keys: Sequence[str], where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(f"{where} must be a dictionary with {', '.join(keys)}")
    _refuse_unknown(value, keys, where)
    return value


def _items(value: object, where: str) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise _wrong(f"{where} must be a dictionary by column")
    return sorted(value.items())


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise _wrong(f"{where} must be a list with at least one entry")
    return list(value)


def _texts(value: object, where: str) -> list[str]:
    names = _list(value, where)
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise _wrong(f"{where} must name columns, each once")
    return names


def _refuse_unknown(value: Mapping[str, Any], known: Sequence[str] | Mapping[str, Any], where: str) -> None:
    for key in sorted(value):
        if key not in known:
            raise _wrong(f"{where} has no key '{key}'{_near(key, list(known))}")


def _refuse_misfit(rule: Rule, columns: Sequence[Column]) -> None:
    types = {column.name: column.type for column in columns}
    for name in rule.columns if columns else ():
        if name not in types:
            raise _wrong(
                f"{rule.kind} names column '{name}', which the contract does not have{_near(name, list(types))}"
            )
        family = _FAMILIES.get(types[name].partition("(")[0], "other")
        if rule.family not in (ANY, family):
            raise _wrong(f"{rule.kind} of column '{name}' is for a {rule.family}, but the column is {types[name]}")


def _near(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}"


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError(f"the contract makes no sense: {what}", "see docs/contracts.md")
