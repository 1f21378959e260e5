"""Tables narrowed to the columns that are asked for, each found in the headers of its files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import fs

from components.extract_files.locate import TableFiles
from components.extract_files.read import schemas_of
from components.extract_files.typed import Column, as_asked, missing
from components.shell.lookup import Fault, Taken, refuse, require_marked, source_of
from components.shell.personal import Personal
from components.shell.projection import Asked, Projection


@dataclass(frozen=True)
class Part:
    """Files of a table that are read alike: the schema of the columns that they have, and what is made of each."""

    files: tuple[fs.FileInfo, ...]
    read: pa.Schema
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Chosen:
    """A table to copy: where it lies, its columns, and its files by the types that these have there."""

    origin: TableFiles
    columns: tuple[Column, ...]
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """The name that it was asked by, which is also its folder's."""
        return self.origin.asked.name

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of what is written."""
        return pa.schema([(column.name, column.arrow) for column in self.columns])

    @property
    def missing(self) -> list[str]:
        """The columns that come as nulls, for the files do not have them."""
        return [column.name for column in self.columns if not column.source]


def choose(filesystem: fs.FileSystem, tables: Sequence[TableFiles], marked: Personal) -> list[Chosen]:
    """The tables with no columns but those that are asked for; optional ones that are missing as nulls.

    Raises:
        ConfigurationError: a column is personal and not marked as such, or a parameter names one that is not there.
        ContractError: columns are missing that may not be, or of another type; all of them are named.
    """
    schemas = [schemas_of(filesystem, table.files) if table.files else [pa.schema([])] for table in tables]
    looked_up = [
        [(asked, _look_up(table, asked, own)) for asked in _asked(table.asked, own[0])]
        for table, own in zip(tables, schemas, strict=True)
    ]
    refuse([lookup for columns in looked_up for _, lookup in columns if isinstance(lookup, Fault)])
    chosen = [
        _chosen(table, own, [lookup for _, lookup in columns if not isinstance(lookup, Fault)])
        for table, own, columns in zip(tables, schemas, looked_up, strict=True)
    ]
    require_marked(
        (
            Taken(asked, table.name, table.origin.asked.source, column.name, column.source)
            for table, columns in zip(chosen, looked_up, strict=True)
            for (asked, _), column in zip(columns, table.columns, strict=True)
        ),
        marked,
    )
    return chosen


def _asked(table: Projection, own: pa.Schema) -> Iterator[Asked]:
    """The columns that are asked for, and all others where those are."""
    yield from table.columns
    if table.all:
        named = {name for asked in table.columns for name in asked.sources}
        yield from (Asked(name, (name,)) for name in own.names if name not in named)


def _look_up(table: TableFiles, asked: Asked, own: Sequence[pa.Schema]) -> list[Column] | Fault:
    """The column in each file, whose types may differ where one is stated that holds them all."""
    source = source_of(table.asked, asked, own[0].names) if table.files else ""
    if isinstance(source, Fault):
        return source
    if not source:
        return [missing(asked)] * len(own)
    columns: list[Column] = []
    for file, schema in zip(table.files, own, strict=True):
        kind = schema.field(source).type
        column = as_asked(asked, source, kind)
        where = f" in {file.base_name}" if len(own) > 1 else ""
        if column is None:
            wanted = asked.type or "of a type that can be kept"
            return Fault(asked, f"column {table.asked.source}.{source} is {kind}{where}, not {wanted}")
        if columns and column.arrow != columns[0].arrow:
            other = f"{columns[0].type_text} in {table.files[0].base_name}"
            return Fault(asked, f"column {table.asked.source}.{source} is {kind}{where}, and {other}")
        columns.append(column)
    return columns


def _chosen(origin: TableFiles, own: Sequence[pa.Schema], columns: Sequence[Sequence[Column]]) -> Chosen:
    """The table; `columns` has each in all files."""
    names = dict.fromkeys(column.source for column, *_ in columns if column.source)
    alike: dict[pa.Schema, list[int]] = {}
    for number in range(len(origin.files)):
        alike.setdefault(pa.schema([own[number].field(name) for name in names]), []).append(number)
    parts = [
        Part(tuple(origin.files[number] for number in numbers), read, tuple(each[numbers[0]] for each in columns))
        for read, numbers in alike.items()
    ]
    return Chosen(origin, tuple(column for column, *_ in columns), tuple(parts))
