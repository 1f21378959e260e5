"""What is missing is found before anything is built, recorded and told."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl, kubernetes

from components.shell.errors import ConfigurationError, TransientError
from components.shell.names import CATALOG_PREFIX
from stockpot.compiler.definitions import from_component
from stockpot.local import telling
from stockpot.local.endpoints import combine, read
from stockpot.local.environments import Environment
from stockpot.local.events import EnvironmentBuilding, NotificationFailed, RunFinished, TaskStarted
from stockpot.local.preflight import ask_buckets, check, require_directory
from stockpot.local.records import State, load_run
from stockpot.local.recovery import next_command
from stockpot.local.secret_files import SecretFiles
from stockpot.report.writing import report_path
from tests.components.end_run.test_notify import WebHook
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs

_STORE = ("MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY")
_CATALOG = tuple(f"{CATALOG_PREFIX}{name}" for name in ("S3__ENDPOINT", "S3__ACCESS_KEY_ID", "S3__SECRET_ACCESS_KEY"))


@dsl.pipeline(name="storing")
def storing(bucket: str = "lake", events_dir: str = ""):
    """Put something into the store, and into a table."""
    kubernetes.use_secret_as_env(probes.environment(), "store", dict(zip(_STORE, _STORE, strict=True)))
    kubernetes.use_secret_as_env(probes.environment(), "catalog", dict(zip(_CATALOG, _CATALOG, strict=True)))


@dsl.pipeline(name="perhaps")
def perhaps(bucket: str = "lake"):
    """Put something into the store, if it is wanted."""
    with dsl.If(bucket == "wanted"):
        kubernetes.use_secret_as_env(probes.environment(), "store", dict(zip(_STORE, _STORE, strict=True)))


def ask(pipeline: Any, bucket: str, environ: dict[str, str]) -> None:
    """Ask for the buckets as a run with this environment does."""
    ask_buckets(
        from_component(pipeline).pipeline.dag, {"bucket": bucket}, dict(combine(read(environ), None, None).for_steps)
    )


@pytest.fixture
def store(object_store: Any) -> dict[str, str]:
    """The settings of a real store, with a warehouse in a bucket that is there."""
    given = dict(zip(_STORE, (object_store.endpoint, object_store.access_key, object_store.secret_key), strict=True))
    return {**given, f"{CATALOG_PREFIX}WAREHOUSE": f"s3://{object_store.bucket}/warehouse"}


def test_buckets_and_keys_are_asked_for(store: dict[str, str], object_store: Any) -> None:
    """The lake's bucket, the warehouse's, the keys: each is said by name; what a condition guards is not asked for."""
    ask(storing, object_store.bucket, store)
    with pytest.raises(ConfigurationError, match="bucket no-such-lake cannot be used: NoSuchBucket"):
        ask(storing, "no-such-lake", store)
    ask(perhaps, "no-such-lake", store)
    warehouse = {f"{CATALOG_PREFIX}WAREHOUSE": "s3://no-such-house/warehouse"}
    with pytest.raises(ConfigurationError, match="bucket no-such-house cannot be used"):
        ask(storing, object_store.bucket, store | warehouse)
    with pytest.raises(ConfigurationError, match="refused the keys for bucket"):
        ask(storing, object_store.bucket, store | {"MINIO_SECRET_KEY": "wrong-secret"})
    with pytest.raises(ConfigurationError, match="refused the keys for bucket"):
        ask(storing, object_store.bucket, store | {"MINIO_ACCESS_KEY": "nobody"})


def test_a_store_that_does_not_answer_is_a_matter_of_time(store: dict[str, str]) -> None:
    """Nothing listens at the address."""
    with pytest.raises(TransientError, match="does not answer"):
        ask(storing, "lake", store | {"MINIO_ENDPOINT": "http://127.0.0.1:1"})


def test_a_directory_of_events_has_to_be_there(runs: Runs, tmp_path: Path) -> None:
    """A directory that is missing, and a file in its place."""
    (tmp_path / "file").touch()
    for wrong in ("nowhere", "file"):
        with pytest.raises(ConfigurationError, match=f"there is no directory .*{wrong} to read events from"):
            require_directory(tmp_path / wrong)
    plan = from_component(storing).pipeline
    with pytest.raises(ConfigurationError, match="to read events from"):
        check(plan, {"events_dir": str(tmp_path / "nowhere")}, runs.project, SecretFiles(tmp_path))


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHook]:
    """A web hook that STOCKPOT_NOTIFY_URLS names; `end_run` runs in the environment of the tests, which has apprise."""
    hook = WebHook()
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", hook.url)
    monkeypatch.setattr(telling, "ensure", lambda *_: Environment("end_run", Path(sys.executable), ""))
    yield hook
    hook.server.shutdown()


def test_what_fails_before_the_first_step_is_recorded_and_told(
    runs: Runs, hook: WebHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that does not answer: no environment is built, the run has failed, and people hear how to go on."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://kitchen:sesame@127.0.0.1:1/none")

    @dsl.pipeline(name="reading")
    def reading():
        kubernetes.use_secret_as_env(probes.environment(), "database", {"DATABASE_URL": "DATABASE_URL"})

    run = runs(reading, options={"--home": str(runs.home)})
    assert (run.state, run.exit_code) == (State.FAILED, 75)
    assert load_run(runs.home, run.id) == run
    assert not runs.of(EnvironmentBuilding) + runs.of(TaskStarted) + runs.of(NotificationFailed)
    assert [event.run for event in runs.of(RunFinished)] == [run]
    (told,) = hook.taken
    assert told["title"] == "reading has failed"
    assert "Reason: Postgres does not answer" in told["message"]
    assert told["message"].splitlines()[-2:] == [
        f"Next: stockpot resume {run.id} --home {runs.home}",
        f"Report: {report_path(runs.home, run.id)}",
    ]
    assert "sesame" not in told["message"] + run.error


def test_nobody_to_tell_and_nobody_told(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without channels nothing is started; a channel that is none is said, and changes no exit code."""

    @dsl.pipeline(name="strange")
    def strange():
        probes.unknown_image()

    monkeypatch.setattr(telling, "ensure", lambda *_: Environment("end_run", Path(sys.executable), ""))
    failed = runs(strange)
    assert failed.exit_code == 11
    assert not runs.of(NotificationFailed)
    assert next_command(failed) == f"stockpot resume {failed.id}"
    monkeypatch.setenv("STOCKPOT_NOTIFY_URLS", "nosuch://s3cr3t")
    assert runs(strange).exit_code == 11
    (untold,) = runs.of(NotificationFailed)
    assert untold.reason.startswith("nobody could be told: 1 of 1 address in ")
    assert "s3cr3t" not in untold.reason
