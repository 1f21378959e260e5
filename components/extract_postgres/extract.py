"""Tables of one Postgres, copied in one snapshot by several connections."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from psycopg2 import sql

from components.connect.postgres import reading
from components.connect.standby import replayed, require_shown
from components.extract_postgres import unfit
from components.extract_postgres.bounds import Bounds, condition
from components.extract_postgres.catalog import catalog
from components.extract_postgres.copy import Copied, Part, copy
from components.extract_postgres.crew import Crew
from components.extract_postgres.expressions import require_zone
from components.extract_postgres.project import project
from components.extract_postgres.seal import seal
from components.extract_postgres.snapshot import lock, take
from components.extract_postgres.tables import Table, describe, find
from components.extract_postgres.timeline import timeline
from components.shell.errors import ConfigurationError
from components.shell.extracts import Places, clear, log_missing
from components.shell.instants import parse_instant
from components.shell.personal import personal
from components.shell.projection import parse, renamed
from components.shell.summary import Summary

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_MOST_WORKERS = 64
# A table is cut into parts of at least 64 MiB (in blocks of 8 KiB), so that one large table keeps all workers busy.
_LEAST_BLOCKS = 8192
_PARTS_PER_WORKER = 8
_RANGE_SCANS_SINCE = 140000


@dataclass(frozen=True)
class Request:
    """What to extract: of each table its columns, the schema of those that name none, bounds, connections that copy.

    The bounds' `column` is one that is asked for, by our name, or any of the source by its own. `timezone` is that of
    timestamps without one; `unfit` says what becomes of values that do not fit (unfit.py).
    `names` says what the source calls a table or column, which may be one that is asked for `elsewhere`; `personal`
    changes the list of what is personal. All that was committed by `as_of` must be shown; empty asks for nothing.
    """

    tables: Mapping[str, Sequence[str]]
    schema: str = "public"
    column: str = ""
    since: str = ""
    until: str = ""
    workers: int = 2
    timezone: str = "UTC"
    unfit: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Sequence[str] = ()
    personal: Sequence[Any] = ()
    as_of: str = ""


def extract(url: str, request: Request, places: Places) -> Summary:
    """Write one dataset per table below `places.raw`, and a manifest over all of them last.

    All tables show the same instant, whatever is written to them meanwhile. Rows that are rejected go to
    `places.rejected`. A second call replaces what a first left.

    Raises:
        ConfigurationError: a table, bound, policy or right is missing or wrong, or a personal column is not marked.
        ContractError: columns are missing or of another type, or the server cannot send a value.
        TransientError: the database is lost, or a standby that does not show what is known at `as_of`.
        OSError: the disk is full.
    """
    if not 1 <= request.workers <= _MOST_WORKERS:
        raise ConfigurationError(f"workers is {request.workers}", f"choose 1 to {_MOST_WORKERS}")
    bounds, policies = Bounds(request.column, request.since, request.until), unfit.parse(request.unfit)
    marked = personal(request.personal)
    asked = renamed(parse(request.tables, marked), request.names, request.elsewhere)
    with reading(url) as finder, catalog(finder) as cursor:
        require_zone(cursor, request.timezone)
        located = find(cursor, asked, request.schema)
        at = replayed(finder)
        if request.as_of:
            require_shown(at, parse_instant(request.as_of))
    with reading(url) as first:
        lock(first, located)
        snapshot = take(first, at)
        with catalog(first) as cursor:
            # While the lock was waited for, a name may have come to be that of another table.
            located = find(cursor, asked, request.schema)
            described = describe(cursor, located, request.timezone)
        tables = project(described, marked)
        there = {table.name: table.missing for table in tables if table.kind}
        log_missing(there, [table.name for table in tables if not table.kind])
        conditions = _conditions(bounds, described, tables)
        unfit.require_columns(policies, tables)
        clear(places, (table.name for table in tables))
        splits = request.workers if first.server_version >= _RANGE_SCANS_SINCE and not bounds.limited else 1
        parts = _parts(list(zip(tables, conditions, strict=True)), places, splits)

        def work(connection: "Connection", part: Part, stop: threading.Event) -> Copied:
            return copy(connection, part, policies, stop)

        def ready(connection: "Connection") -> None:
            lock(connection, tables, waiting=False)

        copied = Crew(work, ready, parts).run(first, url, snapshot.id, max(0, min(request.workers, len(parts)) - 1))
        return seal(places, tables, parts, copied, snapshot, timeline(first))


def _conditions(bounds: Bounds, described: Sequence[Table], asked: Sequence[Table]) -> list[sql.Composable | None]:
    """What the rows of each table must fulfil; None for all rows, and for a table that is missing."""
    return [
        condition(replace(bounds, column=ours.source(bounds.column)), table) if table.kind else None
        for table, ours in zip(described, asked, strict=True)
    ]


def _parts(wanted: Sequence[tuple[Table, sql.Composable | None]], places: Places, workers: int) -> list[Part]:
    """The tables in ranges of blocks, cut where that lets several workers share one; the last range is open."""
    parts: list[Part] = []
    for table, where in wanted:
        if not table.kind:
            continue
        size = max(_LEAST_BLOCKS, -(-table.blocks // (workers * _PARTS_PER_WORKER)))
        whole = workers == 1 or table.kind != "r" or table.blocks <= size
        starts = [0] if whole else list(range(0, table.blocks, size))
        for number, start in enumerate(starts):
            last = number == len(starts) - 1
            condition_ = where if whole else _blocks(start, None if last else start + size)
            path = places.raw / table.name / f"part-{number:05d}.parquet"
            rejected = places.rejected / f"part-{len(parts):05d}.parquet"
            parts.append(Part(table, condition_, path, rejected, table.blocks - start if last else size))
    return parts


def _blocks(start: int, end: int | None) -> sql.Composable:
    bounds = [sql.SQL("ctid OPERATOR(pg_catalog.>=) {}::pg_catalog.tid").format(sql.Literal(f"({start},0)"))]
    if end is not None:
        bounds.append(sql.SQL("ctid OPERATOR(pg_catalog.<) {}::pg_catalog.tid").format(sql.Literal(f"({end},0)")))
    return sql.SQL(" AND ").join(bounds)
