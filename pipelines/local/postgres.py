"""An embedded PostgreSQL 18 below a directory, reached over TCP with passwords of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from components.shell.errors import ConfigurationError, TransientError
from components.shell.postgres import connect
from pipelines.local.endpoints import Postgres, postgres_address
from pipelines.local.postgres_programs import hand_over, identity, programs, seen_from_inside
from pipelines.local.processes import ended

OWNER, READER, DATABASE = "gourmetgram", "gourmetgram_reader", "gourmetgram"
_START_SECONDS = 60
_STOP_SECONDS = 30
# Of `postmaster.pid`: "starting", then "ready".
_STATE_LINE = 8


def running(directory: Path) -> int | None:
    """The server's process id, None when it does not run. A process that merely got its old id does not count."""
    pid = _recorded_pid(directory / "data")
    try:
        process = psutil.Process(pid) if pid else None
        if process and process.name() == "postgres" and Path(process.cwd()).samefile(directory / "data"):
            return int(process.pid)
    except (psutil.Error, OSError):
        pass
    return None


def start(directory: Path, port: int, owner_password: str, reader_password: str) -> Postgres:
    """The server below `directory`, started where it does not run, with database and roles in place."""
    data = directory / "data"
    if running(directory) is None:
        if not data.exists():
            _initialise(directory, owner_password)
        _launch(directory, port)
    addresses = Postgres(
        reader=postgres_address(READER, reader_password, port, DATABASE),
        owner=postgres_address(OWNER, owner_password, port, DATABASE),
        catalog=postgres_address(OWNER, owner_password, port, DATABASE),
        origin=f"embedded at 127.0.0.1:{port}",
    )
    _prepare(postgres_address(OWNER, owner_password, port, "postgres"), reader_password)
    return addresses


def stop(directory: Path) -> None:
    """Stop the server below `directory`, if it runs: in order, and by force when that takes too long."""
    pid = running(directory)
    if pid is None:
        return
    process = psutil.Process(pid)
    process.send_signal(signal.SIGINT)
    if not ended(lambda: running(directory), _STOP_SECONDS):
        process.kill()


def _recorded(data: Path) -> list[str]:
    """The lines of the file that a running server keeps."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _recorded_pid(data: Path) -> int | None:
    try:
        return int(_recorded(data)[0])
    except (IndexError, ValueError):
        return None


def _initialise(directory: Path, owner_password: str) -> None:
    """Create the data directory under another name first, so that a kill leaves nothing half made."""
    part = directory / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    hand_over(part)
    options = [
        f"--username={OWNER}", "--auth=scram-sha-256", "--pwfile=/dev/stdin", "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    # A file without a name, of the server's user: nobody else can open it, and a kill leaves no password behind.
    with tempfile.TemporaryFile("w", dir=directory) as password:
        hand_over(password.fileno())
        password.write(owner_password)
        password.flush()
        password.seek(0)
        done = subprocess.run(
            [programs() / "initdb", "-D", seen_from_inside(part), *options],
            **_in(part), stdin=password, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise ConfigurationError(
            f"the embedded Postgres cannot be set up: {_last_line(done.stdout)}", "see the message"
        )
    part.rename(directory / "data")


def _launch(directory: Path, port: int) -> None:
    data, log = directory / "data", directory / "server.log"
    # A server that was killed leaves its file behind; if another process has that id now, Postgres would not start.
    (data / "postmaster.pid").unlink(missing_ok=True)
    settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "timezone=UTC", f"port={port}")
    command: list[str | Path] = [
        programs() / "postgres",
        "-D",
        seen_from_inside(data),
        *(f"--{setting}" for setting in settings),
    ]
    deadline = time.monotonic() + _START_SECONDS
    while reason := _refusal(command, data, log, deadline):
        # Backends of a killed server take a moment to notice.
        if "shared memory block" not in reason or time.monotonic() > deadline:
            raise TransientError(f"the embedded Postgres does not start: {reason}", f"see {log}")
        time.sleep(0.5)


def _refusal(command: Sequence[str | Path], data: Path, log: Path, deadline: float) -> str:
    """Start the server; why it does not take connections, empty once it does."""
    with log.open("ab") as file:
        before = file.tell()
        process = subprocess.Popen(
            command, **_in(data), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
    while process.poll() is None and time.monotonic() < deadline:
        recorded = _recorded(data)
        if len(recorded) >= _STATE_LINE and recorded[_STATE_LINE - 1].strip() == "ready":
            return ""
        time.sleep(0.02)
    with log.open("rb") as file:
        file.seek(before)
        lines = file.read().decode(errors="replace").splitlines()
    return next((line for line in reversed(lines) if "FATAL" in line), lines[-1] if lines else "no reason given")


def _in(directory: Path) -> dict[str, Any]:
    """How a program starts: as the server's user, in `directory`, and with no PG* variable of the user's."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}
    return {"cwd": directory, "env": environment, **identity()}


def _prepare(admin: str, reader_password: str) -> None:
    """Create the database and the role that only reads, where they are missing."""
    from psycopg2 import sql  # noqa: PLC0415 - not needed where the user has a Postgres

    connection = connect(admin)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,))
        reader = sql.Identifier(READER)
        if cursor.fetchone() is None:
            cursor.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD %s IN ROLE pg_read_all_data").format(reader), (reader_password,)
            )
            cursor.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(reader))
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    connection.close()


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")
