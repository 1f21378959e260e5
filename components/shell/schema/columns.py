"""Columns and their types, in the text form that pipelines write: `image_id string!`, `vector list<float!>!`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from components.shell.schema.written import malformed, near

SEE = "docs/tables.md"
PRIMITIVES = (
    "string", "int", "long", "float", "double", "boolean", "date", "timestamp", "timestamptz", "binary",
)  # fmt: skip
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_COLUMN = re.compile(rf"(?P<name>{_NAME}) +(?P<type>\S.*?)(?P<required>!?)")
_DECIMAL = re.compile(r"decimal\( ?(?P<precision>\d+), ?(?P<scale>\d+) ?\)")
_NESTED = re.compile(r"(?P<kind>list|struct)<(?P<inner>.*)>")
_MOST_DIGITS = 38


@dataclass(frozen=True)
class Column:
    """A column, or a field of a struct: its name, type as text, and whether it is never null."""

    name: str
    type: str
    required: bool = False

    def __str__(self) -> str:
        """The column as it is written, such as `image_id string!`."""
        return f"{self.name} {self.type}{'!' if self.required else ''}"


@dataclass(frozen=True)
class Primitive:
    """A type without parts, such as `string`."""

    name: str

    def __str__(self) -> str:
        """The type as it is written."""
        return self.name


@dataclass(frozen=True)
class Decimal:
    """A number of at most `precision` digits (38 at most), of which `scale` stand behind the point."""

    precision: int
    scale: int

    def __str__(self) -> str:
        """The type as it is written."""
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True)
class ListOf:
    """A list of elements, which are never null where they are `required`."""

    element: "Type"
    required: bool

    def __str__(self) -> str:
        """The type as it is written, such as `list<float!>`."""
        return f"list<{self.element}{'!' if self.required else ''}>"


@dataclass(frozen=True)
class Struct:
    """Fields side by side, in order."""

    fields: tuple[Column, ...]

    def __str__(self) -> str:
        """The type as it is written, such as `struct<lat double!, lon double>`."""
        return f"struct<{', '.join(map(str, self.fields))}>"


Type: TypeAlias = Primitive | Decimal | ListOf | Struct


def columns(*texts: str) -> tuple[Column, ...]:
    """The columns that the texts name, such as `"image_id string!", "category string"`.

    Raises:
        ConfigurationError: a text is no column, or a name is there twice.
    """
    return parsed(texts, "the list of columns")


def parsed(texts: Sequence[str | Column], owner: str) -> tuple[Column, ...]:
    """The same, of texts and columns; errors name their `owner`."""
    result = tuple(text if isinstance(text, Column) else column(text, owner) for text in texts)
    names = [one.name.lower() for one in result]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise malformed(f"{owner} is malformed: column '{twice}' is there twice", SEE, twice)
    return result


def column(text: object, owner: str) -> Column:
    """The column that a text such as `image_id string!` names.

    Raises:
        ConfigurationError: it names none; the near match of a mistyped type is named.
    """
    match = _COLUMN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        what = f"{owner} is malformed: column {text!r} must be written 'name type' or 'name type!'"
        raise malformed(what, SEE, str(text))
    try:
        kind = parse_type(match["type"])
    except ValueError as error:
        raise malformed(f"{owner} is malformed: column '{match['name']}' has {error}", SEE, match["name"]) from None
    return Column(match["name"], str(kind), required=bool(match["required"]))


def parse_type(text: str) -> Type:
    """The type that a text names.

    Raises:
        ValueError: it names none; the message says why, without a subject.
    """
    if text in PRIMITIVES:
        return Primitive(text)
    if decimal := _DECIMAL.fullmatch(text):
        precision, scale = int(decimal["precision"]), int(decimal["scale"])
        if 1 <= precision <= _MOST_DIGITS and scale <= precision:
            return Decimal(precision, scale)
        raise ValueError(
            f"unknown type '{text}': a decimal has 1 to {_MOST_DIGITS} digits, and no more behind the point"
        )
    if nested := _NESTED.fullmatch(text):
        return _list(nested["inner"]) if nested["kind"] == "list" else _struct(nested["inner"])
    known = (*PRIMITIVES, "decimal(p,s)", "list<type>", "struct<name type, ...>")
    raise ValueError(f"unknown type '{text}'{near(text, known)}")


def _list(inner: str) -> ListOf:
    required = inner.endswith("!")
    return ListOf(parse_type(inner.removesuffix("!").strip()), required)


def _struct(inner: str) -> Struct:
    fields = tuple(_field(part) for part in _parts(inner))
    names = [field.name for field in fields]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"a struct with field '{twice}' twice")
    return Struct(fields)


def _field(text: str) -> Column:
    match = _COLUMN.fullmatch(text)
    if match is None:
        raise ValueError(f"a struct whose field {text!r} is not written 'name type' or 'name type!'")
    return Column(match["name"], str(parse_type(match["type"])), required=bool(match["required"]))


def _parts(text: str) -> Iterator[str]:
    """The parts between commas that stand in no bracket."""
    depth, start = 0, 0
    for index, letter in enumerate(text):
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and not depth:
            yield text[start:index].strip()
            start = index + 1
    yield text[start:].strip()
