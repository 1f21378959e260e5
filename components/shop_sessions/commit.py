"""One commit per table: the days that were computed anew take the place of what was there; `sessions` come last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from components.iceberg.parts import Renewal, base_of, renew
from components.iceberg.receipts import Receipt, newest, receipts
from components.iceberg.tables import TableDefinition
from components.shell.engine import Engine, keep, streamed
from components.shell.errors import ContractError
from components.shell.instants import EPOCH, format_instant
from components.shell.keys import key_of
from components.shell.origin import read_origin
from components.shop_sessions.daily import Held, article_funnel, funnel_daily, steps_by_session
from components.shop_sessions.renewed import utc_day

_PART = "part"
_ORDER = ("session_events", "funnel_daily", "article_funnel", "sessions")
_COLUMNS = {
    "session_events": "session_started_at",
    "sessions": "started_at",
    "funnel_daily": "day",
    "article_funnel": "day",
}


@dataclass(frozen=True)
class Work:
    """The tables as they were when the run was planned, and what their commits say."""

    catalog: SqlCatalog
    definitions: Mapping[str, TableDefinition]
    tables: Mapping[str, Table]
    pipeline: str
    version: str
    as_of: datetime
    offsets: str

    def renewal(self, name: str, days: frozenset[int]) -> Renewal:
        """What is committed to the table of that name."""
        definition, table = self.definitions[name], self.tables[name]
        last = newest(receipts(table, self.pipeline))
        key = key_of([self.pipeline, definition.name, self.version, self.offsets, format_instant(self.as_of)])
        load = Receipt(
            run_key=key,
            pipeline=self.pipeline,
            interval_start=last.as_of if last else EPOCH,
            interval_end=self.as_of,
            as_of=self.as_of,
            version=self.version,
            git_commit=read_origin().git_commit,
            offsets=self.offsets,
        )
        return Renewal(definition, load, base_of(table, self.pipeline), _COLUMNS[name], days)


@dataclass(frozen=True)
class Committed:
    """What became of a table: the rows committed, the snapshot's summary, and a sentence."""

    table: str
    rows: int
    receipt: Mapping[str, Any]
    said: str


def commit_all(
    backend: Engine, work: Work, held: Held, days: frozenset[int], local_days: Sequence[date]
) -> dict[str, Committed]:
    """What became of each table, by its name here.

    Raises:
        ContractError: sessions hold another number of events than there are.
    """
    held = replace(
        held, sessions=keep(backend, "all_sessions", held.sessions), events=keep(backend, "all_events", held.events)
    )
    _conserve(backend, held)
    of_funnels = frozenset((day - EPOCH.date()).days for day in local_days)
    told = {
        "session_events": (_on(held.events, "session_started_at", days), days),
        "funnel_daily": (_by_date(funnel_daily(held, local_days)), of_funnels),
        "article_funnel": (_by_date(article_funnel(held, local_days)), of_funnels),
        "sessions": (_on(held.sessions.inner_join(steps_by_session(held), "session_key"), "started_at", days), days),
    }
    return {name: _commit(backend, work.renewal(name, told[name][1]), work, name, told[name][0]) for name in _ORDER}


def _conserve(backend: Engine, held: Held) -> None:
    counted = held.sessions.agg(rows=held.sessions.events.sum().fill_null(0))
    found = held.events.agg(rows=held.events.count())
    said, is_so = (next(iter(streamed(backend, backend.compile(one)))).column(0)[0].as_py() for one in (counted, found))
    if int(said) != int(is_so):
        raise ContractError(f"sessions hold {said} events and there are {is_so}", "report this: it cannot be")


def _on(table: ir.Table, column: str, days: frozenset[int]) -> ir.Table:
    """The rows of these days of UTC, in their order, each with its day."""
    rows = table.mutate(part=utc_day(table[column]))
    return rows.filter(rows.part.isin(sorted(days))).order_by("part", column, "session_key")


def _by_date(table: ir.Table) -> ir.Table:
    """The rows, which are in the order of days, each with its day as a number."""
    return table.mutate(part=utc_day(table.day.cast("timestamp('UTC', 6)")))


def _commit(backend: Engine, renewal: Renewal, work: Work, name: str, rows: ir.Table) -> Committed:
    known = [column for column in work.tables[name].schema().column_names if column in rows.columns]
    query = backend.compile(rows.select(_PART, *known))
    done = renew(work.catalog, renewal, _batches(backend, query))
    receipt, table = done.receipt, renewal.definition.name
    said = "nothing changed" if done.already else f"{receipt.rows} rows of {len(renewal.days)} days committed"
    return Committed(
        table,
        0 if done.already else receipt.rows,
        dict(done.summary),
        f"{table}: {said} (snapshot {receipt.snapshot_id})",
    )


def _batches(backend: Engine, query: str) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of a query, which is in the order of `part`, cut by it."""
    for batch in streamed(backend, query):
        if not batch.num_rows:
            continue
        days = pc.run_end_encode(batch.column(_PART).cast(pa.int64()))
        rest = batch.drop_columns([_PART])
        spans = pairwise([0, *days.run_ends.to_pylist()])
        for day, (start, end) in zip(days.values.to_pylist(), spans, strict=True):
            yield day, rest.slice(start, end - start)
