"""A query of the user's own over one table, and nothing else, by DuckDB."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from components.shell.errors import ConfigurationError
from components.shell.identifiers import quoted
from components.shell.redaction import brief
from stockpot.local.rows import Pushed, Rows, needed

if TYPE_CHECKING:
    import duckdb

_MEMORY = "1GB"
_ROWS = 1 << 14
# No files, network, extensions or variables of Python, and no way back.
_LOCKED = {
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "lock_configuration": "true",
}


@contextmanager
def engine() -> Iterator["duckdb.DuckDBPyConnection"]:
    """A DuckDB of its own, in UTC, that writes to a temporary directory what exceeds its memory.

    Raises:
        ConfigurationError: DuckDB is not installed.
    """
    duckdb = needed("duckdb")
    with tempfile.TemporaryDirectory(prefix="sql-") as scratch:
        connection = duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(Path(scratch) / "spilled")})
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def answered(rows: Rows, name: str, query: str, limit: int | None) -> Iterator[pa.RecordBatchReader]:
    """What a SELECT over the table gives, as a stream for the time of a block.

    The table goes by its name, with its namespace or without. Whatever else the query asks for is refused.

    Raises:
        ConfigurationError: DuckDB is not installed, the text is no single SELECT, or it cannot be carried out.
    """
    with engine() as connection:
        pushed = Pushed(rows)
        namespace, _, table = name.rpartition(".")
        connection.register("rows_of_the_table", pushed)
        # DuckDB has a schema `main` of its own.
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS memory.{quoted(namespace)}")
        connection.execute(f"USE memory.{quoted(namespace)}")
        # The name stands for itself: it is one of a table that was found, and is quoted.
        connection.execute(f"CREATE VIEW {quoted(table)} AS SELECT * FROM temp.rows_of_the_table")  # noqa: S608 - both names are quoted
        for setting, value in _LOCKED.items():
            connection.execute(f"SET {setting} = {value}")
        with _translated(pushed):
            _require_select(query)
            relation = connection.sql(query)
            stream = (relation if limit is None else relation.limit(limit)).to_arrow_reader(_ROWS)
        yield pa.RecordBatchReader.from_batches(stream.schema, _guarded(stream, pushed))


def _require_select(query: str) -> None:
    duckdb: Any = needed("duckdb")
    kinds = [statement.type for statement in duckdb.extract_statements(query)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise ConfigurationError("the query is not a single SELECT", "write one, and nothing that changes anything")


def _guarded(stream: pa.RecordBatchReader, pushed: Pushed) -> Iterator[pa.RecordBatch]:
    while True:
        with _translated(pushed):
            batch = next(stream, None)
        if batch is None:
            return
        yield batch


@contextmanager
def _translated(pushed: Pushed) -> Iterator[None]:
    """Errors where the rows come from, as they are; all others in DuckDB's words, on one line."""
    duckdb = needed("duckdb")
    try:
        yield
    # Of what fails beyond the first rows, Arrow's stream passes on the text alone.
    except (duckdb.Error, OSError, ValueError) as error:
        if pushed.raised:
            raise pushed.raised[0] from None
        reason = brief(error, 300)
        raise ConfigurationError(f"the query cannot be carried out: {reason}", "correct --sql") from None
