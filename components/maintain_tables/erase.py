"""`python -m components.maintain_tables.erase`: rows of whom or what the source no longer has leave their tables.

What the tables were before stays in their older snapshots until these expire; how long that is at most, is told.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from components.connect.endpoints import runs_url
from components.connect.postgres import clock
from components.iceberg import commits
from components.iceberg.catalog import load_table, open_catalog, table_exists
from components.iceberg.erasures import ERASURE
from components.iceberg.overwrite import swap
from components.iceberg.scan import Selection, scan, snapshot_of
from components.iceberg.staging import Staging
from components.maintain_tables.leaving import Leaving
from components.maintain_tables.tables import require_writable
from components.shell import datasets, step
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError
from components.shell.extracts import taken_at
from components.shell.instants import format_instant, refuse_future, run_instant
from components.shell.projection import near
from components.shell.summary import Summary

DELETED = "deleted_at"
"""A row of the source with an instant there, not after the run's own, is gone like one that is not there."""


@dataclass(frozen=True)
class Erasure:
    """A table, its column of keys, and where these are known: by table of the source the column."""

    table: str
    column: str
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Gone:
    """The keys of a table that the source no longer has, how many rows have them, and of how many in total."""

    keys: frozenset[str]
    rows: int
    total: int


def main(
    *,
    raw: Path,
    tables: list[Any],
    as_of: str,
    most_gone: float,
    keep_days: int,
    dry_run: bool,
    summary: Path,
    scheduled: str = "",
) -> None:
    """Remove the rows whose keys the source no longer has; all tables are looked at before the first is changed."""
    if not 0 <= most_gone <= 1:
        raise ConfigurationError(f"most_gone is {most_gone:g}", "give a share from 0 to 1")
    at = run_instant(as_of, scheduled)
    refuse_future(at, clock(runs_url()))
    catalog, taken = open_catalog(), taken_at(raw)
    erasures = [one for one in map(_parsed, tables) if table_exists(one.table)]
    missing = [
        (one, _missing_keys(load_table(catalog, one.table), one.column, known(raw, one.sources, at), taken))
        for one in erasures
    ]
    for one, gone in missing:
        _refuse_many(one, gone, most_gone)
        _refuse_empty(one, gone, raw)
    # They expire at the first daily care behind that.
    until = format_instant(at + timedelta(days=keep_days + 1))
    for one, gone in missing:
        if gone.rows and not dry_run:
            erase(catalog, one, gone.keys)
        state = "to be erased" if dry_run else "erased"
        print(
            f"{one.table}: {gone.rows:,} of {counted(gone.total, 'row')} {state},"
            f" of {len(gone.keys):,} in '{one.column}'"
        )
    if any(gone.rows for _, gone in missing) and not dry_run:
        days = counted(keep_days, "day")
        print(f"older snapshots hold them until they expire: by {until} where maintain-tables keeps {days}")
    by_table = {one.table: {"rows": gone.rows, "of": gone.total, "keys": len(gone.keys)} for one, gone in missing}
    rows, left = sum(gone.total for _, gone in missing), sum(gone.rows for _, gone in missing)
    Summary(rows, rows - left, 0, {"dry_run": dry_run, "tables": by_table, "in_snapshots_until": until}).write(summary)


def _parsed(one: Mapping[str, Any]) -> Erasure:
    try:
        parsed = Erasure(str(one["table"]), str(one["column"]), dict(one["of"]))
    except (KeyError, TypeError, ValueError):
        parsed = None
    if parsed is None or not parsed.sources or not all(isinstance(name, str) for name in parsed.sources.values()):
        raise ConfigurationError(
            f"{one} is no table to erase from", 'write {"table": …, "column": …, "of": {table of the source: column}}'
        )
    return parsed


def known(raw: Path, of: Mapping[str, str], at: datetime) -> pa.Array:
    """The keys that the source has at the instant.

    Raises:
        ConfigurationError: the extract has no such table or column, or it is of a type that is no key's.
    """
    parts = []
    for table, column in of.items():
        _require_keys(raw, table, column)
        for batch in datasets.read_batches(raw / table):
            keys = batch.column(column).cast(pa.string())
            if DELETED in batch.schema.names:
                deleted = batch.column(DELETED).cast(pa.timestamp("us", "UTC"))
                keys = keys.filter(pc.fill_null(pc.greater(deleted, pa.scalar(at)), True))
            parts.append(keys.unique())
    return pa.chunked_array(parts, pa.string()).unique()


def _require_keys(raw: Path, table: str, column: str) -> None:
    if not (raw / table / datasets.MANIFEST).is_file():
        there = {path.parent.name for path in raw.glob(f"*/{datasets.MANIFEST}")}
        raise ConfigurationError(
            f"tables asks for keys of '{table}', which source_tables does not have{near(table, there)}", "correct one"
        )
    schema = datasets.schema(raw / table)
    if column not in schema.names:
        hint = near(column, set(schema.names))
        raise ConfigurationError(
            f"tables asks for '{table}.{column}', which source_tables does not have{hint}", "correct one"
        )
    kind = schema.field(column).type
    # Of all others, texts differ by who makes them: 1 is 1.0 elsewhere.
    if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise ConfigurationError(f"column {table}.{column} is {kind}, which is no key", f"keep {column} as text")


def _missing_keys(table: Table, column: str, keys: pa.Array, taken: datetime | None) -> Gone:
    """What is gone of the table, which may be changed here if it has any such row."""
    missing = gone(table, column, keys, taken)
    if missing.rows:
        require_writable(table)
    return missing


def gone(table: Table, column: str, keys: pa.Array, taken: datetime | None) -> Gone:
    """The keys in the table's column that are none of these; a row without a key, such as a guest's, is nobody's.

    The table is looked at as it was when the keys were `taken`: who came since then is among its rows alone.
    """
    missing: set[str] = set()
    rows = whole = 0
    for batch in _batches(table, column, taken):
        values = batch.column(0)
        lost = values.filter(pc.invert(pc.is_in(values, keys.cast(values.type)))).drop_null()
        missing.update(lost.unique().to_pylist())
        rows, whole = rows + len(lost), whole + len(values)
    return Gone(frozenset(missing), rows, whole)


def _batches(table: Table, column: str, taken: datetime | None) -> Iterator[pa.RecordBatch]:
    """The column as it was then, or as it is now without an instant; nothing where there was no such table yet."""
    until = None if taken is None else int(taken.timestamp() * 1000)
    kept = [one for one in table.history() if table.snapshot_by_id(one.snapshot_id)]
    then = [one.snapshot_id for one in kept if until is None or one.timestamp_ms <= until]
    if then:
        yield from scan(table, snapshot_of(table, then[-1]), Selection((column,))).batches()


def erase(catalog: SqlCatalog, erasure: Erasure, keys: frozenset[str]) -> None:
    """Remove all rows with these keys, in one commit; what others commit meanwhile is looked at as well.

    Of files that have such rows the others are written again, and proven to be what they were.

    Raises:
        ConfigurationError: such a file cannot be read right, or the table is of a version that is only read.
        ContractError: the rows that stay would not be what they were.
        TransientError, OutcomeUnknownError: as in `commits.commit`.
    """
    key = uuid.uuid4().hex
    commits.commit(
        catalog,
        commits.Work(
            erasure.table,
            key,
            done=lambda table: _done(table, key),
            attempt=lambda table: _attempt(table, erasure.column, keys, key),
        ),
    )


def _done(table: Table, key: str) -> bool | None:
    committed = (one.summary.additional_properties.get(ERASURE) for one in table.snapshots() if one.summary)
    return True if key in committed else None


def _attempt(table: Table, column: str, keys: frozenset[str], key: str) -> bool:
    require_writable(table)
    leaving = Leaving(table, column, keys)
    with Staging(table, key) as staging, commits.discarded(staging):
        new = staging.write(leaving.staying())
        leaving.prove(new)
        if old := [task.file for task in leaving.tasks]:
            with table.transaction() as transaction:
                swap(table, transaction, {ERASURE: key}, old, new)
    return True


def _refuse_many(erasure: Erasure, gone: Gone, most: float) -> None:
    if gone.rows > most * gone.total:
        named = " and ".join(sorted(erasure.sources))
        raise ContractError(
            f"{gone.rows:,} of {counted(gone.total, 'row')} of {erasure.table} are of keys that {named} no longer have",
            "nothing was erased; see whether the source is whole, or allow more with most_gone",
        )


def _refuse_empty(erasure: Erasure, gone: Gone, raw: Path) -> None:
    empty = [table for table in sorted(erasure.sources) if not datasets.read_manifest(raw / table).rows]
    if gone.rows and empty:
        raise ContractError(
            f"{counted(gone.rows, 'row')} of {erasure.table} would go, and {' and '.join(empty)} has no rows,"
            " or is not there",
            "nothing was erased; see whether the source is whole, or leave it out of what tables asks",
        )


if __name__ == "__main__":
    step.run(main)
