"""`python -m components.shop_sessions.commit`: the days computed anew replace those before; `sessions` come last."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.commits import Outcome, described, outcome
from components.iceberg.erasures import last_erasure
from components.iceberg.parts import Renewal, days_text, done_before, renew
from components.iceberg.receipts import Receipt, newest, receipts
from components.iceberg.tables import TableDefinition, parse_definition
from components.shell import step
from components.shell.arguments import flag
from components.shell.counts import counted
from components.shell.datasets import read_batches
from components.shell.errors import SupersededError
from components.shell.files import write_atomically
from components.shell.instants import EPOCH, format_instant
from components.shell.keys import key_of
from components.shell.origin import read_origin
from components.shell.summary import Summary
from components.shop_sessions.rows import COLUMNS, LATER, Plan, read_plan

_DAY = 24 * 60 * 60 * 1_000_000
_FIRST, *_, _LAST = COLUMNS
_OF_NOBODY = ("funnel_daily", "article_funnel")
"""Sums, into which no erasure reaches. Before all others are committed, events are looked at for one."""


@dataclass(frozen=True)
class Identity:
    """Who commits: the pipeline, the version of its definition, the run's instant and its name in the engine."""

    pipeline: str
    version: str
    as_of: datetime
    run_id: str = ""


@dataclass(frozen=True)
class Datasets:
    """The rows of each table."""

    session_events: Path
    funnel_daily: Path
    article_funnel: Path
    customer_behaviour: Path
    sessions: Path


def main(
    *, tables: dict[str, Any], plan: Path, identity: Identity, rows: Datasets, receipt: Path, summary: Path
) -> None:
    """Bring the rows into their tables, one commit each."""
    catalog, planned = open_catalog(), read_plan(plan)
    definitions = {name: parse_definition(tables[name]) for name in COLUMNS}
    renewals = {name: _renewal(catalog, definitions, identity, planned, name) for name in COLUMNS}
    done: dict[str, Outcome] = {}
    with _restart_advice(planned):
        _require_first(catalog, planned, renewals)
        for name, renewal in renewals.items():
            result = None if planned.changes(name) else _last(catalog, renewal)
            result = result or renew(catalog, renewal, _batches(getattr(rows, name), renewal.column))
            done[renewal.definition.name] = result
            _report(renewal.definition.name, result, len(renewal.parts))
    # That of the last one says that all are committed.
    write_atomically(receipt, json.dumps(list(done.values())[-1].summary, indent=2, sort_keys=True).encode())
    flags = {parse_definition(tables[name]).name: flag(name) for name in COLUMNS}
    _summary(done, flags).write(summary)


@contextmanager
def _restart_advice(planned: Plan) -> Iterator[None]:
    """Give its own advice to a run that makes all anew and is overtaken: no later run makes it good."""
    try:
        yield
    except SupersededError as error:
        if not planned.anew:
            raise
        raise SupersededError(error.message, f"nothing was made anew: {LATER}") from error


def _require_first(catalog: SqlCatalog, planned: Plan, renewals: Mapping[str, Renewal]) -> None:
    """Nothing, if no table that is to be committed has been since the run was planned, but by this run.

    Looked at before the first commit: the last table may have been committed by a run that left the others as they are.

    Raises:
        SupersededError: one has been.
    """
    for name, renewal in renewals.items():
        if planned.changes(name):
            done_before(load_table(catalog, renewal.definition.name), renewal)


def _last(catalog: SqlCatalog, renewal: Renewal) -> Outcome | None:
    """The outcome of the table's last commit; None where it has none: its first receipt may be of no rows."""
    table = load_table(catalog, renewal.definition.name)
    last = newest(receipts(table, renewal.load.pipeline))
    return None if last is None else outcome(table, last, already=True)


def _renewal(
    catalog: SqlCatalog, definitions: Mapping[str, TableDefinition], identity: Identity, planned: Plan, name: str
) -> Renewal:
    """What is committed to the table of that name."""
    definition = definitions[name]
    last = newest(receipts(load_table(catalog, definition.name), identity.pipeline))
    events = _key(definitions[_FIRST], identity, planned) if planned.changes(_FIRST) else planned.bases[_FIRST]
    load = Receipt(
        run_key=_key(definition, identity, planned),
        pipeline=identity.pipeline,
        interval_start=last.as_of if last else EPOCH,
        interval_end=identity.as_of,
        as_of=identity.as_of,
        version=identity.version,
        git_commit=read_origin().git_commit,
        offsets=planned.offsets,
        run_id=identity.run_id,
        details=days_text(planned.days[name], beside=events if name == _LAST else ""),
    )
    derived = {each.name for each in definitions.values()}
    read = [each for each in planned.erased if each not in derived and name not in _OF_NOBODY]

    def refuse(table: Table) -> None:
        _refuse_erased(planned, definition.name, table)
        for other in read:
            _refuse_erased(planned, other, load_table(catalog, other))

    return Renewal(definition, load, planned.bases[name], COLUMNS[name], planned.days[name], refuse)


def _refuse_erased(planned: Plan, name: str, table: Table) -> None:
    """Nothing, if no rows have been erased from the table since the run read it: it would bring them back.

    Raises:
        SupersededError: some have.
    """
    if name in planned.erased and last_erasure(table) not in ("", planned.erased[name]):
        raise SupersededError(
            f"this run has been overtaken: rows of {name} have been erased since it read them",
            "the next run makes good what is missing",
        )


def _key(definition: TableDefinition, identity: Identity, planned: Plan) -> str:
    key_parts = [identity.pipeline, definition.name, identity.version, planned.offsets, format_instant(identity.as_of)]
    if planned.parameters:
        key_parts.append(planned.parameters)
    return key_of(key_parts)


def _report(table: str, done: Outcome, days: int) -> None:
    committed = f"{counted(done.receipt.rows, 'row')} of {counted(days, 'day')} committed"
    text = "nothing changed" if done.already else committed
    print(f"{table}: {text} (snapshot {done.receipt.snapshot_id})")


def _summary(done: Mapping[str, Outcome], flags: Mapping[str, str]) -> Summary:
    """What became of each table; `sessions`, the last, stand for all."""
    rows = {table: 0 if each.already else each.receipt.rows for table, each in done.items()}
    table, last = list(done.items())[-1]
    snapshots = {name: str(each.receipt.snapshot_id) for name, each in done.items()}
    details = {**described(table, last), "rows": rows, "snapshots": snapshots, "datasets": flags}
    return Summary(rows_in=sum(rows.values()), rows_out=sum(rows.values()), details=details)


def _batches(directory: Path, column: str) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows, which are in the order of days, cut by day."""
    for batch in read_batches(directory):
        if not batch.num_rows:
            continue
        days = pc.run_end_encode(_days(batch.column(column)))
        spans = pairwise([0, *days.run_ends.to_pylist()])
        for day, (start, end) in zip(days.values.to_pylist(), spans, strict=True):
            yield day, batch.slice(start, end - start)


def _days(at: pa.Array) -> pa.Array:
    """The days of instants or dates, as numbers since 1970."""
    if pa.types.is_date32(at.type):
        return at.cast(pa.int32()).cast(pa.int64())
    # Arrow divides towards 0, but nothing happened before 2000.
    return pc.divide(at.cast(pa.timestamp("us", "UTC")).cast(pa.int64()), _DAY)


if __name__ == "__main__":
    step.run(main)
