"""Cuts: the instants at which a table holds how things stood, each beside the ones before it.

A cut is loaded as the interval of that one instant, so that what resolves a backfill's loads resolves cuts too. Which
cuts there are is known from receipts, or from the rows where those have expired: no property has to list them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from components.iceberg.coverage import INSTANT, remembered
from components.iceberg.receipts import Receipt, complete, furthest, receipts
from components.shell.instants import format_instant, local_midnight, zone_of
from components.shell.keys import key_of

if TYPE_CHECKING:
    from pyiceberg.table import FileScanTask, Table

RUN, DAY = "run", "day"


def cut_of(as_of: datetime, each: str, timezone: str) -> datetime:
    """The cut of a run: its instant, or where there is one for `each` day, the first instant of its day in the zone.

    Raises:
        ConfigurationError: there is no such zone.
    """
    if each == RUN:
        return as_of
    return local_midnight(as_of.astimezone(zone_of(timezone)).date(), timezone)


def load_of(  # noqa: PLR0917 - all of them name the work
    pipeline: str, table: str, version: str, cut: datetime, as_of: datetime, generation: int
) -> Receipt:
    """What a run asks to commit at a cut.

    Its key has the run's instant beside the cut: what is known later of a cut is another load, which replaces it.
    """
    work: dict[str, object] = {"pipeline": pipeline, "table": table, "version": version, "generation": generation}
    key = key_of({**work, "cut": format_instant(cut), "as_of": format_instant(as_of)})
    return Receipt(key, pipeline, cut, cut + INSTANT, as_of, version, generation=generation)


def presumed_cuts(table: "Table", pipeline: str, column: str, start: datetime, end: datetime) -> tuple[Receipt, ...]:
    """Stand-ins for expired receipts of cuts in `[start, end)`: one for each that the table has rows of.

    Each is taken to be known as well as the last one. A cut without rows leaves nothing that could be written over.
    """
    committed = receipts(table, pipeline)
    last = furthest(committed)
    if complete(table) or last is None:
        return ()
    recorded = {receipt.interval_start for receipt in committed}
    stand_in = replace(
        last,
        run_key="",
        attempt="",
        snapshot_id=0,
        rows=0,
        run_id="",
        details="",
        generation=remembered(table, pipeline)[1],
    )
    return tuple(
        replace(stand_in, interval_start=cut, interval_end=cut + INSTANT)
        for cut in sorted(held_cuts(table, column, start, end) - recorded)
    )


def held_cuts(table: "Table", column: str, start: datetime, end: datetime) -> set[datetime]:
    """The instants in `[start, end)` that the table has rows of.

    The manifests give those of files that hold one; of others, as a compaction makes them, the column is read.
    """
    from pyiceberg.expressions.parser import parse

    from components.iceberg.bounds import bounds
    from components.iceberg.planning import files_of

    inside = parse(f"\"{column}\" >= '{start.isoformat()}' and \"{column}\" < '{end.isoformat()}'")
    cuts: set[datetime] = set()
    mixed = []
    for task in files_of(table, row_filter=inside):
        first, last = bounds(table, task.file, column)
        if first is not None and first == last and not task.delete_files:
            cuts.add(first)
        else:
            mixed.append(task)
    return cuts.union(*_read(table, mixed, column, start, end))


def _read(
    table: "Table", tasks: "list[FileScanTask]", column: str, start: datetime, end: datetime
) -> Iterator[set[datetime]]:
    import pyarrow.compute as pc

    from components.iceberg.scan import Scan, Selection

    for batch in Scan(table, Selection((column,), column, start, end), tasks, table.schema()).batches():
        yield {instant.astimezone(UTC) for instant in pc.unique(batch.column(column)).to_pylist()}
