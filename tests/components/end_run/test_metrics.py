"""What Prometheus is told of a run, read back by its own parser: from a gateway's requests, and from files."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from prometheus_client.parser import text_string_to_metric_families

from components.end_run import metrics
from components.end_run.committed import RunCommits
from components.end_run.outcome import Outcome
from components.end_run.record import Closed, Ended
from components.iceberg.details import of_commit
from components.iceberg.receipts import Receipt
from components.shell.errors import ConfigurationError
from components.shell.status import RunEnd
from tests.harness.listening import Listener

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
AT = NOON.timestamp()
TABLES = ["shop.articles", "shop.beside"]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """A gateway that takes all."""
    listener = Listener()
    monkeypatch.setenv("STOCKPOT_PUSHGATEWAY_URL", listener.url)
    yield listener
    listener.close()


def outcome(state: str = "succeeded", *, of: str = "run-1", closed: bool = True) -> Outcome:
    """A run that began at noon and ended an hour later; with a receipt that is of that run."""
    receipt = Receipt("k", "articles", NOON - HOUR, NOON, NOON, "1", rows=7, snapshot_id=1, run_id=of)
    row = Closed(NOON, NOON + HOUR, NOON - 2 * HOUR, NOON - HOUR, "1", "abc")
    return Outcome(
        RunEnd(state, exit_code=0 if state == "succeeded" else 10),
        Ended("run-1", "articles", NOON, state, None),
        row if closed else None,
        RunCommits({"shop.articles": receipt}, of_commit(receipt), NOON - HOUR) if state == "succeeded" else None,
        NOON + 3 * HOUR,
    )


def read(text: str) -> dict[str, float]:
    """The figures in the text by name and labels; all are gauges, and all are explained."""
    families = list(text_string_to_metric_families(text))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation.endswith(".") for family in families)
    return {
        " ".join([sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))]): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_success_is_told_in_full(gateway: Listener) -> None:
    """With the time that it took, rows by table, and how far the table is filled: what an alert needs."""
    metrics.publish(outcome(), TABLES, 2)
    (sent,) = gateway.sent
    assert (sent.method, sent.path) == ("POST", "/metrics/job/stockpot/pipeline/articles")
    assert read(sent.body.decode()) == {
        "stockpot_last_run_end_timestamp_seconds": AT + 3600,
        "stockpot_last_run_state state=succeeded": 1,
        "stockpot_last_run_state state=failed": 0,
        "stockpot_last_run_state state=stopped": 0,
        "stockpot_last_run_exit_code": 0,
        "stockpot_last_run_warnings": 2,
        "stockpot_last_run_duration_seconds": 3600,
        "stockpot_last_run_committed_rows table=shop.articles": 7,
        "stockpot_last_run_committed_rows table=shop.beside": 0,
        "stockpot_last_success_timestamp_seconds": AT + 3600,
        "stockpot_filled_until_timestamp_seconds": AT - 3600,
    }


def test_a_failure_leaves_what_is_known_of_the_last_success(gateway: Listener, tmp_path, monkeypatch) -> None:
    """The gateway keeps gauges of other names, and the file of successes is not touched; the exit code is told."""
    monkeypatch.setenv("STOCKPOT_METRICS_DIR", str(tmp_path))
    metrics.publish(outcome(), TABLES, 0)
    success = tmp_path / "stockpot-articles-success.prom"
    before = success.read_text(), success.stat().st_mtime_ns
    metrics.publish(outcome("failed"), TABLES, 0)
    told = read(gateway.sent[-1].body.decode())
    assert not any("success" in name or "filled" in name for name in told if "state=" not in name)
    assert (told["stockpot_last_run_exit_code"], told["stockpot_last_run_state state=failed"]) == (10, 1)
    assert told["stockpot_last_run_committed_rows table=shop.articles"] == 0
    assert (success.read_text(), success.stat().st_mtime_ns) == before
    names = [f"stockpot-articles-{part}.prom" for part in ("filled", "run", "success")]
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    run = read((tmp_path / "stockpot-articles-run.prom").read_text())
    assert run == {_with_pipeline(name): value for name, value in told.items()}


def test_a_backfill_is_no_success_of_the_schedule(gateway: Listener, tmp_path, monkeypatch) -> None:
    """Else it would hide that nothing else runs; what is filled is filled, whoever did it. The last success stays."""
    monkeypatch.setenv("STOCKPOT_METRICS_DIR", str(tmp_path))
    metrics.publish(outcome(), TABLES, 0)
    success, filled = (tmp_path / f"stockpot-articles-{part}.prom" for part in ("success", "filled"))
    before = success.read_text(), success.stat().st_mtime_ns
    filled.unlink()
    metrics.publish(outcome(), TABLES, 0, is_backfill=True)
    found = read(gateway.sent[-1].body.decode())
    assert "stockpot_last_success_timestamp_seconds" not in found
    assert found["stockpot_filled_until_timestamp_seconds"] == (NOON - HOUR).timestamp()
    assert (success.read_text(), success.stat().st_mtime_ns) == before
    assert "stockpot_last_success_timestamp_seconds{" in before[0]
    assert read(filled.read_text()) == {"stockpot_filled_until_timestamp_seconds pipeline=articles": AT - 3600}


def test_what_an_upgrade_left_is_told_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Earlier versions told in the file of successes what is filled: node_exporter takes no series from two files."""
    monkeypatch.setenv("STOCKPOT_METRICS_DIR", str(tmp_path))
    metrics.publish(outcome(), TABLES, 0)
    success, filled = (tmp_path / f"stockpot-articles-{part}.prom" for part in ("success", "filled"))
    alone = success.read_text()
    success.write_text(f"{filled.read_text()}{alone}")
    filled.unlink()
    metrics.publish(outcome("failed"), TABLES, 0)
    assert "filled_until" in success.read_text()
    metrics.publish(outcome(), TABLES, 0, is_backfill=True)
    assert success.read_text() == alone
    assert read(filled.read_text()) == {"stockpot_filled_until_timestamp_seconds pipeline=articles": AT - 3600}
    assert {each.suffix for each in tmp_path.iterdir()} == {".prom"}


def test_telling_again_changes_nothing(gateway: Listener) -> None:
    """The row's own times count, so a step that is tried again says the same."""
    metrics.publish(outcome(), TABLES, 0)
    metrics.publish(outcome(), TABLES, 0)
    first, second = gateway.sent
    assert first.body == second.body


def test_a_run_that_found_its_work_done_has_committed_nothing(gateway: Listener) -> None:
    """The rows are another run's; the table is filled all the same."""
    metrics.publish(outcome(of="run-0"), TABLES, 0)
    told = read(gateway.sent[0].body.decode())
    assert told["stockpot_last_run_committed_rows table=shop.articles"] == 0
    assert told["stockpot_filled_until_timestamp_seconds"] == AT - 3600


def test_without_a_row_the_clock_counts(gateway: Listener) -> None:
    """A database that is down is just what somebody has to hear of; how long the run took is not known."""
    metrics.publish(outcome("failed", closed=False), [], 0)
    told = read(gateway.sent[0].body.decode())
    assert told["stockpot_last_run_end_timestamp_seconds"] == AT + 3 * 3600
    assert not any("duration" in name or "rows" in name for name in told)


def test_odd_names_are_escaped(gateway: Listener) -> None:
    """Tables of somebody else's may be called anything."""
    odd = 'shop."a\\\nb'
    metrics.publish(outcome(), [odd], 0)
    assert f"stockpot_last_run_committed_rows table={odd}" in read(gateway.sent[0].body.decode())
    assert unquote(gateway.sent[0].path).endswith("/pipeline/articles")


def test_what_cannot_be_told_is_a_line_of_the_log(tmp_path: Path, monkeypatch, caplog) -> None:
    """A gateway that refuses, and a directory that may not be written to, cost a warning each and nothing more."""
    refusing = Listener([400])
    (tmp_path / "stockpot-articles-run.prom").mkdir()
    monkeypatch.setenv("STOCKPOT_PUSHGATEWAY_URL", refusing.url)
    monkeypatch.setenv("STOCKPOT_METRICS_DIR", str(tmp_path))
    metrics.publish(outcome(), TABLES, 0)
    refusing.close()
    first, second = [record.getMessage() for record in caplog.records if record.name == "end_run"]
    assert first == "STOCKPOT_PUSHGATEWAY_URL has not got the metrics of the run: it answers 400"
    assert second.startswith("STOCKPOT_METRICS_DIR has not got the metrics of the run: ")
    assert (tmp_path / "stockpot-articles-success.prom").is_file()


def test_settings_that_cannot_be_used_are_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By their names. A directory that is not there, as in a container, is a warning: the runner has looked before."""
    monkeypatch.setenv("STOCKPOT_METRICS_DIR", "/nowhere")
    metrics.publish(outcome(), TABLES, 0)
    assert "STOCKPOT_METRICS_DIR has not got the metrics of the run: " in caplog.text
    monkeypatch.setenv("STOCKPOT_PUSHGATEWAY_URL", "http://push:9091")
    with pytest.raises(ConfigurationError, match="STOCKPOT_PUSHGATEWAY_URL"):
        metrics.publish(outcome(), TABLES, 0)


def test_where_nothing_is_asked_for_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the library is imported."""
    monkeypatch.setattr("components.end_run.metrics._registry", None)
    metrics.publish(outcome(), TABLES, 0)


def _with_pipeline(name: str) -> str:
    metric, *labels = name.split(" ")
    return " ".join([metric, *sorted([*labels, "pipeline=articles"])])
