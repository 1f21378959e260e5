"""`python -m components.raw_tables.compare`: the days of which source and raw table hold other keys."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from components.iceberg import coverage
from components.iceberg.catalog import read_table, translated
from components.iceberg.coverage import Span, overlaps
from components.iceberg.receipts import loads
from components.iceberg.scan import Scan, Selection, scan, snapshot_of
from components.iceberg.tables import parse_definition
from components.raw_tables.rows import REASON, Landing, landed
from components.retail.columns import INSTANT
from components.retail.time import cut_day
from components.shell import datasets, step
from components.shell.counts import counted, worded
from components.shell.engine import Engine, engine, keep, lent, records
from components.shell.errors import ContractError
from components.shell.files import write_parameter
from components.shell.instants import EPOCH, format_instant, local_midnight
from components.shell.keys import key_of
from components.shell.summary import Summary

MEMORY = "2GB"
# Each is extracted and committed by itself.
_MOST_SPANS = 8
# With a blank in front, so that no key is called alike.
_ROWS = " rows"


def main(
    *,
    raw: Path,
    table: dict[str, Any],
    pipeline: str,
    version: str,
    as_of: datetime,
    time: str,
    key: list[Any],
    numbered: list[Any],
    until: datetime,
    spans: Path,
    generation: Path,
    summary: Path,
    timezone: str = "UTC",
    most_gone: float = 0.2,
) -> None:
    """Find the days of which source and raw table hold other keys: rows that came late, or are gone."""
    landing = Landing(parse_definition(table), time, numbered, timezone)
    with translated():
        there = read_table(landing.table.name)
        selection = Selection((landing.day_at, *key), landing.day_at, start=EPOCH, end=until)
        scanned = scan(there, snapshot_of(there, None), selection)
        days, total = _differing(raw, landing, key, until, scanned)
        mine = loads(there, pipeline)
    missing, gone = (sum(day[figure] for day in days) for figure in ("missing", "gone"))
    _refuse_many(landing.table.name, gone, total, most_gone)
    stretches = joined([day["day"] for day in days], timezone)
    work = [pipeline, landing.table.name, version, format_instant(as_of)]
    span_entries = [_span_entry(start, end, work) for start, end in stretches]
    write_parameter(spans, json.dumps(span_entries))
    # A stand-in for a receipt that has expired knows, as far as anybody can tell, what this run knows.
    near = [
        max(one.generation, 1) + (not one.snapshot_id)
        for one in mine
        if overlaps(stretches, one.interval_start, one.interval_end)
    ]
    write_parameter(generation, max([1, *near]))
    print(f"{landing.table.name}: {counted(missing, 'row')} missing and {gone:,} gone, on {counted(len(days), 'day')}")
    details = {"missing": missing, "gone": gone, "days": len(days), "spans": span_entries}
    Summary(datasets.read_manifest(raw / landing.source).rows, missing, 0, details).write(summary)


def _differing(
    raw: Path, landing: Landing, key: Sequence[str], until: datetime, scanned: Scan
) -> tuple[list[dict[str, Any]], int]:
    """The days of which keys differ, each by its beginning, with how many rows are missing and how many are gone.

    Beside them, how many rows of the raw table were compared.
    """
    with engine(MEMORY) as backend:
        source = landed(backend.read_parquet(datasets.files(raw / landing.source)), landing, key)
        at = source[landing.day_at]
        # What was before 1970 lands never.
        among = (at >= ibis.literal(EPOCH, INSTANT)) & (at < ibis.literal(until, INSTANT))
        known = source.filter(source[REASON].isnull(), among)
        names = [landing.day_at, *key]
        schema = known.select(names).schema()
        # Each row of the source counts for one, and each of the table against one.
        ours = _counted(backend, ibis.table(schema, "held"), names, scanned)
        both = known.select(names).mutate(**{_ROWS: ibis.literal(1, "int64")})
        both = both.union(ours.mutate(**{_ROWS: -ours[_ROWS]}))
        summed = both.group_by(names).agg(**{_ROWS: both[_ROWS].sum()})
        other = summed.filter(summed[_ROWS] != 0)
        days = other.group_by(day=other[landing.day_at]).agg(
            missing=other[_ROWS].sum(where=other[_ROWS] > 0).fill_null(0),
            gone=-other[_ROWS].sum(where=other[_ROWS] < 0).fill_null(0),
        )
        (whole,) = records(backend, ours.agg(rows=ours[_ROWS].sum().fill_null(0)))
        return records(backend, days.order_by("day")), whole["rows"]


def _counted(backend: Engine, table: ir.Table, names: Sequence[str], scanned: Scan) -> ir.Table:
    """How often each key is in the raw table; of a batch at a time no more is kept."""
    with lent(backend, "held", scanned.schema, scanned.batches()):
        counts = keep(backend, "counted", table.group_by(names).agg(**{_ROWS: table.count()}))
        # The rows are lent for as long as they are read.
        backend.result(lambda _: None)
    return counts


def joined(days: Sequence[datetime], timezone: str) -> list[Span]:
    """The days, each by its beginning, as a few stretches of whole days, oldest first: what is nearest is joined."""
    # Where midnight strikes twice, rows may have landed under the second one; a span begins with the first.
    local = [cut_day(day, timezone) for day in days]
    spans = coverage.joined(
        (local_midnight(day, timezone), local_midnight(day + timedelta(days=1), timezone)) for day in local
    )
    widest = sorted(range(1, len(spans)), key=lambda index: spans[index - 1][1] - spans[index][0])[: _MOST_SPANS - 1]
    bounds = [0, *sorted(widest), len(spans)]
    return [(spans[first][0], spans[end - 1][1]) for first, end in pairwise(bounds) if first < end]


def _span_entry(start: datetime, end: datetime, work: Sequence[str]) -> dict[str, str]:
    bounds = format_instant(start), format_instant(end)
    return {"start": bounds[0], "end": bounds[1], "run_key": key_of(["reconcile", *work, *bounds])}


def _refuse_many(table: str, gone: int, of: int, most: float) -> None:
    if gone > most * of:
        raise ContractError(
            f"{gone:,} of {counted(of, 'row')} of {table} {worded(gone, 'is', 'are')} gone from the source",
            "nothing was changed; see whether the source is whole, or allow more with most_gone",
        )


if __name__ == "__main__":
    step.run(main)
