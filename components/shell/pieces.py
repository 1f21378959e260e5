"""Rows that the engine holds in files, apart by a number: what is computed piece by piece need not fit into memory."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.shell.engine import Engine

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir

_NUMBER = "piece"
_FILES = f"{_NUMBER}=%d/*.parquet"


class Pieces:
    """A table of the engine in files of its temporary directory, each of which holds rows of one piece alone.

    Written once in a compressed form and read as often as need be, a piece at a time or all of them. Beside what a
    query holds while it runs, nothing of it is in memory.
    """

    def __init__(self, backend: Engine, name: str, schema: "ibis.Schema") -> None:
        """Begin without rows; `name` is that of no other table of the engine."""
        import ibis

        self._backend = backend
        self._name = name
        # A file does not say what is never null.
        self.schema = ibis.schema({column: kind.copy(nullable=True) for column, kind in schema.items()})
        self._directory = backend.scratch / name
        self._directory.mkdir()
        self._empty = self._directory / "empty.parquet"
        _write_empty(self._empty, self.schema)

    def add(self, rows: "ir.Table", number: "ir.IntegerValue") -> None:
        """Add the rows, which have the schema's columns, each to the piece of its `number`, from 0 on.

        DuckDB does it while the caller goes on; an error shows when a result is asked for.
        """
        query = self._backend.compile(rows.select(*self.schema.names, **{_NUMBER: number}))
        options = f"FORMAT parquet, COMPRESSION lz4_raw, PARTITION_BY ({_NUMBER}), APPEND, ROW_GROUP_SIZE 20480"
        self._backend.begin(
            lambda connection: connection.execute(f"COPY ({query}) TO {quoted(self._directory)} ({options})")
        )

    def of(self, numbers: Iterable[int]) -> "ir.Table":
        """The rows of these pieces, until others are asked for: a name has one meaning at a time."""
        wanted = list(numbers)
        return self._read(f"{self._name}_of", lambda: [_FILES % number for number in wanted])

    def all(self) -> "ir.Table":
        """The rows of all pieces that there are by now."""
        return self._read(self._name, lambda: [f"{_NUMBER}=*/*.parquet"])

    def rows(self) -> dict[int, int]:
        """How many rows each piece has that has any, by its number."""
        import pyarrow.parquet as pq

        self._backend.result(lambda _: None)
        counts: dict[int, int] = {}
        for file in self._directory.glob(f"{_NUMBER}=*/*.parquet"):
            number = int(file.parent.name.removeprefix(f"{_NUMBER}="))
            counts[number] = counts.get(number, 0) + pq.read_metadata(file).num_rows
        return dict(sorted(counts.items()))

    def _read(self, view: str, patterns: Callable[[], list[str]]) -> "ir.Table":
        """The files as a view, which is looked for when all that was begun before has been written."""
        import ibis

        def opened(connection: Any) -> None:
            files = [self._empty, *(file for each in patterns() for file in sorted(self._directory.glob(each)))]
            reading = connection.read_parquet([str(file) for file in files], hive_partitioning=False)
            reading.create_view(view, replace=True)

        self._backend.begin(opened)
        return ibis.table(self.schema, view)


def quoted(path: Path) -> str:
    """The path as a text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def _write_empty(path: Path, schema: "ibis.Schema") -> None:
    import pyarrow.parquet as pq

    pq.write_table(schema.to_pyarrow().empty_table(), path)
