"""Shops for the tests of whole pipelines: runs, tables and statements, by the command and on real services."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2

from components.iceberg.catalog import open_catalog
from components.retail.moment import Moment
from components.shell.instants import local_midnight, parse_instant

ZONE = "Europe/Stockholm"
_STOCKPOT = str(Path(sys.executable).with_name("stockpot"))


def command(home: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and stdout of a command."""
    done = subprocess.run(
        [_STOCKPOT, *arguments, "--home", str(home), "--output", "json"],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def run(home: Path, pipeline: str, as_of: str, **parameters: str) -> tuple[int, str]:
    """Exit code and outcome of a run in the shop's zone."""
    return command(home, "run", pipeline, "--as-of", as_of, *_given(parameters))


def backfilled(home: Path, pipeline: str, since: str, until: str, **parameters: str) -> list[int]:
    """The exit codes of the runs of a backfill in the shop's zone."""
    code, out = command(home, "backfill", pipeline, "--from", since, "--to", until, *_given(parameters))
    assert code == 0, out
    return [one["exit_code"] for one in json.loads(out)]


def _given(parameters: Mapping[str, str]) -> list[str]:
    return [f"--param={name}={value}" for name, value in {"timezone": ZONE, **parameters}.items()]


def require_same_by_backfill(
    directory: Path, pipeline: str, hour: int, names: Sequence[str], rows: Callable[[Path, str], list[Any]]
) -> None:
    """Nothing, if a backfill fills the cuts of two days as daily runs do, to the last bit, in a home of its own."""
    for day in (10, 11):
        code, out = run(directory / "daily", pipeline, f"2026-01-{day}T{hour:02}:00:00Z")
        assert code == 0, out
    daily = [rows(directory / "daily", name) for name in names]
    for name in names:
        open_catalog().drop_table(name)
    span = ("2026-01-09T12:00:00Z", "2026-01-11T12:00:00Z")
    assert backfilled(directory / "backfill", pipeline, *span) == [0, 0]
    assert [rows(directory / "backfill", name) for name in names] == daily
    assert [len({row["cut_at"] for row in each}) for each in daily] == [2, 2]


def execute(url: str, statement: str, *values: Any) -> None:
    """Execute SQL in the source."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, values or None)
    connection.close()


def moment(as_of: str) -> Moment:
    """The cut of a run, in a winter."""
    at = parse_instant(as_of)
    return Moment(local_midnight((at + timedelta(hours=1)).date(), ZONE), at, ZONE)
