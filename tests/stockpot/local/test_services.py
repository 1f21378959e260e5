"""The embedded services: up and down, twice, together, after crashes, and at the end of long paths."""

import contextlib
import io
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest
from minio import Minio

from components.shell.errors import ConfigurationError, TransientError
from components.shell.names import BUCKET
from stockpot.local import object_store, postgres, services
from stockpot.local.services import Wanted, down, held, in_use, status, up
from tests.harness.waiting import wait_for
from tests.stockpot.local import strangers

UP = (
    "import sys; from pathlib import Path; from stockpot.local.services import up\n"
    "print(up(Path(sys.argv[1]), {}).described)"
)
HOLD = (
    "import sys, time; from pathlib import Path; from stockpot.local.services import Wanted, in_use\n"
    "with in_use(Path(sys.argv[1]), {}, Wanted()): print('ready', flush=True); time.sleep(600)"
)


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A home far too deep for a unix socket, with a name full of traps; what runs there is stopped afterwards."""
    home = tmp_path / ("long-" * 20) / ("path-" * 20) / "a $HOME 'q\", é"
    home.mkdir(parents=True)
    yield home
    down(home, force=True)


def pids(home: Path) -> tuple[int | None, int | None]:
    """The processes of the embedded Postgres and object store."""
    place = home.resolve() / "services"
    return postgres.running(place / "postgres"), object_store.running(place / "s3")


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """What a statement gives."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_the_life_of_the_services(deep: Path) -> None:
    """Up twice is up once; what was written outlives kill -9, and down twice is down once."""
    first = up(deep, {})
    running = pids(deep)
    again = up(deep, {})
    assert (again.for_people, pids(deep)) == (first.for_people, running)
    rows(first.for_people["DATABASE_URL"], "CREATE TABLE kept (x int)")
    rows(first.for_people["DATABASE_URL"], "INSERT INTO kept VALUES (1)")
    store = first.for_steps
    client = Minio(
        store["MINIO_ENDPOINT"].removeprefix("http://"),
        access_key=store["MINIO_ACCESS_KEY"],
        secret_key=store["MINIO_SECRET_KEY"],
        secure=False,
    )
    client.put_object(BUCKET, "kept", io.BytesIO(b"abc"), 3)

    for pid in running:
        os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid) for pid in running if psutil.pid_exists(pid)], timeout=10)
    assert [each.running for each in status(deep, {})] == [False, False, None]
    once_more = up(deep, {})
    assert once_more.for_people == first.for_people
    assert rows(first.for_steps["DATABASE_URL"], "SELECT x FROM kept") == [(1,)]
    assert client.get_object(BUCKET, "kept").read() == b"abc"
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        rows(first.for_steps["DATABASE_URL"], "INSERT INTO kept VALUES (2)")

    settings = deep / "services" / "settings.json"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    password = json.loads(settings.read_text())["postgres"]["owner_password"]
    assert password not in repr(once_more)
    assert password not in str(once_more.described)
    down(deep)
    down(deep)
    assert pids(deep) == (None, None)


def test_up_from_two_processes_at_once(deep: Path) -> None:
    """Two that start the services of one home at the same time find the same ones."""
    command = [sys.executable, "-c", UP, str(deep)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert said[0] == said[1]
    assert None not in pids(deep)


def test_services_end_with_their_last_user(deep: Path) -> None:
    """A run stops what it started, not what another run still uses; a killed user is no user; kept ones stay."""
    with in_use(deep, {}, Wanted(store=False)):
        before = pids(deep)
        assert before[0] is not None
        assert before[1] is None, "nobody asked for the store"
        with in_use(deep, {}, Wanted(store=False)):
            pass
        assert pids(deep) == before
        with pytest.raises(ConfigurationError, match="a run is using"):
            down(deep)
    assert pids(deep) == (None, None)

    with held(deep):
        assert pids(deep) == (None, None), "who holds them starts none"
        with in_use(deep, {}, Wanted(store=False)):
            before = pids(deep)
        assert pids(deep) == before, "a report finds what the run has started"
    assert pids(deep) == (None, None)

    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(deep)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "ready\n"
    holder.kill()
    holder.wait()
    left = pids(deep)
    assert None not in left
    with in_use(deep, {}, Wanted()):
        assert pids(deep) == left, "what a killed run left behind is taken over"
    assert pids(deep) == (None, None)

    up(deep, {})
    with in_use(deep, {}, Wanted()):
        pass
    assert None not in pids(deep)


def test_a_stale_process_id_is_nobody(deep: Path) -> None:
    """A recorded id that now belongs to another process is not taken for the server, nor does it stop a start."""
    with in_use(deep, {}, Wanted(store=False)):
        pass
    recorded = deep.resolve() / "services" / "postgres" / "data" / "postmaster.pid"
    recorded.write_text(f"{os.getpid()}\n{recorded.parent}\n0\n1\n\n127.0.0.1\n\nready\n")
    assert pids(deep) == (None, None)
    with in_use(deep, {}, Wanted(store=False)) as found:
        assert rows(found.for_steps["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_lost_passwords_are_said(tmp_path: Path) -> None:
    """Data without its settings cannot be opened, and the line says what to remove."""
    (tmp_path / "services" / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"settings\.json.* is gone"):
        up(tmp_path, {})


def test_a_taken_port_is_left_to_its_owner(deep: Path) -> None:
    """When somebody else listens on last time's port, another one is chosen."""
    with in_use(deep, {}, Wanted(store=False)):
        pass
    settings = deep / "services" / "settings.json"
    port = json.loads(settings.read_text())["postgres"]["port"]
    with socket.socket() as taken:
        # Or the port stays closed for a minute after the server's last connection.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with in_use(deep, {}, Wanted(store=False)) as found:
            assert rows(found.for_steps["DATABASE_URL"], "SELECT 1") == [(1,)]
            assert json.loads(settings.read_text())["postgres"]["port"] != port


def test_ports_that_are_taken_after_they_were_chosen(deep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that meets a taken port ends, and starts with others; no run fails for it."""
    chosen = services._free_ports
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        race = {1: taken.getsockname()[1], len(object_store.PORTS): taken.getsockname()[1]}
        monkeypatch.setattr(
            services,
            "_free_ports",
            lambda count, before: [race.pop(count), *chosen(count - 1, [])] if count in race else chosen(count, before),
        )
        with in_use(deep, {}, Wanted()) as found:
            assert rows(found.for_steps["DATABASE_URL"], "SELECT 1") == [(1,)]
            assert None not in pids(deep)
    assert race == {}


def test_a_server_that_cannot_start_is_said(deep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three attempts the error of the last one is told, and where to look."""
    tried = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = taken.getsockname()[1:]
        monkeypatch.setattr(services, "_free_ports", lambda count, _: tried.append(count) or list(ports) * count)
        with pytest.raises(TransientError, match="Postgres does not start"), in_use(deep, {}, Wanted(store=False)):
            pass
    assert tried == [1, len(object_store.PORTS)] * 3


def test_the_users_services_are_never_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With both named in the environment nothing is started, and the output says whose they are."""
    monkeypatch.setattr("stockpot.local.services.ask", lambda *_, **__: None)  # nobody answers at these names
    environ = {
        "DATABASE_URL": "postgresql://me:hidden@db.example:5432/shop",
        "MINIO_ENDPOINT": "s3.example:9000",
        "MINIO_ACCESS_KEY": "access",
        "MINIO_SECRET_KEY": "secret-key",
    }
    with in_use(tmp_path, environ, Wanted()) as found:
        assert found.described == (
            "Postgres: yours (DATABASE_URL: db.example:5432/shop)",
            "Object store: yours (MINIO_ENDPOINT: s3.example:9000)",
        )
    assert not (tmp_path / "services").exists()
    assert "embedded" not in str(status(tmp_path, environ))


def _working_in(home: Path) -> list[str]:
    """The names of processes that work in a home."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found += [process.name()] if process.cwd().startswith(str(home)) else []
    return found


def test_servers_leave_no_orphans(deep: Path) -> None:
    """After down no process works in the home any more, and sockets and keys of the store are gone."""
    up(deep, {})
    store = deep.resolve() / "services" / "s3"
    private = [*strangers.sockets(pids(deep)[1]), *(store / name for name in ("tls.key", "identities.json"))]
    assert all(path.exists() for path in private)
    down(deep)
    assert [path for path in private if path.exists()] == []
    wait_for(lambda: not _working_in(deep))
    assert services.status(deep, {})[0].pid is None


def test_a_socket_of_somebody_else_does_not_keep_the_store_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store cannot remove it from /tmp and would wait for it for ever, so it takes other ports."""
    before = services._store_ports({})
    assert services._store_ports(before) == before
    squatted = object_store._SOCKETS / f"seaweedfs-master-grpc-{before['master.port.grpc']}.sock"
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(str(squatted))
        try:
            monkeypatch.setattr(os, "geteuid", lambda: squatted.stat().st_uid + 1)
            assert services._store_ports(before)["master.port.grpc"] != before["master.port.grpc"]
        finally:
            squatted.unlink()
