"""`python -m components.raw_tables.read`: ranges of raw tables, in the form in which an extract hands on tables."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pyiceberg.table import Table

from components.iceberg.catalog import read_table, table_exists, translated
from components.iceberg.coverage import Span, gaps
from components.iceberg.receipts import Receipt, furthest, loads
from components.iceberg.scan import Selection, scan, snapshot_of
from components.raw_tables.names import DAY_AT, NAMESPACE
from components.shell import step
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError, TransientError
from components.shell.extracts import Extracted, Places, clear, finish, log_missing, seal_rejected
from components.shell.instants import EPOCH, format_instant
from components.shell.personal import personal
from components.shell.projection import Projection, parse


def main(*, tables: dict[str, Any], until: datetime, pipeline: str, raw: Path, rejected: Path, summary: Path) -> None:
    """Read the rows of raw tables of the days before an instant."""
    projections = parse(tables, personal(()))
    places = Places(raw, rejected)
    clear(places, (one.name for one in projections))
    with translated():
        opened = {one.name: _require(one, pipeline, until) for one in projections}
        read = [_read(one, opened[one.name], until, raw) for one in projections]
    log_missing({one.name: one.missing for one in read}, [])
    source = {f"{NAMESPACE}.{name}": str(snapshot_of(table, None)) for name, table in opened.items()}
    finish(raw, read, seal_rejected(rejected, []), {"kind": NAMESPACE, **source}).write(summary)


def _require(projection: Projection, pipeline: str, until: datetime) -> Table:
    """The raw table, which has landed up to that instant.

    Raises:
        ConfigurationError: there is none, or days are missing that no run of the schedule will land.
        TransientError: it has not landed so far yet.
    """
    name = f"{NAMESPACE}.{projection.name}"
    if not table_exists(name):
        raise ConfigurationError(
            f"table {name} does not exist: {projection.name} has not landed",
            f"run {pipeline} first if that table is one of its own, else give source postgres",
        )
    table = read_table(name)
    committed = loads(table, pipeline)
    for gap in gaps(committed, EPOCH, until):
        _refuse_passed(name, pipeline, gap, committed)
        raise TransientError(
            f"table {name} lacks the days from {format_instant(gap[0])} on, and this run reads those before"
            f" {format_instant(until)}",
            f"wait for the run of {pipeline} that lands them, or start it",
        )
    return table


def _refuse_passed(name: str, pipeline: str, gap: Span, committed: Sequence[Receipt]) -> None:
    """Nothing, if the schedule comes to these days; it has passed those before the furthest that have landed.

    Raises:
        ConfigurationError: it has: a backfill began the table, or was not finished.
    """
    start, end = map(format_instant, gap)
    last = furthest(committed)
    if last is not None and gap[0] < last.interval_end:
        raise ConfigurationError(
            f"table {name} lacks the days from {start} to {end}, which no run of the schedule comes back to",
            f"land them in one run, with the parameters that {pipeline} has else: stockpot run {pipeline}"
            f" --param generation=1 --param backfill_from={start} --param backfill_to={end}",
        )


def _read(projection: Projection, table: Table, until: datetime, raw: Path) -> Extracted:
    """The rows of the days before the instant, written to a dataset of the table's name.

    Raises:
        ConfigurationError: the table lacks a column that is needed.
    """
    known = {field.name: str(field.field_type) for field in table.schema().fields}
    lacking = [column for column in projection.columns if column.name not in known]
    if needed := next((column.name for column in lacking if not column.optional), None):
        raise ConfigurationError(
            f"table {NAMESPACE}.{projection.name} has no column '{needed}'", "give source postgres"
        )
    there = [column.name for column in projection.columns if column.name in known]
    scanned = scan(table, snapshot_of(table, None), Selection(tuple(there), DAY_AT, end=until))
    manifest = write_dataset(raw / projection.name, scanned.schema, scanned.batches())
    types = {name: known[name] for name in there}
    return Extracted(projection.name, NAMESPACE, types, [column.name for column in lacking], manifest)


if __name__ == "__main__":
    step.run(main)
