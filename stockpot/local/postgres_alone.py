"""Postgres in single-user mode: superuser of a data directory whose server does not run, so that none has to log in."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from components.shell.errors import ConfigurationError
from stockpot.local.postgres_programs import placed, programs, seen_from_inside

# The first error ends it, and is told without the statement, which may hold a password.
_OPTIONS = ("exit_on_error=on", "log_min_error_statement=panic")
MAINTENANCE = "postgres"


def execute(data: Path, statements: Sequence[str], database: str = MAINTENANCE, *, sync: bool = True) -> None:
    """Carry out statements of one line each, every one by itself; without `sync` they may not outlive a power cut.

    Raises:
        ConfigurationError: Postgres refuses one; what came before it holds.
    """
    _session(data, statements, database, sync=sync)


def holds(data: Path, condition: str, database: str = MAINTENANCE) -> bool:
    """Whether a condition, such as `EXISTS (SELECT …)`, is true there."""
    return '= "it holds"' in _session(data, [f"SELECT 'it holds' AS found WHERE {condition}"], database)


def refused(said: str) -> ConfigurationError:
    """The error that tells the last of what Postgres's programs said."""
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "no reason given")
    return ConfigurationError(f"the embedded Postgres cannot be set up: {last}", "see the message")


def _session(data: Path, statements: Sequence[str], database: str, *, sync: bool = True) -> str:
    options = (word for option in (*_OPTIONS, f"fsync={sync}") for word in ("-c", option))
    command: list[str | Path] = [programs() / "postgres", "--single", "-D", seen_from_inside(data), *options, database]
    done = subprocess.run(
        command, **placed(data), input="".join(f"{statement}\n" for statement in statements),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        raise refused("\n".join(line for line in done.stdout.splitlines() if "FATAL" in line))
    said: str = done.stdout
    return said
