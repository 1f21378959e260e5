"""DuckDB behind Ibis: within bounded memory, datasets as its tables, and its results as datasets.

What is written for a `Backend` computes on Spark too (components/shell/compute.py). Only the images whose steps compute
have DuckDB and Ibis, so both are imported where they are used.
"""

import errno
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from components.shell import datasets
from components.shell.control_group import engine_memory, processors
from components.shell.errors import ContractError, TransientError
from components.shell.redaction import brief

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.expr.operations import Relation

_ROWS_PER_GROUP = 122_880
_TYPE = re.compile(r"DECIMAL\(\d+,\s?\d+\)|U?(?:INT\d+|BIGINT|INTEGER|SMALLINT)|TIMESTAMP[A-Z_ ]*|DATE|DOUBLE")
T = TypeVar("T")


class Backend(Protocol):
    """What a step asks of whatever computes, so that it need not know which engine that is."""

    @property
    def name(self) -> str:
        """The engine, as a summary names it."""

    def read_parquet(self, files: Sequence[str]) -> "ir.Table":
        """The rows of Parquet files as a table."""

    def given(self, name: str, rows: "pa.Table") -> "ir.Table":
        """Few rows of ours as the table `name`, in place of one before."""

    def compile(self, table: "ir.Table") -> str:
        """The query that computes the table."""

    def hold(self, name: str, query: str) -> None:
        """Compute the query once; other queries read what came of it as the table `name`, in place of one before."""

    def few(self, query: str) -> "pa.Table":
        """All rows of the query at once."""

    def batches(self, query: str, rows: int) -> Iterator["pa.RecordBatch"]:
        """The rows of the query in their order, in batches of at most so many `rows`."""


class Engine:
    """DuckDB, which works through queries in their order, in a thread of its own: it does not need Python's lock.

    Only `engine` makes one.
    """

    name = "duckdb"

    def __init__(self, backend: Any, scratch: Path) -> None:
        self.scratch = scratch
        """A directory of its own, which goes with it."""
        self._backend = backend
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._begun: list[Future[Any]] = []
        self._read = 0

    def read_parquet(self, files: Sequence[str]) -> "ir.Table":
        """The rows of Parquet files as a table."""
        import ibis

        self._read += 1
        name = f"parquet_{self._read}"
        schema = self.result(lambda _: self._backend.read_parquet(files, table_name=name).schema())
        return ibis.table(schema, name)

    def given(self, name: str, rows: "pa.Table") -> "ir.Table":
        """Few rows of ours as the table `name`, in place of one before."""
        import ibis

        self.begin(lambda connection: connection.register(name, rows))
        return ibis.table(ibis.Schema.from_pyarrow(rows.schema), name)

    def compile(self, table: "ir.Table") -> str:
        """The query that computes the table."""
        return _query(table.op())

    def hold(self, name: str, query: str) -> None:
        """Compute the query once, while the caller goes on; an error shows when a result is asked for."""
        self.begin(lambda connection: connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {query}'))

    def few(self, query: str) -> "pa.Table":
        """All rows of the query at once."""
        return self.result(lambda connection: connection.sql(query).to_arrow_table())

    def batches(self, query: str, rows: int) -> Iterator["pa.RecordBatch"]:
        """The rows of the query, each batch computed while the one before it is worked on."""
        # Ibis 12 asks DuckDB 2 for its stream by a name that DuckDB has given up, so ask for it here.
        batches = self.result(lambda connection: connection.sql(query).to_arrow_reader(rows))

        def following(_: Any) -> "pa.RecordBatch | None":
            with _duckdb_errors():
                return next(batches, None)

        coming = self.coming(following)
        while (batch := coming.result()) is not None:
            coming = self.coming(following)
            yield batch

    def begin(self, work: Callable[[Any], object]) -> None:
        """Have the worker do this with the connection, after all that came before."""
        self._begun.append(self._worker.submit(work, self._backend.con))

    def result(self, work: Callable[[Any], T]) -> T:
        """What comes of it, or the error of what came before."""
        return self.coming(work).result()

    def coming(self, work: Callable[[Any], T]) -> "Future[T]":
        """The same, to be asked for later; the error of what came before at once."""
        last = self._worker.submit(work, self._backend.con)
        begun, self._begun = self._begun, []
        for future in begun:
            future.result()
        return last

    def close(self) -> None:
        """Stop whatever is still being worked on."""
        self._backend.con.interrupt()
        self._worker.shutdown(cancel_futures=True)
        self._backend.disconnect()


@lru_cache(1024)
def _query(operation: "Relation") -> str:
    """The query of an operation, put into SQL once: of what is computed over few rows that takes most of the time.

    Operations that are equal have one query, and to Python `-0.0` equals `0.0`.
    """
    import ibis

    return str(ibis.duckdb.compile(operation.to_expr()))


@contextmanager
def engine(memory: str, macros: str = "", **settings: object) -> Iterator[Engine]:
    """An engine of its own, which holds at most `memory` (`1GB`), in a large pod more, and writes the rest to files.

    It has a thread for each of the container's processors. The files lie in the temporary directory and go with the
    engine. Instants are in UTC; `macros` are functions of steps in SQL, `settings` are DuckDB's own.

    Raises:
        TransientError: there is no room for what it holds or writes.
    """
    import ibis

    with tempfile.TemporaryDirectory(prefix="engine-") as scratch, translated():
        options = {
            # Of the first version of control groups DuckDB knows nothing: it would start one for each of the machine's.
            "threads": processors(),
            **settings,
            "memory_limit": engine_memory(memory),
            "temp_directory": scratch,
            "preserve_insertion_order": False,
            # Rows that go into files by their piece: of half a million per thread the files' buffers outgrow memory.
            "partitioned_write_flush_threshold": 65_536,
        }
        opened = Engine(ibis.duckdb.connect(**options), Path(scratch))
        # Without a file as its program DuckDB takes Python for somebody at a terminal, and draws into the step's log.
        opened.begin(lambda connection: connection.execute(f"SET enable_progress_bar = false; {macros}"))
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def lent(backend: Engine, name: str, schema: "pa.Schema", batches: Iterable["pa.RecordBatch"]) -> Iterator[None]:
    """Let one query read these batches as the table `name`, while they come.

    Whatever goes wrong where they come from is raised as it is: DuckDB knows no more than its text.
    """
    import duckdb
    import pyarrow as pa

    raised: list[Exception] = []

    def watched() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except Exception as error:
            raised.append(error)
            raise

    reader = pa.RecordBatchReader.from_batches(schema, watched())
    backend.begin(lambda connection: connection.register(name, reader))
    try:
        yield
    except duckdb.Error:
        if raised:
            raise raised[0] from None
        raise
    backend.begin(lambda connection: connection.unregister(name))


def keep(backend: Backend, name: str, table: "ir.Table") -> "ir.Table":
    """The table, computed once and held by the engine under `name`, in memory or in its temporary directory.

    DuckDB computes it while the caller goes on; an error shows when a result is asked for.
    """
    import ibis

    backend.hold(name, backend.compile(table))
    return ibis.table(table.schema(), name)


def count(backend: Backend, table: "ir.Table") -> int:
    """How many rows the table has."""
    return int(records(backend, table.agg(rows=table.count()))[0]["rows"])


def records(backend: Backend, table: "ir.Table") -> list[dict[str, Any]]:
    """The few rows of `table`.

    Ibis's own way would make pyarrow import pandas, which takes a second.
    """
    arrow = backend.few(backend.compile(table))
    # DuckDB sums integers into decimals; Ibis has promised integers.
    rows: list[dict[str, Any]] = arrow.cast(table.schema().to_pyarrow()).to_pylist()
    return rows


def write(
    backend: Backend, table: "ir.Table", schema: "ibis.Schema", directory: Path, if_null: str = "repair the source"
) -> datasets.Manifest:
    """The manifest of the dataset written: the rows of `table`, in its order, with exactly `schema`.

    Args:
        backend: What `engine` gave.
        table: What to compute; streamed, a row group at a time.
        schema: Names and types in the order of `table`'s columns.
        directory: Where the dataset goes.
        if_null: What to do when a column that is never null would be.

    Raises:
        ContractError: a column that is never null would be.
    """
    return write_all(backend, [table], schema, directory, if_null)


def write_all(
    backend: Backend,
    tables: Iterable["ir.Table"],
    schema: "ibis.Schema",
    directory: Path,
    if_null: str = "repair the source",
) -> datasets.Manifest:
    """The same of the rows of several tables, one after the other: what need not be computed at once."""
    arrow = schema.to_pyarrow()
    rows = (batch for table in tables for batch in streamed(backend, backend.compile(table)))
    return datasets.write_dataset(directory, arrow, (_typed(batch, arrow, if_null) for batch in rows))


def streamed(backend: Backend, query: str, rows: int = _ROWS_PER_GROUP) -> Iterator["pa.RecordBatch"]:
    """The rows of the query in batches of so many `rows`, each computed while the one before it is worked on."""
    return backend.batches(query, rows)


@contextmanager
def _duckdb_errors() -> Iterator[None]:
    """Raise DuckDB's own errors: of those beyond its first batches, Arrow's stream passes on the text alone."""
    import duckdb

    kinds: dict[str, type[duckdb.Error]] = {
        "Conversion Error": duckdb.ConversionException,
        "Out of Range Error": duckdb.OutOfRangeException,
        "Out of Memory Error": duckdb.OutOfMemoryException,
        "IO Error": duckdb.IOException,
    }
    try:
        yield
    except OSError as error:
        kind, separator, _ = str(error).partition(": ")
        if not separator or not kind.endswith(" Error"):
            raise
        raise kinds.get(kind, duckdb.Error)(str(error)) from None


def _typed(batch: "pa.RecordBatch", schema: "pa.Schema", if_null: str) -> "pa.RecordBatch":
    import pyarrow as pa

    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    for column, field in zip(columns, schema, strict=True):
        if column.null_count and not field.nullable:
            raise ContractError(f"'{field.name}' would be null in some rows", if_null)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@contextmanager
def translated() -> Iterator[None]:
    """Turn DuckDB's lack of memory or disk into an error that says to try again, and what overflows into one of data.

    DuckDB's own words would have the value, which may be anybody's; of them the type alone is reported.
    """
    import duckdb

    try:
        yield
    except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
        kind = _TYPE.search(str(error))
        raise ContractError(
            f"a value or a sum does not fit {kind[0] if kind else 'its type'}",
            "look for amounts out of all proportion in the source",
        ) from None
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise TransientError(
            f"DuckDB ran out of room: {brief(error, 300)}", "give the step more disk or memory"
        ) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise TransientError("the disk is full", "make room where the step writes or in its temporary files") from None
