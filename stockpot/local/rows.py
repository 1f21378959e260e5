"""Rows of an Iceberg table, in the forms that notebooks work with."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds

from components.iceberg.catalog import translated
from components.iceberg.scan import Scan, Selection, scan
from components.shell.counts import counted
from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    from pyiceberg.table import Table

_PANDAS = {pa.int32(): "Int32Dtype", pa.int64(): "Int64Dtype", pa.bool_(): "BooleanDtype"}


@dataclass(frozen=True)
class Rows:
    """Rows of one snapshot of a table, read anew each time that a form of them is asked for.

    Attributes:
        table: The table, with the schema of the snapshot.
        snapshot: The id of the snapshot; None for a table that has none yet.
        selection: Which rows and columns.
        limit: At most so many rows.
    """

    table: "Table" = field(repr=False)
    snapshot: int | None
    selection: Selection
    limit: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be read, before anything is.

        Raises:
            ConfigurationError: the selection does not fit the table, or the limit is below 1.
        """
        if self.limit is not None and self.limit < 1:
            raise ConfigurationError(
                f"a limit of {counted(self.limit, 'row')} leaves none", "give 1 or more, or no limit"
            )
        _ = self._scan

    @cached_property
    def _scan(self) -> Scan:
        with translated():
            return scan(self.table, self.snapshot, self.selection)

    @property
    def schema(self) -> pa.Schema:
        """Names and Arrow types of the columns."""
        return self._scan.schema

    def batches(self) -> pa.RecordBatchReader:
        """A stream of the rows: a few batches are in memory at a time."""
        return pa.RecordBatchReader.from_batches(self.schema, limited(self._scan, self.limit))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The stream as any library takes it that knows Arrow's PyCapsule interface."""
        return self.batches().__arrow_c_stream__(requested_schema)

    def arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self.batches().read_all()

    def pandas(self) -> "pd.DataFrame":
        """The rows as a data frame of pandas; whole numbers and booleans with nulls stay what they are.

        Raises:
            ConfigurationError: pandas is not installed.
        """
        pandas = needed("pandas")
        table = self.arrow()
        lacking = {column.type for column in table.columns if column.null_count}
        kinds = {kind: getattr(pandas, name)() for kind, name in _PANDAS.items() if kind in lacking}
        return table.to_pandas(types_mapper=kinds.get)

    def polars(self) -> "pl.DataFrame":
        """The rows as a data frame of Polars.

        Raises:
            ConfigurationError: Polars is not installed.
        """
        frame: pl.DataFrame = needed("polars").from_arrow(self.arrow())
        return frame

    def duckdb(self, connection: "duckdb.DuckDBPyConnection | None" = None) -> "duckdb.DuckDBPyRelation":
        """The rows as a relation of DuckDB, which reads just the columns that a query needs, each time that it runs.

        Raises:
            ConfigurationError: DuckDB is not installed.
        """
        return (connection or needed("duckdb").connect()).from_arrow(Pushed(self))


def limited(source: Scan, limit: int | None) -> Iterator[pa.RecordBatch]:
    """The batches up to the limit, with what goes wrong while reading raised as one of our errors."""
    left = sys.maxsize if limit is None else limit
    with translated():
        for batch in source.batches() if left else ():
            yield batch.slice(0, left)
            left -= min(left, batch.num_rows)
            if not left:
                return


def needed(library: str) -> ModuleType:
    """The library, imported now that somebody asks for what it makes.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        return import_module(library)
    except ImportError:
        raise ConfigurationError(
            f"{library} is not installed in {sys.prefix}",
            f"install it there: {sys.executable} -m pip install {library}",
        ) from None


class Pushed(ds.InMemoryDataset):  # type: ignore[misc]  # pyarrow.dataset has no types
    """The rows as DuckDB scans them: it asks for columns and conditions, and is given no more than that.

    To Arrow it is a dataset without rows. DuckDB reads a dataset through `scanner` alone, as often as it likes.
    """

    def __init__(self, rows: Rows) -> None:
        super().__init__([], schema=rows.schema)
        self._rows = rows
        self.raised: list[Exception] = []

    def scanner(self, columns: list[str] | None = None, filter: ds.Expression | None = None, **_: Any) -> ds.Scanner:  # noqa: A002 - Arrow's name
        """A stream of the rows that the condition holds for."""
        schema = self._rows.schema
        wanted = schema.names if columns is None else columns
        read = [name for name in schema.names if name in wanted or _looks_at(filter, name, schema)]
        narrow = replace(self._rows, selection=replace(self._rows.selection, columns=tuple(read)))
        return ds.Scanner.from_batches(
            self._watched(narrow.batches()), schema=narrow.schema, columns=wanted, filter=filter
        )

    def _watched(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches; what goes wrong is kept as it is, for DuckDB knows no more than its text."""
        try:
            yield from batches
        except Exception as error:
            self.raised.append(error)
            raise


def _looks_at(condition: ds.Expression | None, column: str, schema: pa.Schema) -> bool:
    """Whether the condition cannot do without the column: Arrow does not tell what a condition is made of."""
    without = schema.remove(schema.get_field_index(column))
    try:
        ds.InMemoryDataset([], schema=without).scanner(filter=condition)
    except pa.ArrowInvalid:
        return True
    return False
