"""Command lines from dataclasses: a field `as_of: datetime` becomes the required flag `--as-of`."""

import argparse
import dataclasses
import difflib
import json
import sys
import types
import typing
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from components.shell.errors import ConfigurationError
from components.shell.instants import parse_instant

A = TypeVar("A")


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are configuration errors with one line."""

    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(message, f"see python -m {self.prog} --help")


def parser(arguments: type[Any]) -> argparse.ArgumentParser:
    """A parser with one flag per field of the dataclass `arguments`; fields with a default are optional."""
    result = _Parser(prog=_module(arguments), description=arguments.__doc__, allow_abbrev=False)
    hints = typing.get_type_hints(arguments)
    for field in dataclasses.fields(arguments):
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        default = None if required else _default(field)
        converter = _converter(field.name, hints[field.name])
        result.add_argument(_flag(field.name), type=converter, required=required, default=default)
    return result


def parse(arguments: type[A], argv: Sequence[str]) -> A:
    """The dataclass `arguments` filled from `argv`.

    Raises:
        ConfigurationError: a flag is missing, unknown (the near match is named) or has a value of the wrong type.
    """
    known, unknown = parser(arguments).parse_known_args(argv)
    if unknown:
        raise ConfigurationError(_unknown(arguments, unknown[0]))
    return arguments(**vars(known))


def _module(arguments: type[Any]) -> str:
    """The module as `python -m` knows it, where it goes by `__main__` itself."""
    spec = sys.modules[arguments.__module__].__spec__
    return (spec.name if spec else arguments.__module__).removesuffix(".__main__")


def _default(field: "dataclasses.Field[Any]") -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _unknown(arguments: type[Any], flag: str) -> str:
    flags = [_flag(field.name) for field in dataclasses.fields(arguments)]
    near = difflib.get_close_matches(flag.partition("=")[0], flags, n=1)
    return f"unknown argument {flag}; " + (f"did you mean {near[0]}?" if near else f"known are {', '.join(flags)}")


def _converter(name: str, hint: Any) -> Callable[[str], Any]:
    kinds = [kind for kind in typing.get_args(hint) if kind is not types.NoneType] if _is_optional(hint) else [hint]
    kind = typing.get_origin(kinds[0]) or kinds[0]
    convert = _CONVERTERS[kind]

    def converted(text: str) -> Any:
        try:
            return convert(text)
        except (KeyError, ValueError, TypeError, RecursionError):
            raise ConfigurationError(f"{_flag(name)} must be {kind.__name__}, not '{text[:200]}'") from None
        except ConfigurationError as error:
            raise ConfigurationError(f"{_flag(name)}: {error.message}", error.todo) from None

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
