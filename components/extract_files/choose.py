"""Tables narrowed to the columns that are asked for, each found in the header of its files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import fs

from components.extract_files.found import Found
from components.extract_files.read import schema_of
from components.extract_files.typed import Column, as_asked, missing
from components.shell.lookup import Fault, Taken, refuse, require_marked, source_of
from components.shell.personal import Personal
from components.shell.projection import Asked, Projection


@dataclass(frozen=True)
class Chosen:
    """A table to copy: where it lies, its columns, and the schema of those that its files have."""

    found: Found
    columns: tuple[Column, ...]
    read: pa.Schema

    @property
    def name(self) -> str:
        """The name that it was asked by, which is also its folder's."""
        return self.found.asked.name

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of what is written."""
        return pa.schema([(column.name, column.arrow) for column in self.columns])

    @property
    def missing(self) -> list[str]:
        """The columns that come as nulls, for the files do not have them."""
        return [column.name for column in self.columns if not column.source]


def choose(filesystem: fs.FileSystem, tables: Sequence[Found], marked: Personal) -> list[Chosen]:
    """The tables with no columns but those that are asked for; optional ones that are missing as nulls.

    Raises:
        ConfigurationError: a column is personal and not marked as such, or a parameter names one that is not there.
        ContractError: columns are missing that may not be, or of another type; all of them are named.
    """
    schemas = [schema_of(filesystem, table) if table.files else pa.schema([]) for table in tables]
    looked_up = [
        [(asked, _look_up(table, asked, own)) for asked in _asked(table.asked, own)]
        for table, own in zip(tables, schemas, strict=True)
    ]
    refuse([found for columns in looked_up for _, found in columns if isinstance(found, Fault)])
    chosen = [
        _chosen(table, own, [found for _, found in columns if isinstance(found, Column)])
        for table, own, columns in zip(tables, schemas, looked_up, strict=True)
    ]
    require_marked(
        (
            Taken(asked, table.name, table.found.asked.source, column.name, column.source)
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


def _look_up(table: Found, asked: Asked, own: pa.Schema) -> Column | Fault:
    source = source_of(table.asked, asked, own.names) if table.files else ""
    if isinstance(source, Fault):
        return source
    if not source:
        return missing(asked)
    found = as_asked(asked, source, own.field(source).type)
    told = f"column {table.asked.source}.{source} is {own.field(source).type}, not {asked.type}"
    return found or Fault(asked, told)


def _chosen(found: Found, own: pa.Schema, columns: Sequence[Column]) -> Chosen:
    read = dict.fromkeys(column.source for column in columns if column.source)
    return Chosen(found, tuple(columns), pa.schema([own.field(name) for name in read]))
