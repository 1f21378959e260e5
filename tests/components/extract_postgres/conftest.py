"""A database with a connection to fill it, and the step as the engine runs it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.extract_postgres.extract import Request
from components.shell.datasets import files
from components.shell.extracts import Places
from components.shell.personal import DEFAULT


@pytest.fixture
def sql(database_url: str) -> Iterator[Callable[..., None]]:
    """A function that runs a statement on the fresh database at once."""
    connection = psycopg2.connect(database_url)
    connection.autocommit = True

    def run(statement: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    yield run
    connection.close()


@pytest.fixture
def step(database_url: str, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """A function that starts the step as a process of its own, whose outputs lie in `out`."""

    def start(
        *arguments: str, url: str = database_url, limit: int | None = None, out: Path = tmp_path
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "components.extract_postgres", *arguments]
        command += ["--raw", str(out / "raw"), "--rejected", str(out / "rejected")]
        command += ["--summary", str(out / "summary.json")]
        shell = ["prlimit", f"--fsize={limit}", *command] if limit else command
        environment = {**os.environ, "DATABASE_URL": url}
        return subprocess.Popen(
            shell,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )

    return start


def whole(*tables: str, **more: Any) -> Request:
    """A request for all columns of the tables, whatever they are called."""
    return Request({table: ["*"] for table in tables}, personal=[f"-{entry}" for entry in DEFAULT], **more)


def places(directory: Path) -> Places:
    """The directory for the tables, and one below it for what is rejected."""
    return Places(directory, directory / "_rejected")


def read(directory: Path) -> pa.Table:
    """The rows of a complete dataset, file after file."""
    return pa.concat_tables(pq.read_table(path) for path in files(directory))
