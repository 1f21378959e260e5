"""What a pipeline asks a source for: tables, and of each the columns that leave it (docs/extract.md)."""

import difflib
import re
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from components.shell.errors import ConfigurationError
from components.shell.personal import Personal, personal

TYPES = (
    "string", "boolean", "int", "long", "float", "double", "date", "time", "timestamptz", "uuid", "binary",
)  # fmt: skip
ALL = "*"
_PERSONAL, _OPTIONAL, _OR, _TEXT = "personal", "?", "|", "~"
_MOST_DIGITS = 38

_NAME = r'(?:"(?:[^"]|"")+"|[^\s"|?*]+)'
_COLUMN = re.compile(rf"(?P<names>{_NAME}(?:\|{_NAME})*)(?P<rest>(?:\s+.*)?)")
_DECIMAL = re.compile(r"decimal\((\d+), ?(\d+)\)")
_LIST = re.compile(r"list<(.+)>")
_FORM = "'name', 'name type', 'name type?' where it may be missing, or 'name type personal'"


@dataclass(frozen=True)
class Asked:
    """A column that is asked for: our name, what the source may call it (the first that it has is taken), its type.

    Without a type any will do; `text` is then what a text of it stands for, in a source that has nothing but texts. An
    `optional` one that is missing comes as nulls. `personal` says that it is known to be so and needed; `mapped` that
    its name in the source was given by a parameter.
    """

    name: str
    sources: tuple[str, ...]
    type: str = ""
    text: str = ""
    optional: bool = False
    personal: bool = False
    mapped: bool = False

    @property
    def nulls(self) -> str:
        """The type of the nulls that stand for the column where it is missing."""
        return self.type or self.text


@dataclass(frozen=True)
class Projection:
    """A table that is asked for: our name, what the source may call it, the columns, and whether it may be missing.

    `all` stands for all other columns that it has, in their order; `mapped` says that its name in the source was given
    by a parameter.
    """

    name: str
    sources: tuple[str, ...]
    columns: tuple[Asked, ...]
    optional: bool = False
    all: bool = False
    mapped: bool = False

    @property
    def source(self) -> str:
        """What the source calls it, or would be the first to call it."""
        return self.sources[0]

    @property
    def required(self) -> bool:
        """Whether the source must have it; it must where a parameter says what it is called there."""
        return not self.optional or self.mapped

    def called(self, known: Container[str]) -> "Projection":
        """The table by the first of its names that the source knows; as it is, where it knows none."""
        return replace(self, sources=(next((name for name in self.sources if name in known), self.source),))


def projection(definition: Mapping[str, Sequence[str]], changes: Sequence[str] = ()) -> dict[str, list[str]]:
    """The definition itself, which is well formed: for the pipeline file that writes it.

    Args:
        definition: Of each table its columns.
        changes: Changes of the list of personal columns, as in `components.shell.personal.personal`.

    Raises:
        ConfigurationError: as in `parse`.
    """
    parse(definition, personal(changes))
    return {table: list(columns) for table, columns in definition.items()}


def parse(definition: Mapping[str, Any], marked: Personal) -> tuple[Projection, ...]:
    """The tables of a definition such as `{"users": ["id", "created_at timestamptz"], "orders?": ["id long"]}`.

    Raises:
        ConfigurationError: something is malformed, repeated or unknown (the near match is named), or a personal column
            is not marked as one.
    """
    if not isinstance(definition, Mapping):
        raise ConfigurationError(f"{definition!r} are no tables", 'write {"table": ["one column", "another"]}')
    if not definition:
        raise ConfigurationError("no table is asked for", "name at least one, with its columns")
    tables = tuple(_table(name, columns, marked) for name, columns in definition.items())
    if twice := _repeated([table.name for table in tables]):
        raise _wrong(twice, "it is there twice")
    return tables


def every_name(tables: Sequence[Projection]) -> list[str]:
    """All that `names` may have of the tables: each `table`, and each `table.column`."""
    return [name for table in tables for name in (table.name, *(f"{table.name}.{c.name}" for c in table.columns))]


def renamed(
    tables: Sequence[Projection], names: Mapping[str, Any], elsewhere: Collection[str] = ()
) -> tuple[Projection, ...]:
    """The tables as a source calls them: `names` has its name of a `table` or a `table.column`.

    What is asked for `elsewhere`, by others who share the mapping, may be there too.

    Raises:
        ConfigurationError: no such table or column is asked for (the near match is named), or a name is none.
    """
    known = {*every_name(tables), *elsewhere}
    for ours, theirs in names.items():
        if ours not in known:
            raise ConfigurationError(f"names has '{ours}', which nobody asks for{near(ours, known)}", "correct names")
        if not isinstance(theirs, str) or not theirs:
            raise ConfigurationError(f"names calls '{ours}' {theirs!r}, which is no name", "correct names")
    return tuple(_renamed(table, names) for table in tables)


def near(word: str, known: "Sequence[str] | set[str]") -> str:
    """The known word that was probably meant, as the end of a sentence."""
    matches = difflib.get_close_matches(word, sorted(known), n=1)
    if not matches:
        matches = [other for other in sorted(known) if other.casefold() == word.casefold()][:1]
    return f"; did you mean {matches[0]}?" if matches else ""


def _renamed(table: Projection, names: Mapping[str, str]) -> Projection:
    columns = tuple(
        replace(column, sources=(names[full_name],), mapped=True)
        if (full_name := f"{table.name}.{column.name}") in names
        else column
        for column in table.columns
    )
    if table.name in names:
        table = replace(table, sources=(names[table.name],), mapped=True)
    return replace(table, columns=columns)


def _table(key: object, texts: object, marked: Personal) -> Projection:
    names = tuple(key.removesuffix(_OPTIONAL).split(_OR)) if isinstance(key, str) else ("",)
    name = names[0]
    # It is a folder's name too.
    if not all(map(str.strip, names)) or "/" in name or "\0" in name or name.startswith("."):
        raise ConfigurationError(f"{key!r} is no table name", "write 'table' or 'schema.table'")
    if isinstance(texts, str) or not isinstance(texts, Sequence) or not texts:
        raise _wrong(name, f'its columns must be a list such as ["id", "created_at timestamptz"], not {texts!r}')
    columns = tuple(_column(name, text) for text in texts if text != ALL)
    table = Projection(name, names, columns, str(key).endswith(_OPTIONAL), ALL in texts)
    if twice := _repeated([column.name for column in columns]):
        raise _wrong(
            name, f"column '{twice}' is there twice; only names that differ in more than case can be told apart"
        )
    if open_ := table.optional and (ALL if table.all else next((c.name for c in columns if not c.nulls), "")):
        raise _wrong(name, f"it may be missing, so '{open_}' needs a type to have then")
    unmarked = [f"{name}.{column.name}" for column in columns if not column.personal and _marks(marked, name, column)]
    if unmarked:
        raise unallowed(unmarked)
    return table


def unallowed(columns: Sequence[str]) -> ConfigurationError:
    """The error of personal columns that are not marked as such."""
    listed = ", ".join(columns)
    are = f"column {listed} is personal" if len(columns) == 1 else f"columns {listed} are personal"
    return ConfigurationError(
        are, f"leave out what is not needed; what is, is written with the word behind it: '{columns[0]} … personal'"
    )


def _marks(marked: Personal, table: str, column: Asked) -> bool:
    return any(marked.marks(table, name) for name in {column.name, *column.sources})


def _column(table: str, text: object) -> Asked:
    match = _COLUMN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise _wrong(table, f"column {text!r} must be written {_FORM}")
    names = tuple(map(_unquoted, re.findall(_NAME, match["names"])))
    kind, optional, known = _words(table, names[0], match["rest"].strip())
    stated, text = ("", kind.removeprefix(_TEXT)) if kind.startswith(_TEXT) else (kind, "")
    return Asked(names[0], names, stated, text, optional, known)


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _words(table: str, column: str, rest: str) -> tuple[str, bool, bool]:
    """The type of a column, whether it may be missing, and whether it is known to be personal."""
    words = re.sub(r",\s+", ",", rest).split()
    known = bool(words) and words[-1] == _PERSONAL
    words = words[:-1] if known else words
    if not words:
        return "", False, known
    kind = words[0].removesuffix(_OPTIONAL)
    is_type = _is_type(kind.removeprefix(_TEXT))
    if not is_type or len(words) > 1:
        strange = words[1] if is_type else kind
        known_words = TYPES if strange == kind else (_PERSONAL,)
        also = (
            "" if near(strange, known_words) else f"; known are {', '.join(TYPES)}, decimal(p,s), list<…> and personal"
        )
        raise _wrong(table, f"column '{column}' is '{strange}'{near(strange, (*TYPES, _PERSONAL))}{also}")
    return kind, words[0].endswith(_OPTIONAL), known


def _is_type(kind: str) -> bool:
    if decimal := _DECIMAL.fullmatch(kind):
        return int(decimal[2]) <= int(decimal[1]) <= _MOST_DIGITS
    if elements := _LIST.fullmatch(kind):
        return _is_type(elements[1]) and not elements[1].startswith("list")
    return kind in TYPES


def digits(kind: str) -> tuple[int, int] | None:
    """Precision and scale of a decimal type, None for any other."""
    match = _DECIMAL.fullmatch(kind)
    return (int(match[1]), int(match[2])) if match else None


def element(kind: str) -> str:
    """The type of a list's elements, empty for any other type."""
    match = _LIST.fullmatch(kind)
    return match[1] if match else ""


def _repeated(names: Sequence[str]) -> str:
    """A name that is there again, in whatever case."""
    folded = [name.casefold() for name in names]
    return next((name for name, fold in zip(names, folded, strict=True) if folded.count(fold) > 1), "")


def _wrong(table: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"the definition of source table {table} is malformed: {what}", "see docs/extract.md")
