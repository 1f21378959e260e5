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
    place = private(home, "services")
    with exclusive(place / "lock"):
        endpoints = _start(place, read(environ), Wanted())
        (place / "kept").touch()
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
    place = private(home, "services")
    with exclusive(place / "lock"):
        if not force and not is_free(place / "in-use"):
            raise ConfigurationError("a run is using the services", "wait for its end, or stop them by force")
        (place / "kept").unlink(missing_ok=True)
        _stop(place)
        yield place


def forget(home: Path) -> None:
    """Stop the embedded services of `home` and remove them with all that they hold.

    Raises:
        ConfigurationError: a run is using them, or something else lies there.
    """
    require_own(home.resolve() / "services")
    with _down(home) as place:
        gone = place.with_name(".services.gone")
        if gone.exists():  # Somebody was killed while removing them.
            shutil.rmtree(gone)
        shutil.rmtree(place.rename(gone))


def require_own(place: Path) -> None:
    """Nothing, if no more than embedded services lies there: a home may be a directory with other things in it.

    Raises:
        ConfigurationError: something else does.
    """
    inside = place.iterdir() if place.is_dir() else ()
    found = {path.name for path in inside if not path.name.startswith(".settings.json.")}
    others = sorted(found - _OWN) or sorted(found & {"postgres", "s3"} if "settings.json" not in found else ())
    if others:
        what = f"{place} is no folder of embedded services alone: {', '.join(others[:3])}"
        raise ConfigurationError(what, "remove by hand what you need no more")


def status(home: Path, environ: Mapping[str, str]) -> tuple[Status, ...]:
    """How each service stands, without starting any."""
    place, given = private(home, "services"), read(environ)
    settings = _read_settings(place)
    return (
        _status(
            "Postgres", given.postgres, postgres.running(place / "postgres"), settings.get("postgres", {}).get("port")
        ),
        _status(
            "Object store",
            given.store,
            object_store.running(place / "s3"),
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
    place = private(home, "services")
    with exclusive(place / "lock"):
        wanted = Wanted(
            postgres=postgres.running(place / "postgres") is not None,
            store=object_store.running(place / "s3") is not None,
        )
        return _start(place, read(environ), wanted)


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
    with held(home) as place:
        with exclusive(place / "lock"):
            endpoints = _start(place, given, wanted)
        yield endpoints


@contextlib.contextmanager
def held(home: Path) -> Iterator[Path]:
    """Where the embedded services lie. Those that somebody starts within the block go on until its end."""
    place = private(home, "services")
    try:
        with shared(place / "in-use"):
            yield place
    finally:
        with exclusive(place / "lock"):
            if not (place / "kept").exists() and is_free(place / "in-use"):
                _stop(place)


def _start(place: Path, given: Given, wanted: Wanted) -> Endpoints:
    embedded = Wanted(wanted.postgres and not given.postgres, wanted.store and not given.store)
    if not embedded.postgres and not embedded.store:
        return combine(given, None, None)
    if not _all_run(place, embedded):
        _keep_room(place)
    for left in reversed(range(_ATTEMPTS)):
        try:
            return _start_once(place, given, embedded)
        except TransientError:
            # Between the choice of a port and its use somebody else may have taken it; then the server ends at once.
            if not left or _all_run(place, embedded):
                raise
    raise AssertionError("unreachable")


def _start_once(place: Path, given: Given, embedded: Wanted) -> Endpoints:
    settings = _settings(place)
    store = _start_store(place, settings["s3"]) if embedded.store else None
    database = _start_postgres(place, settings["postgres"]) if embedded.postgres else None
    if store:
        object_store.wait_until_it_stores(store, place / "s3", _bucket(given.warehouse))
    return combine(given, database, store)


def _all_run(place: Path, embedded: Wanted) -> bool:
    database = not embedded.postgres or postgres.running(place / "postgres") is not None
    return database and (not embedded.store or object_store.running(place / "s3") is not None)


def _start_postgres(place: Path, settings: Mapping[str, Any]) -> Postgres:
    (place / "postgres").mkdir(exist_ok=True, mode=0o700)
    passwords = Passwords(*(settings[f"{name}_password"] for name in ("owner", "reader", "catalog")))
    return postgres.start(place / "postgres", settings["port"], passwords)


def _start_store(place: Path, settings: Mapping[str, Any]) -> ObjectStore:
    (place / "s3").mkdir(exist_ok=True, mode=0o700)
    return object_store.start(place / "s3", settings["ports"], settings["access_key"], settings["secret_key"])


def _stop(place: Path) -> None:
    postgres.stop(place / "postgres")
    object_store.stop(place / "s3")


def _settings(place: Path) -> dict[str, Any]:
    """Ports and credentials, made once. A port that somebody else took meanwhile is chosen anew."""
    settings = _read_settings(place)
    if not settings and (place / "postgres" / "data").exists():
        raise ConfigurationError(
            f"{place / 'settings.json'} with the services' passwords is gone", f"remove {place} to start afresh"
        )
    settings = settings or {
        "postgres": {"port": 0, "owner_password": secrets.token_hex(16), "reader_password": secrets.token_hex(16)},
        "s3": {"ports": {}, "access_key": secrets.token_hex(10), "secret_key": secrets.token_hex(20)},
    }
    settings["postgres"].setdefault("catalog_password", secrets.token_hex(16))
    if postgres.running(place / "postgres") is None:
        settings["postgres"]["port"] = _free_ports(1, [settings["postgres"]["port"]])[0]
    if object_store.running(place / "s3") is None:
        settings["s3"]["ports"] = _store_ports(settings["s3"]["ports"])
    _write_settings(place, settings)
    return settings


def _read_settings(place: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((place / "settings.json").read_bytes())
    except FileNotFoundError:
        return {}
    return found


def _write_settings(place: Path, settings: dict[str, Any]) -> None:
    with replacing(place / "settings.json") as part:
        part.touch(mode=0o600)
        part.write_text(json.dumps(settings, indent=2))


def _store_ports(before: Mapping[str, int]) -> dict[str, int]:
    """Free ports for the store, those of last time if they can be had."""
    found = dict(before) if object_store.can_listen(before) else {}
    for _ in range(_CHOICES):
        found = dict(zip(object_store.PORTS, _free_ports(len(object_store.PORTS), [*found.values()]), strict=True))
        if object_store.can_listen(found):
            break
        found = {}
    return found or dict(zip(object_store.PORTS, _free_ports(len(object_store.PORTS), []), strict=True))


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


def _keep_room(place: Path) -> None:
    """Stop early on a full disk, which Postgres would report as a crash and the store by taking nothing."""
    if shutil.disk_usage(place).free < _ROOM:
        raise ConfigurationError(
            f"less than {_ROOM >> 20} MiB are free at {place}", "make room, or choose another --home"
        )


def _status(name: str, given: Postgres | ObjectStore | None, pid: int | None, port: int | None) -> Status:
    if given:
        return Status(name, given.origin, None)
    return Status(name, f"embedded at 127.0.0.1:{port}" if pid else "embedded, not running", pid is not None, pid)
