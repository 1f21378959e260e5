"""What goes wrong in a soak, one thing after the other, drawn with a seed."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psycopg2
from psycopg2 import sql

from tests.components.load_iceberg.proxies import CUT, store_behind
from tests.harness.kafka.broker import Broker

_AWAY = 1.0


@dataclass
class Scene:
    """The services that faults strike, and the processes that work on them; a lock guards who they are."""

    database_url: str
    processes: list[Any] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    store_is_away: bool = False
    doubled: int = 0
    broker: Broker | None = None
    sending: threading.Lock = field(default_factory=threading.Lock)

    @property
    def faults(self) -> "tuple[Fault, ...]":
        """What may strike here."""
        return (*FAULTS, broker_away) if self.broker else FAULTS

    def rule(self, _method: str, _path: str) -> int | str | None:
        """What the proxy before the store does with a request."""
        return CUT if self.store_is_away else None

    def administer(self, *statements: str) -> None:
        """Have the server, by another of its databases, do something with the soak's own, `{name}`."""
        where, _, rest = self.database_url.rpartition("/")
        name, _, query = rest.partition("?")
        connection = psycopg2.connect(f"{where}/postgres?{query}")
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(sql.SQL(statement).format(name=sql.Identifier(name), text=sql.Literal(name)))
        connection.close()


_DROP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {text}"


def kill_step(scene: Scene) -> None:
    """The processes end in the middle of whatever they do."""
    with scene.lock:
        for process in scene.processes:
            process.kill()


def drop_connections(scene: Scene) -> None:
    """All connections to the catalog are cut; new ones are welcome."""
    scene.administer(_DROP)


def catalog_away(scene: Scene) -> None:
    """Postgres drops everybody and lets nobody in for a while."""
    scene.administer("ALTER DATABASE {name} ALLOW_CONNECTIONS false", _DROP)
    time.sleep(_AWAY)
    scene.administer("ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def store_away(scene: Scene) -> None:
    """The store hangs up in the middle of every request for a while."""
    scene.store_is_away = True
    time.sleep(_AWAY)
    scene.store_is_away = False


def double_run(scene: Scene) -> None:
    """The next work is done by two at once."""
    scene.doubled = 2


def broker_away(scene: Scene) -> None:
    """The broker of events dies, and is started again; nobody sends to it meanwhile."""
    if scene.broker:
        with scene.sending:
            scene.broker.kill()
            scene.broker.start()


Fault = Callable[[Scene], None]
FAULTS: tuple[Fault, ...] = (kill_step, drop_connections, catalog_away, store_away, double_run)


@contextmanager
def striking(scene: Scene, seed: int, every: float) -> Iterator[list[str]]:
    """A fault every so many seconds, give or take a half, while the block runs; the names of those that have been.

    Each kind comes once before any comes again.
    """
    random, struck, over = Random(seed), [], threading.Event()

    def strike() -> None:
        while True:
            for fault in random.sample(scene.faults, len(scene.faults)):
                if over.wait(every * random.uniform(0.5, 1.5)):
                    return
                fault(scene)
                struck.append(fault.__name__)

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        yield struck
    finally:
        over.set()
        thread.join()


@contextmanager
def store_that_goes_away(scene: Scene, endpoint: str) -> Iterator[str]:
    """The address of the store behind the scene's proxy."""
    with store_behind(endpoint, scene.rule) as address:
        yield address
