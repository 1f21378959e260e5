"""What a backfill tells each run, and what it says itself; the runs are kept from starting."""

import contextlib
import json
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import cli
from pipelines.backfill import carrying_out, filling
from pipelines.backfill.carrying_out import Ended
from pipelines.backfill.intervals import Interval, State
from pipelines.local import services

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
FOUND = [Interval(START + n * DAY, START + (n + 1) * DAY, START + (n + 2) * DAY, State.MISSING) for n in range(3)]


@pytest.fixture
def backfill(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Call the command over three missing intervals whose runs end with these codes: its answer, and the commands."""

    def call(*words: str, codes: tuple[int, ...] = (0, 0, 0)) -> tuple[int, str, str, list[list[str]]]:
        told: list[list[str]] = []

        def carried(wanted: list[Interval], order: Any) -> list[Ended]:
            told.extend(list(order.command(one)) for one in wanted)
            return [
                Ended(one, code, "run", "it broke" if code else "") for one, code in zip(wanted, codes, strict=False)
            ]

        used = contextlib.nullcontext(SimpleNamespace(for_people={}))
        monkeypatch.setattr(services, "in_use", lambda *_: used)
        monkeypatch.setattr(filling, "intervals_of", lambda *_: FOUND)
        monkeypatch.setattr(carrying_out, "carry_out", carried)
        monkeypatch.setattr(sys, "argv", ["stockpot", "backfill", *words, "--from", "2026-01-01T03:00:00Z"])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err, told

    return call


def test_runs_here_are_runs_of_this_home(backfill) -> None:
    """Each interval is a `stockpot run` in the same home, with the caller's parameters and the interval's own."""
    code, out, _, told = backfill("moderation-training", "--home", "/h", "--param", "views_from=auto")
    assert code == 0
    assert "3 of 3 intervals to run" in out
    assert told[0] == [
        "run", "moderation-training", "--home", "/h", "--output", "json", "--as-of", "2026-01-03T03:00:00Z",
        "--param", "views_from=auto", "--param", "backfill_from=2026-01-01T03:00:00Z", "--param", "generation=1",
    ]  # fmt: skip


def test_runs_on_a_cluster_are_submitted_and_watched(backfill) -> None:
    """On a cluster each interval is a `stockpot submit --watch` in the namespace."""
    _, _, _, told = backfill("moderation-training", "--on", "cluster", "--namespace", "n")
    assert told[2][:7] == ["submit", "moderation-training", "--watch", "--namespace", "n", "--output", "json"]


def test_archives_are_handed_on(backfill, tmp_path) -> None:
    """`--events` reaches each run as a path that holds anywhere, and no time to read from."""
    _, _, _, told = backfill("event-aggregation", "--events", str(tmp_path))
    assert told[0][-2:] == ["--param", f"events_dir={tmp_path}"]


def test_a_failure_is_the_last_word(backfill) -> None:
    """The exit code is that of the run that failed, and the line says what to do."""
    code, _, err, _ = backfill("moderation-training", codes=(0, 75))
    assert code == 75
    assert err.strip() == (
        "error: [2026-01-02T03:00:00Z, 2026-01-03T03:00:00Z): it broke; 1 intervals were not begun"
        " - once that is settled, the same call with --reprocess failed goes on"
    )


def test_programs_get_one_document(backfill) -> None:
    """As JSON: all intervals, what is done with each, and how its run ended; a dry run ends with no run."""
    _, out, _, _ = backfill("moderation-training", "--output", "json")
    assert [(one["state"], one["action"], one["run"], one["exit_code"]) for one in json.loads(out)] == [
        ("missing", "run", "run", 0)
    ] * 3
    _, out, _, told = backfill("moderation-training", "--output", "json", "--dry-run")
    assert {one["run"] for one in json.loads(out)} == {None}
    assert told == []
