"""DuckDB over the files of a dataset: whatever has to see all rows at once, in bounded memory."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from components.check_quality.frames import is_float
from components.shell import datasets
from components.shell.control_group import engine_memory
from components.shell.engine import translated
from components.shell.identifiers import quoted

_MEMORY = "256MB"
_THREADS = 2
# The column with the number of a row in the dataset, from 0.
ROW_NUMBER = "row number"
_FILE_ROW_NUMBER = "file_row_number"
RESERVED = (ROW_NUMBER, _FILE_ROW_NUMBER)
_FAR = f"{2**70}::HUGEINT"
# The message in place of DuckDB's own, which quotes values.
BEYOND = "a value is beyond what can be computed with"


class Session:
    """Tables made of datasets; queries are ours, names of columns are quoted."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def know(self, name: str, directory: Path) -> None:
        """Make the dataset a table of that name, with a column of row numbers; a NaN is null there."""
        floats = [quoted(field.name) for field in datasets.schema(directory) if is_float(field.type)]
        known = ", ".join(f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END AS {column}" for column in floats)
        columns = f"* EXCLUDE {_FILE_ROW_NUMBER}" + (f" REPLACE ({known})" if known else "")
        parts, before = [], 0
        for file in datasets.read_manifest(directory).files:
            path = str(directory / file.name).replace("'", "''")
            row_number = f"{_FILE_ROW_NUMBER} + {before} AS {quoted(ROW_NUMBER)}"
            parts.append(f"SELECT {columns}, {row_number} FROM read_parquet('{path}', {_FILE_ROW_NUMBER}=true)")
            before += file.rows
        self._connection.execute(f"CREATE VIEW {quoted(name)} AS {' UNION ALL '.join(parts)}")

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The few rows of a query, with these values in place of its question marks."""
        fetched: list[tuple[Any, ...]] = self._connection.execute(query, list(values)).fetchall()
        return fetched

    def row(self, query: str) -> tuple[Any, ...]:
        """The one row of a query."""
        (only,) = self.rows(query)
        return only


@contextmanager
def session(directory: Path) -> Iterator[Session]:
    """A session that knows the dataset as the table `rows`; what does not fit into its memory goes to files.

    Raises:
        TransientError: there is no room for those.
    """
    with tempfile.TemporaryDirectory(prefix="rules-") as scratch, translated():
        settings = {"memory_limit": engine_memory(_MEMORY), "threads": _THREADS, "temp_directory": scratch}
        connection = duckdb.connect(config=settings | {"preserve_insertion_order": False})
        try:
            connection.execute("SET TimeZone = 'UTC'")
            # Parquet's statistics know of no NaN, and by them DuckDB would take `isnan` to hold nowhere.
            connection.execute("SET disabled_optimizers = 'statistics_propagation'")
            opened = Session(connection)
            opened.know("rows", directory)
            yield opened
        finally:
            connection.close()


def listed(names: Sequence[str], table: str = "") -> str:
    """The names side by side, of a table where one is named."""
    return ", ".join(f"{table}.{quoted(name)}" if table else quoted(name) for name in names)


def known(names: Sequence[str], table: str = "") -> str:
    """The condition that none of the columns is null."""
    return " AND ".join(f"{listed([name], table)} IS NOT NULL" for name in names)


def ticks(column: str, count: str) -> str:
    """The whole number that counts an instant or day; of what is infinite, one that lies far beyond all others."""
    far = f"CASE WHEN {column}::VARCHAR LIKE '-%' THEN -{_FAR} ELSE {_FAR} END"
    return f"CASE WHEN isfinite({column}) THEN ({count})::HUGEINT ELSE {far} END"
