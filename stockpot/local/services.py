"""The embedded services of a home: started once however many ask, and stopped when the last one has left.

A run holds a shared lock on `in-use` while it needs them. The kernel drops it when the run dies, so a run that was
killed leaves services that the next one finds running, uses, and stops in its stead.
"""

import contextlib
import json
import secrets
import shutil
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from components.shell.errors import ConfigurationError, TransientError
from components.shell.files import replacing
from components.shell.names import BUCKET
from stockpot.local import object_store, postgres
from stockpot.local.endpoints import Endpoints, Given, ObjectStore, Postgres, combine, read
from stockpot.local.homes import private
from stockpot.local.locks import exclusive, is_free, shared
from stockpot.local.postgres_roles import Passwords
from stockpot.local.reach import ask

_ATTEMPTS = 3
_CHOICES = 100
_ROOM = 200 * 2**20
_OWN = frozenset({"settings.json", "postgres", "s3", "lock", "in-use", "kept"})


@dataclass(frozen=True)
class Wanted:
    """Which services somebody needs; those that the user has are never embedded."""

    postgres: bool = True
    store: bool = True


@dataclass(frozen=True)
class Status:
    """One service for people: its name, where it is, and whether an embedded one runs (None: it is the user's)."""

    name: str
    described: str
    running: bool | None
    pid: int | None = None


def up(home: Path, environ: Mapping[str, str]) -> Endpoints:
    """Start what the environment does not name and keep it running until `down`; called again, it changes nothing."""
    directory = private(home, "services")
    with exclusive(directory / "lock"):
        endpoints = _start(directory, read(environ), Wanted())
        (directory / "kept").touch()
    return endpoints


def down(home: Path, *, force: bool = False) -> None:
    """Stop the embedded services of `home`; nothing happens where none run.

    Raises:
        ConfigurationError: a run is using them and `force` is not set.
    """
    with _down(home, force=force):
        pass


@contextlib.contextmanager
def _down(home: Path, *, force: bool = False) -> Iterator[Path]:
    """Where the services of `home` lie, which are stopped and stay so for the time of the block."""
    directory = private(home, "services")
    with exclusive(directory / "lock"):
        if not force and not is_free(directory / "in-use"):
            raise ConfigurationError("a run is using the services", "wait for its end, or stop them by force")
        (directory / "kept").unlink(missing_ok=True)
        _stop(directory)
        yield directory


def forget(home: Path) -> None:
    """Stop the embedded services of `home` and remove them with all that they hold.

    Raises:
        ConfigurationError: a run is using them, or something else lies there.
    """
    require_own(home.resolve() / "services")
    with _down(home) as directory:
        gone = directory.with_name(".services.gone")
        if gone.exists():  # Somebody was killed while removing them.
            shutil.rmtree(gone)
        shutil.rmtree(directory.rename(gone))


def require_own(directory: Path) -> None:
    """Nothing, if no more than embedded services lies there: a home may be a directory with other things in it.

    Raises:
        ConfigurationError: something else does.
    """
    inside = directory.iterdir() if directory.is_dir() else ()
    names = {path.name for path in inside if not path.name.startswith(".settings.json.")}
    others = sorted(names - _OWN) or sorted(names & {"postgres", "s3"} if "settings.json" not in names else ())
    if others:
        problem = f"{directory} is no folder of embedded services alone: {', '.join(others[:3])}"
        raise ConfigurationError(problem, "remove by hand what you need no more")


def status(home: Path, environ: Mapping[str, str]) -> tuple[Status, ...]:
    """How each service stands, without starting any."""
    directory, given = private(home, "services"), read(environ)
    settings = _read_settings(directory)
    return (
        _status(
            "Postgres",
            given.postgres,
            postgres.running(directory / "postgres"),
            settings.get("postgres", {}).get("port"),
        ),
        _status(
            "Object store",
            given.store,
            object_store.running(directory / "s3"),
            settings.get("s3", {}).get("ports", {}).get("s3.port"),
        ),
        Status(
            "Kafka",
            "yours (KAFKA_BOOTSTRAP_SERVERS)" if given.kafka else "not set; without it events come from files",
            None,
        ),
    )


def addresses(home: Path, environ: Mapping[str, str]) -> Endpoints:
    """The endpoints as they are, without starting anything; an embedded service that does not run is left out."""
    directory = private(home, "services")
    with exclusive(directory / "lock"):
        wanted = Wanted(
            postgres=postgres.running(directory / "postgres") is not None,
            store=object_store.running(directory / "s3") is not None,
        )
        return _start(directory, read(environ), wanted)


@contextlib.contextmanager
def in_use(home: Path, environ: Mapping[str, str], wanted: Wanted) -> Iterator[Endpoints]:
    """The endpoints for the time of a block; embedded services that nobody kept or uses are stopped at its end.

    Raises:
        ConfigurationError: the user's Postgres refuses the login.
        TransientError: a service that the user names does not answer.
    """
    given = read(environ)
    ask(given, database=wanted.postgres, store=wanted.store)
    if (given.postgres or not wanted.postgres) and (given.store or not wanted.store):
        yield combine(given, None, None)
        return
    with held(home) as directory:
        with exclusive(directory / "lock"):
            endpoints = _start(directory, given, wanted)
        yield endpoints


@contextlib.contextmanager
def held(home: Path) -> Iterator[Path]:
    """Where the embedded services lie. Those that somebody starts within the block go on until its end."""
    directory = private(home, "services")
    try:
        with shared(directory / "in-use"):
            yield directory
    finally:
        with exclusive(directory / "lock"):
            if not (directory / "kept").exists() and is_free(directory / "in-use"):
                _stop(directory)


def _start(directory: Path, given: Given, wanted: Wanted) -> Endpoints:
    embedded = Wanted(wanted.postgres and not given.postgres, wanted.store and not given.store)
    if not embedded.postgres and not embedded.store:
        return combine(given, None, None)
    if not _all_run(directory, embedded):
        _keep_room(directory)
    for left in reversed(range(_ATTEMPTS)):
        try:
            return _start_once(directory, given, embedded)
        except TransientError:
            # Between the choice of a port and its use somebody else may have taken it; then the server ends at once.
            if not left or _all_run(directory, embedded):
                raise
    raise AssertionError("unreachable")


def _start_once(directory: Path, given: Given, embedded: Wanted) -> Endpoints:
    settings = _settings(directory)
    store = _start_store(directory, settings["s3"]) if embedded.store else None
    database = _start_postgres(directory, settings["postgres"]) if embedded.postgres else None
    if store:
        object_store.wait_until_it_stores(store, directory / "s3", _bucket(given.warehouse))
    return combine(given, database, store)


def _all_run(directory: Path, embedded: Wanted) -> bool:
    database = not embedded.postgres or postgres.running(directory / "postgres") is not None
    return database and (not embedded.store or object_store.running(directory / "s3") is not None)


def _start_postgres(directory: Path, settings: Mapping[str, Any]) -> Postgres:
    (directory / "postgres").mkdir(exist_ok=True, mode=0o700)
    passwords = Passwords(*(settings[f"{name}_password"] for name in ("owner", "reader", "catalog")))
    return postgres.start(directory / "postgres", settings["port"], passwords)


def _start_store(directory: Path, settings: Mapping[str, Any]) -> ObjectStore:
    (directory / "s3").mkdir(exist_ok=True, mode=0o700)
    return object_store.start(directory / "s3", settings["ports"], settings["access_key"], settings["secret_key"])


def _stop(directory: Path) -> None:
    postgres.stop(directory / "postgres")
    object_store.stop(directory / "s3")


def _settings(directory: Path) -> dict[str, Any]:
    """Ports and credentials, made once. A port that somebody else took meanwhile is chosen anew."""
    settings = _read_settings(directory)
    if not settings and (directory / "postgres" / "data").exists():
        raise ConfigurationError(
            f"{directory / 'settings.json'} with the services' passwords is gone", f"remove {directory} to start afresh"
        )
    settings = settings or {
        "postgres": {"port": 0, "owner_password": secrets.token_hex(16), "reader_password": secrets.token_hex(16)},
        "s3": {"ports": {}, "access_key": secrets.token_hex(10), "secret_key": secrets.token_hex(20)},
    }
    settings["postgres"].setdefault("catalog_password", secrets.token_hex(16))
    if postgres.running(directory / "postgres") is None:
        settings["postgres"]["port"] = _free_ports(1, [settings["postgres"]["port"]])[0]
    if object_store.running(directory / "s3") is None:
        settings["s3"]["ports"] = _store_ports(settings["s3"]["ports"])
    _write_settings(directory, settings)
    return settings


def _read_settings(directory: Path) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = json.loads((directory / "settings.json").read_bytes())
    except FileNotFoundError:
        return {}
    return settings


def _write_settings(directory: Path, settings: dict[str, Any]) -> None:
    with replacing(directory / "settings.json") as part:
        part.touch(mode=0o600)
        part.write_text(json.dumps(settings, indent=2))


def _store_ports(before: Mapping[str, int]) -> dict[str, int]:
    """Free ports for the store, those of last time if they can be had."""
    ports = dict(before) if object_store.can_listen(before) else {}
    for _ in range(_CHOICES):
        ports = dict(zip(object_store.PORTS, _free_ports(len(object_store.PORTS), [*ports.values()]), strict=True))
        if object_store.can_listen(ports):
            break
        ports = {}
    return ports or dict(zip(object_store.PORTS, _free_ports(len(object_store.PORTS), []), strict=True))


def _free_ports(count: int, before: list[int]) -> list[int]:
    """As many free ports, all different: those of last time if all of them are still free."""
    with contextlib.ExitStack() as stack:
        if before and all(before) and len(before) == count:
            with contextlib.suppress(OSError):
                return [_bind(stack, port) for port in before]
        return [_bind(stack, 0) for _ in range(count)]


def _bind(stack: contextlib.ExitStack, port: int) -> int:
    probe = stack.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", port))
    return int(probe.getsockname()[1])


def _bucket(warehouse: str) -> str:
    return urlsplit(warehouse).netloc or BUCKET


def _keep_room(directory: Path) -> None:
    """Stop early on a full disk, which Postgres would report as a crash and the store by taking nothing."""
    if shutil.disk_usage(directory).free < _ROOM:
        raise ConfigurationError(
            f"less than {_ROOM >> 20} MiB are free at {directory}", "make room, or choose another --home"
        )


def _status(name: str, given: Postgres | ObjectStore | None, pid: int | None, port: int | None) -> Status:
    if given:
        return Status(name, given.origin, None)
    return Status(name, f"embedded at 127.0.0.1:{port}" if pid else "embedded, not running", pid is not None, pid)
