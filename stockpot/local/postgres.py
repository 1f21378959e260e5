"""An embedded PostgreSQL 18 below a directory, reached over TCP with passwords of its own."""

import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from components.shell.errors import TransientError
from components.shell.files import replacing
from components.shell.names import DATABASE
from stockpot.local import postgres_earlier
from stockpot.local.endpoints import Postgres, postgres_address
from stockpot.local.postgres_alone import MAINTENANCE, refused
from stockpot.local.postgres_programs import hand_over, placed, programs, seen_from_inside
from stockpot.local.postgres_roles import CATALOG, LOGINS, OWNER, READER, Passwords, make, there
from stockpot.local.processes import ended

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


def start(directory: Path, port: int, passwords: Passwords) -> Postgres:
    """The server below `directory`, started where it does not run, with databases and roles in place.

    Raises:
        ConfigurationError: it cannot be set up.
        TransientError: it does not start.
    """
    data = directory / "data"
    if not data.exists():
        _initialise(directory, passwords)
    elif not _is_bounded(data):
        stop(directory)
        _bound_earlier(data, passwords)
    if running(directory) is None:
        _launch(directory, port)
    return Postgres(
        reader=postgres_address(READER, passwords.reader, port, DATABASE),
        owner=postgres_address(OWNER, passwords.owner, port, DATABASE),
        catalog=postgres_address(CATALOG, passwords.catalog, port, CATALOG),
        origin=f"embedded at 127.0.0.1:{port}",
    )


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


def _initialise(directory: Path, passwords: Passwords) -> None:
    """Create the data directory under another name first, so that a kill leaves nothing half made."""
    part = directory / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    hand_over(part)
    options = [
        f"--username={MAINTENANCE}", "--auth=reject", "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    command: list[str | Path] = [programs() / "initdb", "-D", seen_from_inside(part), *options]
    done = subprocess.run(
        command, **placed(part), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise refused(done.stdout)
    make(part, passwords)
    _name_logins(part)
    part.rename(directory / "data")


def _is_bounded(data: Path) -> bool:
    """Whether only those may log in who own no more than their database."""
    return (data / "pg_hba.conf").read_text() == LOGINS


def _bound_earlier(data: Path, passwords: Passwords) -> None:
    """Give the data directory of an earlier version its roles; all is done again if it was not done to its end."""
    (data / "postmaster.pid").unlink(missing_ok=True)
    postgres_earlier.part(data)
    make(data, passwords, there(data))
    postgres_earlier.hand_over(data)
    _name_logins(data)


def _name_logins(data: Path) -> None:
    with replacing(data / "pg_hba.conf") as part:
        part.touch(mode=0o600)
        part.write_text(LOGINS)
        hand_over(part)


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
            command, **placed(data), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
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
