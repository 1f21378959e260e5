"""Command lines from signatures: a parameter `as_of: datetime` becomes the required flag `--as-of`.

A parameter whose type is a dataclass, such as `request: Request`, stands for its fields: each of them is a flag.
"""

import argparse
import difflib
import inspect
import json
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from components.shell.errors import ConfigurationError
from components.shell.instants import parse_instant

Main = Callable[..., None]
"""What a command does, by keyword-only parameters, each with its type."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are configuration errors with one line."""

    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(message, f"see python -m {self.prog} --help")


def parser(main: Main) -> argparse.ArgumentParser:
    """A parser with one flag per parameter of `main`; parameters with a default are optional."""
    result = _Parser(prog=_module(main), description=inspect.getdoc(main), allow_abbrev=False)
    for name, parameter in parameters(main).items():
        required = parameter.default is inspect.Parameter.empty
        convert = _converter(name, parameter.annotation)
        result.add_argument(flag(name), type=convert, required=required, default=argparse.SUPPRESS)
    return result


def parameters(main: Main) -> dict[str, inspect.Parameter]:
    """What the flags stand for, by name: the parameters of `main`, and in place of a dataclass its fields."""
    by_name: dict[str, inspect.Parameter] = {}
    for name, parameter in inspect.signature(main, eval_str=True).parameters.items():
        record = _dataclass(parameter)
        by_name |= inspect.signature(record, eval_str=True).parameters if record else {name: parameter}
    return by_name


def _dataclass(parameter: inspect.Parameter) -> type[Any] | None:
    """The dataclass that the parameter is an instance of; None where it is something else."""
    hint = parameter.annotation
    return hint if isinstance(hint, type) and is_dataclass(hint) else None


def parse(main: Main, argv: Sequence[str]) -> dict[str, Any]:
    """What `argv` says, by the names of the parameters of `main`.

    Raises:
        ConfigurationError: a flag is missing, unknown (the near match is named) or has a value of the wrong type.
    """
    known, unknown = parser(main).parse_known_args(argv)
    if unknown:
        raise ConfigurationError(_unknown(main, unknown[0]))
    return _arguments(main, vars(known))


def _arguments(main: Main, values: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `main`; what `values` lacks has the default of its parameter, or of the dataclass's field."""
    arguments = {}
    for name, parameter in inspect.signature(main, eval_str=True).parameters.items():
        if record := _dataclass(parameter):
            arguments[name] = record(**{each.name: values[each.name] for each in fields(record) if each.name in values})
        else:
            arguments[name] = values.get(name, parameter.default)
    return arguments


def _module(main: Main) -> str:
    """The module as `python -m` knows it, where it goes by `__main__` itself."""
    spec = sys.modules[main.__module__].__spec__
    return (spec.name if spec else main.__module__).removesuffix(".__main__")


def flag(name: str) -> str:
    """The flag of a parameter, such as `--as-of` for `as_of`."""
    return "--" + name.replace("_", "-")


def _unknown(main: Main, word: str) -> str:
    flags = [flag(name) for name in parameters(main)]
    near = difflib.get_close_matches(word.partition("=")[0], flags, n=1)
    return f"unknown argument {word}; " + (f"did you mean {near[0]}?" if near else f"known are {', '.join(flags)}")


def _converter(name: str, hint: Any) -> Callable[[str], Any]:
    kinds = [kind for kind in typing.get_args(hint) if kind is not types.NoneType] if _is_optional(hint) else [hint]
    kind = typing.get_origin(kinds[0]) or kinds[0]
    kind = _JSON.get(kind, kind)
    convert = _CONVERTERS[kind]

    def converted(text: str) -> Any:
        try:
            return convert(text)
        except (KeyError, ValueError, TypeError, RecursionError):
            raise ConfigurationError(f"{flag(name)} must be {kind.__name__}, not '{text[:200]}'") from None
        except ConfigurationError as error:
            raise ConfigurationError(f"{flag(name)}: {error.message}", error.todo) from None

    return converted


def _is_optional(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _json(kind: type[Any]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        value = json.loads(text)
        if not isinstance(value, kind):
            raise TypeError
        return value

    return convert


# What JSON has for the kinds that dataclasses name.
_JSON: dict[Any, Any] = {Sequence: list, Mapping: dict}
_CONVERTERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: _boolean,
    Path: Path,
    datetime: parse_instant,
    dict: _json(dict),
    list: _json(list),
}
