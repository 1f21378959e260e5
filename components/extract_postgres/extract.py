"""Tables of one Postgres, copied in one snapshot by several connections."""

import contextlib
import json
import logging
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import sql

from components.extract_postgres.bounds import Bounds, condition
from components.extract_postgres.copy import Part, StoppedError, copy
from components.extract_postgres.snapshot import Snapshot, companions, lock, reader, take
from components.extract_postgres.tables import Table, describe, find
from components.shell.datasets import MANIFEST, Manifest, seal
from components.shell.errors import ConfigurationError
from components.shell.files import write_atomically
from components.shell.progress import report
from components.shell.summary import Summary

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812

log = logging.getLogger(__name__)

_MOST_WORKERS = 64
# A table is cut into parts of at least 64 MiB (in blocks of 8 KiB), so that one large table keeps all workers busy.
_LEAST_BLOCKS = 8192
_PARTS_PER_WORKER = 8
_RANGE_SCANS_SINCE = 140000


@dataclass(frozen=True)
class Request:
    """What to extract: tables, the schema of those that name none, bounds, and how many connections copy at once."""

    tables: tuple[Any, ...]
    schema: str = "public"
    column: str = ""
    since: str = ""
    until: str = ""
    workers: int = 2


def extract(url: str, request: Request, directory: Path) -> Summary:
    """Write one dataset per table below `directory`, and a manifest over all of them last.

    All tables show the same instant, whatever is written to them meanwhile. A second call replaces what a first left.

    Raises:
        ConfigurationError: a table, column, type, bound or right is missing or wrong.
        ContractError: a value cannot be kept exactly.
        TransientError: the database is lost.
        OSError: the disk is full.
    """
    if not 1 <= request.workers <= _MOST_WORKERS:
        raise ConfigurationError(f"workers is {request.workers}", f"choose 1 to {_MOST_WORKERS}")
    bounds = Bounds(request.column, request.since, request.until)
    with reader(url) as finder, finder.cursor() as cursor:
        found = find(cursor, request.tables, request.schema)
    with reader(url) as first:
        lock(first, found)
        snapshot = take(first)
        with first.cursor() as cursor:
            tables = describe(cursor, found)
        conditions = [condition(bounds, table) for table in tables]
        _clear(directory, tables)
        splits = request.workers if first.server_version >= _RANGE_SCANS_SINCE and not bounds.limited else 1
        parts = [
            part
            for table, where in zip(tables, conditions, strict=True)
            for part in _parts(table, where, directory, splits)
        ]
        with companions(url, snapshot, min(request.workers, len(parts)) - 1) as others:
            _copy_all([first, *others], parts)
        return _seal(directory, tables, parts, snapshot)


def _clear(directory: Path, tables: Sequence[Table]) -> None:
    """Take away what an earlier, perhaps killed, call left, manifests first."""
    (directory / MANIFEST).unlink(missing_ok=True)
    for table in tables:
        folder = directory / table.name
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder / MANIFEST, *folder.glob("part-*.parquet")):
            path.unlink(missing_ok=True)


def _parts(table: Table, where: sql.Composable | None, directory: Path, workers: int) -> list[Part]:
    """The table in ranges of blocks, cut where that lets several workers share it; the last range is open."""
    size = max(_LEAST_BLOCKS, -(-table.blocks // (workers * _PARTS_PER_WORKER)))
    whole = workers == 1 or table.kind != "r" or table.blocks <= size
    starts = [0] if whole else list(range(0, table.blocks, size))
    parts = []
    for number, start in enumerate(starts):
        last = number == len(starts) - 1
        place = where if whole else _blocks(start, None if last else start + size)
        path = directory / table.name / f"part-{number:05d}.parquet"
        parts.append(Part(table, place, path, table.blocks - start if last else size))
    return parts


def _blocks(start: int, end: int | None) -> sql.Composable:
    lower = sql.SQL("ctid >= {}::tid").format(sql.Literal(f"({start},0)"))
    return lower if end is None else sql.SQL("{} AND ctid < {}::tid").format(lower, sql.Literal(f"({end},0)"))


def _copy_all(connections: Sequence["Connection"], parts: Sequence[Part]) -> None:
    """Copy all parts, the largest first, each connection taking the next as soon as it is free."""
    waiting: queue.SimpleQueue[Part] = queue.SimpleQueue()
    for part in sorted(parts, key=lambda part: -part.blocks):
        waiting.put(part)
    stop, done = threading.Event(), _Count(len(parts))
    pool = ThreadPoolExecutor(len(connections), thread_name_prefix="copy")
    try:
        running = [pool.submit(_work, connection, waiting, stop, done) for connection in connections]
        _finish(running)
    except BaseException:
        stop.set()
        for connection in connections:
            with contextlib.suppress(psycopg2.Error):
                connection.cancel()
        raise
    finally:
        pool.shutdown(wait=True)


def _finish(running: Sequence["Future[None]"]) -> None:
    finished, _ = wait(running, return_when=FIRST_EXCEPTION)
    for future in finished:
        future.result()


def _work(connection: "Connection", waiting: "queue.SimpleQueue[Part]", stop: threading.Event, done: "_Count") -> None:
    while not stop.is_set():
        try:
            part = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            rows = copy(connection, part, stop)
        except StoppedError:
            return
        done.add()
        log.info("%s/%s: %d rows", part.table.name, part.path.name, rows)


class _Count:
    """Counts finished parts and reports them as progress."""

    def __init__(self, total: int) -> None:
        self._lock = threading.Lock()
        self._done = 0
        self._total = total

    def add(self) -> None:
        with self._lock:
            self._done += 1
            report(self._done, self._total)


def _seal(directory: Path, tables: Sequence[Table], parts: Sequence[Part], snapshot: Snapshot) -> Summary:
    """Write the manifests, the one over all tables last; it lists every file, so it is read like any dataset's."""
    sealed = {
        table.name: seal(directory / table.name, [part.path.name for part in parts if part.table is table])
        for table in tables
    }
    files = [
        {**asdict(file), "name": f"{name}/{file.name}"} for name, manifest in sealed.items() for file in manifest.files
    ]
    described = [_described(table, sealed[table.name]) for table in tables]
    source = {
        "system": snapshot.system,
        "server_version": snapshot.server,
        "snapshot": snapshot.transactions,
        "lsn": snapshot.lsn,
    }
    write_atomically(
        directory / MANIFEST, json.dumps({"files": files, "tables": described, "source": source}, indent=2).encode()
    )
    rows = sum(manifest.rows for manifest in sealed.values())
    details = {table["name"]: {key: table[key] for key in ("rows", "bytes", "files")} for table in described}
    return Summary(rows_in=rows, rows_out=rows, details={"tables": details, "source": source})


def _described(table: Table, manifest: Manifest) -> dict[str, Any]:
    return {
        "name": table.name,
        "schema": table.schema,
        "rows": manifest.rows,
        "bytes": sum(file.bytes for file in manifest.files),
        "files": len(manifest.files),
        "columns": [{"name": column.name, "type": column.type} for column in table.columns],
    }
