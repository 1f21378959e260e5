"""Whether this machine and the services that the environment names are fit for a run, one finding each."""

import os
import re
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from components.connect import postgres
from components.connect.brokers import connection
from components.connect.endpoints import servers
from components.shell.errors import ConfigurationError, StepError
from components.shell.names import BUCKET
from components.shell.redaction import redact
from components.shell.settings import Part, read_settings
from stockpot.caches import cache
from stockpot.local import endpoints, reach
from stockpot.local.preflight import ask_bucket
from stockpot.local.programs import installed
from stockpot.local.project import Project, can_be_written
from stockpot.local.secret_files import FOLDERS

_OLDEST, _NEWEST = (3, 11), (3, 14)
_LEAST_FREE = 2 << 30
"""What the environments of the sample pipelines take together, and as much again for their rows."""
_MOST_APART = 60.0
_NAME = re.compile(r"[\w.-]+")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PARTS = ("runs", "cache", "services", "volumes", "cluster")


class Verdict(StrEnum):
    """Well, worth knowing, or in the way of a run."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it stands, and what it is; of what is wrong also what to do."""

    what: str
    verdict: Verdict
    said: str


def check(what: str, look: Callable[[], str]) -> Finding:
    """What a look says, or what is wrong where it fails: its error says what to do."""
    try:
        return Finding(what, Verdict.OK, look())
    except StepError as error:
        return Finding(what, Verdict.WRONG, redact(str(error)))


def machine(home: Path) -> Iterator[Finding]:
    """Python, programs, directories, room and ports."""
    yield _python()
    yield check("uv", lambda: installed("uv", "uv is not installed", "run make setup"))
    yield _versions()
    environments = Project.of(home).environments
    for what, directory in (
        ("home", home.resolve()),
        ("cache", cache()),
        ("temporary files", Path(tempfile.gettempdir())),
    ):
        yield _room(what, directory)
    if environments.is_relative_to(home.resolve()):
        yield Finding("environments", Verdict.NOTE, f"the cache cannot be written to; they lie in {environments}")
    yield _rights(home.resolve())
    yield _ports()


def services(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The settings, and each service that they name: whether it answers, takes us in, and has this machine's time."""
    settings = check("settings", partial(_settings, environ))
    yield settings
    if settings.verdict is Verdict.WRONG:
        return
    given = endpoints.read(environ)
    if given.postgres:
        yield check("Postgres", partial(_postgres, given))
    else:
        yield Finding("Postgres", Verdict.OK, "none is named; an embedded one is used")
    if given.store:
        yield check("object store", partial(_store, given))
    else:
        yield Finding("object store", Verdict.OK, "none is named; an embedded one is used")
    if given.kafka:
        yield _kafka(given.kafka)


def _python() -> Finding:
    now = sys.version_info[:2]
    text = f"{sys.version.split()[0]} at {sys.executable}"
    if _OLDEST <= now <= _NEWEST:
        return Finding("Python", Verdict.OK, text)
    names = " to ".join(f"{major}.{minor}" for major, minor in (_OLDEST, _NEWEST))
    return Finding("Python", Verdict.WRONG, f"{text} - set up with {names}: make setup PYTHON=python3.11")


def _versions() -> Finding:
    try:
        for line in requires("stockpot") or ():
            if "extra ==" not in line and (needed := _NAME.match(line)):
                version(needed[0])
        known = [f"{name} {version(name)}" for name in ("stockpot", "kfp", "pyiceberg", "pyarrow")]
    except PackageNotFoundError as error:
        return Finding("packages", Verdict.WRONG, f"{error.name} is not installed - run make setup")
    return Finding("packages", Verdict.OK, ", ".join(known))


def _room(what: str, directory: Path) -> Finding:
    nearest = next((each for each in (directory, *directory.parents) if os.path.exists(each)), Path("/"))  # noqa: PTH110 - Path would raise
    free = shutil.disk_usage(nearest).free
    text = f"{free / 1e9:,.1f} GB free for {directory}"
    if not can_be_written(directory):
        return Finding(what, Verdict.WRONG, f"{directory} cannot be written to - name another ({_NAMES[what]})")
    if free < _LEAST_FREE:
        return Finding(what, Verdict.WRONG, f"{text} - make room (stockpot clean), or name another ({_NAMES[what]})")
    return Finding(what, Verdict.OK, text)


_NAMES = {"home": "STOCKPOT_HOME", "cache": "STOCKPOT_CACHE", "temporary files": "TMPDIR"}


def _rights(home: Path) -> Finding:
    """Whether others may enter where rows, logs, keys and secrets lie."""
    open_ones = [folder for folder in (home / part for part in _PARTS) if _is_open(folder)]
    # Somebody puts these there by hand, each in a folder of its own, which may be shut while what holds them is not.
    by_hand = (home / part for part in dict.fromkeys(FOLDERS.values()))
    open_ones += [folder for folder in by_hand if _is_open(folder) and any(map(_is_open, folder.glob("*")))]
    if open_ones and _is_open(home):
        return Finding("rights", Verdict.WRONG, f"others may enter {open_ones[0]} - chmod 700 {open_ones[0]}")
    return Finding("rights", Verdict.OK, "nobody else may enter runs, results, stores and secrets")


def _is_open(folder: Path) -> bool:
    return os.path.isdir(folder) and bool(folder.stat().st_mode & _OTHERS)  # noqa: PTH112 - Path would raise


def _ports() -> Finding:
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return Finding(
                "ports", Verdict.OK, f"127.0.0.1 can be listened on, as on {server.getsockname()[1]} just now"
            )
    except OSError as error:
        text = f"127.0.0.1 cannot be listened on: {error.strerror} - allow it, or name Postgres and a store of your own"
        return Finding("ports", Verdict.WRONG, text)


def _settings(environ: Mapping[str, str]) -> str:
    read_settings(environ, list(Part))
    endpoints.read(environ)
    return "each that is set can be used"


def _postgres(given: endpoints.Given) -> str:
    reach.ask(given, database=True, store=False)
    assert given.postgres is not None  # noqa: S101 - else nobody asks
    before = datetime.now(UTC)
    theirs = postgres.clock(given.postgres.reader)
    after = datetime.now(UTC)
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if apart > _MOST_APART:
        todo = "set both by a time server; as_of is held to them"
        raise ConfigurationError(f"its clock and this machine's are {apart:,.0f} s apart", todo)
    return f"answers and takes the login; its clock is {apart:.1f} s from ours"


def _store(given: endpoints.Given) -> str:
    reach.ask(given, database=False, store=True)
    # The store itself refuses keys from a machine with another time.
    ask_bucket(BUCKET, endpoints.combine(given, None, None).for_steps)
    return f"answers, knows the keys, and has the bucket {BUCKET}"


def _kafka(brokers: str) -> Finding:
    """One server that answers is enough: it names the others."""
    silent = ""
    for server in connection(servers(brokers))["bootstrap_servers"]:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
        except OSError as error:
            silent = silent or f"{server} does not answer: {error.strerror or error}"
            continue
        return Finding("Kafka", Verdict.OK, f"{server} answers")
    return Finding("Kafka", Verdict.WRONG, f"{silent} - check that it runs and KAFKA_BOOTSTRAP_SERVERS is right")
