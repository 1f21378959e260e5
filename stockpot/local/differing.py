"""What sets two snapshots of a table apart, row by row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from components.iceberg.catalog import translated
from components.iceberg.naming import name_of
from components.iceberg.planning import at, files_of
from components.iceberg.receipts import receipt_summary
from components.iceberg.scan import Scan, Selection
from components.shell import engine as shared
from components.shell.errors import ConfigurationError
from components.shell.identifiers import quoted
from components.shell.schema import Unique
from stockpot.definition import find
from stockpot.local.sql import engine
from stockpot.local.tables import require_snapshots

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.partitioning import PartitionField
    from pyiceberg.table import FileScanTask, Table

_PARTITION = "partition_"
_CHANGE = "change_"


@dataclass(frozen=True)
class Difference:
    """What the later snapshot has that the earlier had not, and the other way round.

    Attributes:
        key: The columns that name a row; empty where none are known, and a changed row is one removed and one added.
        counts: By partition (empty where the table has none): rows added, removed and changed.
        rows: The rows with `change_` before them: `added`, `removed`, and of changed ones `before` and `after`.
    """

    key: tuple[str, ...]
    counts: Sequence[tuple[str, int, int, int]]
    rows: pa.RecordBatchReader


@contextmanager
def difference(table: "Table", before: int, after: int, limit: int | None) -> Iterator[Difference]:
    """How the rows of two snapshots differ, by the columns of the later one; for the time of a block.

    Files that both have are not read.

    Raises:
        ConfigurationError: the table lacks a snapshot, cannot be read, or DuckDB is not installed.
        TransientError: the store does not answer.
    """
    require_snapshots(table, before, after)
    if taken := {_CHANGE, _PARTITION} & {*at(table, after).schema().column_names}:
        what = f"a difference would have two columns {', '.join(sorted(taken))}"
        raise ConfigurationError(what, "compare the snapshots elsewhere, or rename that column")
    key = _key(table, after)
    with engine() as connection, translated(), shared.translated():
        names = _fill(connection, table, before, after)
        _compare(connection, key)
        counts = connection.execute(
            f"SELECT {_PARTITION}, count(*) FILTER ({_CHANGE} = 'added'), count(*) FILTER ({_CHANGE} = 'removed'), "  # noqa: S608 - names of ours
            f"count(*) FILTER ({_CHANGE} = 'after') FROM differing GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        order = ", ".join((_PARTITION, *map(quoted, key), _CHANGE))
        listed = ", ".join(map(quoted, (_CHANGE, *names)))
        shown = "" if limit is None else f" LIMIT {limit}"
        query = f"SELECT {listed} FROM differing ORDER BY {order}{shown}"  # noqa: S608 - the names are quoted
        yield Difference(key, counts, connection.sql(query).to_arrow_reader())


def _fill(connection: "duckdb.DuckDBPyConnection", table: "Table", before: int, after: int) -> list[str]:
    """Both sides as tables of DuckDB, `old` and `new`, each row with its partition; the names of their columns."""
    later = at(table, after)
    sides = {"old": _files(table, before), "new": _files(table, after)}
    names: list[str] = []
    for side, files in sides.items():
        other = sides["new" if side == "old" else "old"]
        own = [task for name, task in sorted(files.items()) if name not in other]
        scan = Scan(later, Selection(), own, later.schema())
        names = scan.schema.names
        schema = scan.schema.append(pa.field(_PARTITION, pa.string()))
        stream = pa.RecordBatchReader.from_batches(schema, _parted(later, scan, schema))
        connection.register("stream", stream)
        connection.execute(f"CREATE TEMP TABLE {side} AS SELECT * FROM stream")  # noqa: S608 - one of two words
        connection.unregister("stream")
    return names


def _files(table: "Table", snapshot: int) -> dict[Any, "FileScanTask"]:
    """The files of a snapshot by what they are: a path, and what is deleted from it."""
    tasks = files_of(table, snapshot)
    return {(task.file.file_path, *sorted(one.file_path for one in task.delete_files)): task for task in tasks}


def _parted(table: "Table", scan: Scan, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    fields = table.spec().fields
    for batch in scan.batches():
        parts = [_part(table, field, batch) for field in fields]
        values = [", ".join(row) for row in zip(*parts, strict=True)] if parts else [""] * batch.num_rows
        yield pa.RecordBatch.from_arrays([*batch.columns, pa.array(values, pa.string())], schema=schema)


def _part(table: "Table", field: "PartitionField", batch: pa.RecordBatch) -> list[str]:
    """The partition of each row by one field, such as `uploaded_at_day=2026-01-15`."""
    source = table.schema().find_field(field.source_id)
    column = batch.column(source.name)
    encoded = field.transform.pyarrow_transform(source.field_type)(column).dictionary_encode()
    kind = field.transform.result_type(source.field_type)
    spelled = [f"{field.name}={field.transform.to_human_string(kind, _counted(one))}" for one in encoded.dictionary]
    return [f"{field.name}=null" if index is None else spelled[index] for index in encoded.indices.to_pylist()]


def _counted(value: pa.Scalar) -> Any:
    """The value as Iceberg counts it: instants and days as whole numbers."""
    temporal = pa.types.is_temporal(value.type)
    return (
        value.cast(pa.int32() if pa.types.is_date32(value.type) else pa.int64()).as_py() if temporal else value.as_py()
    )


def _compare(connection: "duckdb.DuckDBPyConnection", key: Sequence[str]) -> None:
    """The table `differing`: rows that one side has more often than the other, each with what became of it."""
    for name, one, other in (("added", "new", "old"), ("removed", "old", "new")):
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {one} EXCEPT ALL SELECT * FROM {other}")  # noqa: S608 - words of ours
    parts = []
    for name, other, changed in (("added", "removed", "after"), ("removed", "added", "before")):
        same = f" ANTI JOIN {other} USING ({', '.join(map(quoted, key))})" if key else ""
        parts.append(f"SELECT '{name}' AS {_CHANGE}, * FROM {name}{same}")  # noqa: S608 - the names are quoted
        if key:
            parts.append(f"SELECT '{changed}' AS {_CHANGE}, * FROM {name}{same.replace('ANTI', 'SEMI')}")  # noqa: S608 - the same
    connection.execute(f"CREATE TEMP TABLE differing AS {' UNION ALL '.join(parts)}")


def _key(table: "Table", snapshot: int) -> tuple[str, ...]:
    """The columns that name a row: by the table itself, else by the contract of the pipeline that fills it."""
    if named := sorted(table.schema().identifier_field_names()):
        return tuple(named)
    receipts = filter(None, map(receipt_summary, table.snapshots()))
    definition = find(next((one.get("pipeline", "") for one in receipts), ""))
    if definition is None or definition.dataset is None:
        return ()
    name, columns = name_of(table), at(table, snapshot).schema().column_names
    rules = (
        rule
        for target in (definition.dataset.own, *definition.dataset.also)
        if target.table.name == name and target.contract
        for rule in target.contract.rules
    )
    unique = next((rule for rule in rules if isinstance(rule, Unique)), None)
    return tuple(unique.columns) if unique and set(unique.columns) <= set(columns) else ()
