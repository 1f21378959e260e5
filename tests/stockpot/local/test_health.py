"""The doctor finds what is in the way of a run, and says what to do about it."""

import os
import shutil
import socket
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest

from components.shell.errors import ConfigurationError
from components.shell.names import BUCKET, CATALOG_PREFIX
from stockpot.cluster.rights import is_named
from stockpot.commands.options import _usable
from stockpot.local import health
from stockpot.local.cleaning import Kind, Wish, cleanable
from stockpot.local.health import Finding, Verdict, machine, services
from stockpot.local.project import can_be_written
from tests.conftest import ObjectStore, endpoints
from tests.harness.ports import free_port
from tests.stockpot.local.strangers import as_stranger


def of(found: list[Finding], what: str) -> Finding:
    """The finding of that name."""
    return next(one for one in found if one.what == what)


def wrong(found: list[Finding]) -> dict[str, str]:
    """What is in the way."""
    return {one.what: one.said for one in found if one.verdict is Verdict.WRONG}


def test_a_machine_that_is_fit(home: Path) -> None:
    """Nothing is wrong, and nothing is made."""
    assert wrong(list(machine(home))) == {}
    assert wrong(list(services({}))) == {}
    assert not home.exists()


def test_a_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With how much is left, and which setting names another place."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    said = wrong(list(machine(home)))
    assert set(said) == {"home", "cache", "temporary files"}
    assert said["home"] == (f"1.0 GB free for {home} - make room (stockpot clean), or name another (STOCKPOT_HOME)")


def test_a_place_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in its way is enough, for any user; environments lie in the home then."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("STOCKPOT_CACHE", str(tmp_path / "file" / "cache"))
    found = list(machine(tmp_path / "home"))
    assert wrong(found) == {"cache": f"{tmp_path}/file/cache cannot be written to - name another (STOCKPOT_CACHE)"}
    assert of(found, "environments").verdict is Verdict.NOTE


def test_a_place_behind_a_closed_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may not even look whether it is there is told so, by the doctor and by every command."""
    for name in ("ARGO_SERVER", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    place = closed / "home"

    def look() -> list[str]:
        said = [health._room(what, place).said for what in ("home", "cache")]
        with pytest.raises(ConfigurationError) as refused:
            _usable(place)
        nothing = [can_be_written(place), is_named(os.environ), cleanable(tmp_path / "other", Wish([Kind.PLANS]))]
        return [*said, str(nothing), str(refused.value)]

    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("STOCKPOT_CACHE", str(closed / "cache"))
    home, cache, nothing, told = as_stranger(look)
    assert home == f"{place} cannot be written to - name another (STOCKPOT_HOME)"
    assert cache == f"{place} cannot be written to - name another (STOCKPOT_CACHE)"
    assert nothing == "[False, False, []]"
    assert told.endswith(" is no directory that can be written to - name another with --home")


@pytest.mark.parametrize("part", ["runs", "cache", "services", "volumes", "cluster", "secrets", "config-maps"])
def test_a_home_that_others_may_enter(home: Path, part: str) -> None:
    """With the command that shuts it; one that is shut itself keeps them from all that lies in it."""
    place = home / part
    (place / "db").mkdir(parents=True)
    for each, mode in ((home, 0o755), (place, 0o750), (place / "db", 0o755)):
        each.chmod(mode)
    assert wrong(list(machine(home))) == {"rights": f"others may enter {place} - chmod 700 {place}"}
    place.chmod(0o700)
    assert wrong(list(machine(home))) == {}
    place.chmod(0o750)
    home.chmod(0o700)
    assert wrong(list(machine(home))) == {}


@pytest.mark.parametrize("part", ["secrets", "config-maps"])
def test_a_secret_that_is_shut_itself(home: Path, part: str) -> None:
    """As `mkdir -p -m 700 HOME/secrets/NAME` leaves it: what holds it is as the umask says. The next one is not."""
    (home / part / "kitchen").mkdir(parents=True)
    for each, mode in ((home, 0o755), (home / part, 0o755), (home / part / "kitchen", 0o700)):
        each.chmod(mode)
    assert wrong(list(machine(home))) == {}
    (home / part / "pantry").mkdir()
    (home / part / "pantry").chmod(0o755)
    assert set(wrong(list(machine(home)))) == {"rights"}


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 15, 0)])
def test_a_python_of_another_age(home: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]) -> None:
    """With those that will do."""
    monkeypatch.setattr(health.sys, "version_info", version)
    assert wrong(list(machine(home)))["Python"].endswith("set up with 3.11 to 3.14: make setup PYTHON=python3.11")


def test_a_package_that_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any that `make setup` installs, not only those that are told of."""

    def known(name: str) -> str:
        if name == "minio":
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(health, "version", known)
    assert wrong(list(machine(home))) == {"packages": "minio is not installed - run make setup"}


def test_a_port_that_may_not_be_had(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a sandbox."""

    def refuse(_address: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "create_server", refuse)
    assert "127.0.0.1 cannot be listened on: Operation not permitted" in wrong(list(machine(home)))["ports"]


def test_services_that_answer(database_url: str, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Postgres with its clock, the store with its bucket, Kafka by any of its servers."""
    monkeypatch.setattr(health, "BUCKET", object_store.bucket)
    with socket.create_server(("127.0.0.1", 0)) as kafka:
        servers = f"127.0.0.1:{free_port()},127.0.0.1:{kafka.getsockname()[1]}"
        found = list(services({**endpoints(database_url, object_store), "KAFKA_BOOTSTRAP_SERVERS": servers}))
    assert wrong(found) == {}
    assert of(found, "Postgres").said.startswith("answers and takes the login; its clock is 0.0 s from ours")
    assert of(found, "object store").said == f"answers, knows the keys, and has the bucket {object_store.bucket}"
    assert of(found, "Kafka").said == f"{servers.split(',')[1]} answers"


def test_services_that_do_not(database_url: str, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket that is missing, a key that is wrong, a clock that is, and a port at which nobody listens."""
    monkeypatch.setattr(health.postgres, "clock", lambda _: datetime.now(UTC) - timedelta(minutes=10))
    port = free_port()
    said = wrong(
        list(services({**endpoints(database_url, object_store), "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}"}))
    )
    assert set(said) == {"Postgres", "object store", "Kafka"}
    assert said["Postgres"].startswith("its clock and this machine's are 600 s apart - set both by a time server")
    assert BUCKET in said["object store"]
    assert said["Kafka"].startswith(f"127.0.0.1:{port} does not answer: Connection refused - check that it runs")
    gone = {**endpoints(database_url, object_store), "DATABASE_URL": f"postgresql://me:hidden@127.0.0.1:{port}/none"}
    assert "hidden" not in wrong(list(services(gone)))["Postgres"]


def test_a_setting_that_cannot_be_used() -> None:
    """It is all that is told then: no service is asked by half of its settings."""
    (finding,) = services({"MINIO_ENDPOINT": "http://127.0.0.1:9000"})
    assert (finding.what, finding.verdict) == ("settings", Verdict.WRONG)
    assert "set all three or none" in finding.said
    (finding,) = services({f"{CATALOG_PREFIX}URI": "nonsense"})
    assert finding.verdict is Verdict.WRONG
    # At the end of a run it is but a warning.
    (finding,) = services({"STOCKPOT_REPORTS_URL": "s3://bucket/reports/"})
    assert finding.verdict is Verdict.WRONG
    assert finding.said.startswith("STOCKPOT_REPORTS_URL is no folder of a bucket")
