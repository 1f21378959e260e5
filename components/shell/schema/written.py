"""Where in a pipeline's file a value is written, and values that refuse a mistyped argument by its near match."""

import dataclasses
import difflib
import functools
import inspect
import linecache
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar, dataclass_transform

from components.shell.errors import ConfigurationError

# Files of this package, what it generates, and `dataclasses.replace`.
_BETWEEN = (str(Path(__file__).parent), "<string>", dataclasses.__file__)
T = TypeVar("T")


@dataclass(frozen=True)
class CallSite:
    """The lines of a call in somebody's file; nothing where the value was read from JSON."""

    file: str = ""
    first: int = 0
    last: int = 0

    def of(self, word: str) -> str:
        """`file:line: ` of the first line of the call that has the word, else of its first; empty without a file."""
        if not self.file:
            return ""
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        lines = range(self.first, self.last + 1)
        number = next((line for line in lines if whole.search(linecache.getline(self.file, line))), self.first)
        return f"{_relative(self.file)}:{number}: "


NOWHERE = CallSite()


def call_site() -> CallSite:
    """The call that led into this package; nowhere if it came by a `parse` of JSON."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_BETWEEN):
        if frame.f_code.co_name == "parse":
            return NOWHERE
        frame = frame.f_back
    return _lines(frame) if frame else NOWHERE


def _lines(frame: FrameType) -> CallSite:
    first, last, *_ = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    return CallSite(frame.f_code.co_filename, first or frame.f_lineno, last or first or frame.f_lineno)


def _relative(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def malformed(what: str, see: str, word: str = "", at: CallSite | None = None) -> ConfigurationError:
    """The error that says what is wrong, led by the file and line where `word` is written."""
    return ConfigurationError(f"{(call_site() if at is None else at).of(word)}{what}", f"see {see}")


def near(word: object, known: Sequence[str]) -> str:
    """The known word that was probably meant, as the end of a sentence; else all of them."""
    matches = difflib.get_close_matches(str(word), known, n=1)
    return f"; did you mean '{matches[0]}'?" if matches else f"; known are {', '.join(known)}"


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(see: str) -> Any:
    """A decorator that makes a frozen dataclass, in which an unknown argument is refused by its near match.

    Args:
        see: The page that the error names.
    """

    def decorate(cls: type[T]) -> type[T]:
        frozen = dataclass(frozen=True)(cls)
        names = [field.name for field in fields(frozen) if field.init]  # type: ignore[arg-type]  # it is a dataclass now
        init = frozen.__init__

        @functools.wraps(init)
        def checked(self: T, *args: Any, **named: Any) -> None:
            if wrong := next((name for name in named if name not in names), None):
                what = f"{cls.__name__} has no argument '{wrong}'{near(wrong, names)}"
                raise malformed(what, see, wrong)
            init(self, *args, **named)

        frozen.__init__ = checked  # type: ignore[method-assign, assignment]  # the same, and checked
        return frozen

    return decorate
