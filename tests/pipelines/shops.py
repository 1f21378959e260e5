"""Shops for the tests of whole pipelines: runs, tables and statements, by the command and on real services."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2

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
    given = [f"--param={name}={value}" for name, value in {"timezone": ZONE, **parameters}.items()]
    return command(home, "run", pipeline, "--as-of", as_of, *given)


def backfilled(home: Path, pipeline: str, since: str, until: str, **parameters: str) -> list[int]:
    """The exit codes of the runs of a backfill in the shop's zone."""
    given = [f"--param={name}={value}" for name, value in {"timezone": ZONE, **parameters}.items()]
    code, out = command(home, "backfill", pipeline, "--from", since, "--to", until, *given)
    assert code == 0, out
    return [one["exit_code"] for one in json.loads(out)]


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
