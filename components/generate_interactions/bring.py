"""The three datasets of a feed from any source, all of them or none."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from components.connect.endpoints import database_url
from components.connect.postgres import reading
from components.connect.standby import replayed, require_shown
from components.generate_interactions import generate
from components.generate_interactions.config import Config, parse_config
from components.generate_interactions.conform import conform, missing_optional
from components.generate_interactions.parquet import read_parquet
from components.generate_interactions.postgres import find_columns, read_table
from components.generate_interactions.schemas import TABLES
from components.generate_interactions.verify import verify
from components.shell import progress
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import EPOCH, format_instant, held
from components.shell.summary import Summary

log = logging.getLogger(__name__)

_INSTANT = pa.timestamp("us", tz="UTC")
_EARLIEST = -(2**63)


@dataclass(frozen=True)
class Request:
    """Where the feed comes from, and until when."""

    source: str
    source_path: str
    config: str
    until: datetime
    workers: int = 2


def bring(request: Request, directories: dict[str, Path]) -> Summary:
    """Write the datasets interactions, users and items below their directories; on any failure leave none of them.

    Raises:
        ConfigurationError: the request makes no sense, or names what is not there.
        ContractError: the rows of a real source are not what they should be.
    """
    if request.source not in ("synthetic", "postgres", "parquet"):
        raise ConfigurationError(f"unknown source '{request.source}'", "use synthetic, postgres or parquet")
    if request.workers < 1:
        raise ConfigurationError(f"--workers is {request.workers}", "give it at least 1")
    with _all_or_none(directories):
        return _generate(request, directories) if request.source == "synthetic" else _read(request, directories)


@contextmanager
def _all_or_none(directories: dict[str, Path]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for directory in directories.values():
            shutil.rmtree(directory, ignore_errors=True)
        raise


def _generate(request: Request, directories: dict[str, Path]) -> Summary:
    config = parse_config(request.config)
    end = datetime.combine(config.end, time(), UTC)
    if end > request.until:
        raise ConfigurationError(
            f"date_range ends at {format_instant(end)}, after {format_instant(request.until)}",
            "end it there, or run with a later as_of",
        )
    world = generate.draw_world(config)
    tables = {
        "interactions": _with_progress(generate.interactions(world, request.workers), config),
        "users": iter([generate.users_table(world)]),
        "items": iter([generate.items_table(world)]),
    }
    return _write(tables, directories, {"source": "synthetic", "seed": config.seed})


def _with_progress(batches: Iterator[pa.RecordBatch], config: Config) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in batches:
        yield batch
        done += batch.num_rows
        progress.report(done, config.num_interactions)


def _read(request: Request, directories: dict[str, Path]) -> Summary:
    with tempfile.TemporaryDirectory(prefix="interactions-") as scratch, ExitStack() as stack:
        if request.source == "postgres":
            _require_shown(request.until)
            connection = stack.enter_context(reading(database_url()))
            columns = find_columns(connection)
            raw = {
                name: read_table(connection, name, columns[name], request.until, Path(scratch, name)) for name in TABLES
            }
        else:
            raw = read_parquet(request.source_path)
        lacking: dict[str, list[str]] = {}
        tables = {name: conform(name, _noted(name, raw[name], lacking), TABLES[name]) for name in raw}
        tables["interactions"] = _known(tables["interactions"], request.until)
        summary = _write(tables, directories, {"source": request.source})
        verify(directories, Path(scratch))
    return _with_lacking(summary, lacking)


def _require_shown(until: datetime) -> None:
    """Nothing, if the database shows all of that time. Asked before the rows are read, which may then show no less.

    Raises:
        TransientError: it is a standby that is behind.
    """
    with reading(database_url()) as connection:
        require_shown(replayed(connection), until)


def _noted(table: str, batches: Iterator[pa.RecordBatch], lacking: dict[str, list[str]]) -> Iterator[pa.RecordBatch]:
    """The batches; what they lack of a table's optional columns is put into `lacking`."""
    for batch in batches:
        if absent := missing_optional(table, batch.schema.names):
            lacking[table] = absent
        yield batch


def _with_lacking(summary: Summary, lacking: dict[str, list[str]]) -> Summary:
    if not lacking:
        return summary
    names = ", ".join(f"{table}.{column}" for table, columns in lacking.items() for column in columns)
    log.warning("the source lacks %s: nulls stand for them", names)
    return replace(summary, details={**summary.details, "missing_columns": lacking})


def _known(batches: Iterator[pa.RecordBatch], until: datetime) -> Iterator[pa.RecordBatch]:
    """The rows from before `until`, which must come ordered by their timestamp.

    Raises:
        ContractError: a row is earlier than the one before it, or from before 1970, where the table's time begins.
    """
    first, limit = (pa.scalar(at, _INSTANT) for at in (EPOCH, until))
    latest = pa.array([_EARLIEST], pa.int64()).cast(_INSTANT)
    for batch in batches:
        column = batch.column("timestamp")
        instants = pa.concat_arrays([latest, column])
        falls = pc.filter(column, pc.less(column, instants[:-1]))
        if len(falls):
            raise ContractError(
                f"interactions are not sorted by timestamp: one at {_instant_text(falls[0])} follows a later one",
                "sort the source by timestamp, then run again",
            )
        if len(early := pc.filter(column, pc.less(column, first))):
            message = (
                f"interactions are from before 1970, from when on the table is filled: one at {_instant_text(early[0])}"
            )
            raise ContractError(message, "correct their timestamp, or leave them out in a view")
        latest = instants[-1:]
        yield batch.filter(pc.less(column, limit))


def _instant_text(instant: pa.Scalar) -> str:
    return format_instant(held(instant.value))


def _write(
    tables: dict[str, Iterator[pa.RecordBatch]], directories: dict[str, Path], details: dict[str, object]
) -> Summary:
    """Write the tables and sum up what was written."""
    clicks = 0

    def counted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        nonlocal clicks
        for batch in batches:
            clicks += pc.sum(batch.column("click")).as_py() or 0
            yield batch

    tables["interactions"] = counted(tables["interactions"])
    rows = {name: write_dataset(directories[name], TABLES[name], batches).rows for name, batches in tables.items()}
    count = rows["interactions"]
    return Summary(
        count, count, 0, {**details, "rows": rows, "click_rate": round(clicks / count, 4) if count else None}
    )
