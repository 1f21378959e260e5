"""What a backfill tells each run, and what it says itself; the runs are kept from starting."""

import contextlib
import io
import json
import os
import re
import shlex
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.shell.missing import FILL
from stockpot import cli
from stockpot.backfill import carrying_out, counting, filling
from stockpot.backfill.carrying_out import Ended
from stockpot.backfill.intervals import Interval, State
from stockpot.local import parameters, services

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = datetime(2026, 2, 1, tzinfo=UTC)
FOUND = [Interval(START + n * DAY, START + (n + 1) * DAY, START + (n + 2) * DAY, State.MISSING) for n in range(3)]


@pytest.fixture
def backfill(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Call the command over three missing intervals whose runs end with these codes: its answer, and the commands."""

    def call(
        *words: str,
        codes: tuple[int, ...] = (0, 0, 0),
        begin: str = "2026-01-01T03:00:00Z",
        found: Sequence[Interval] = FOUND,
        error: str = "it broke",
        look: Callable[[list[str]], object] = len,
    ) -> tuple[int, str, str, list[list[str]]]:
        told: list[list[str]] = []

        def carried(wanted: list[Interval], order: Any) -> list[Ended]:
            told.extend(list(order.command(one)) for one in wanted)
            for command in told:
                look(command)
            return [Ended(one, code, "run", error if code else "") for one, code in zip(wanted, codes, strict=False)]

        used = contextlib.nullcontext(SimpleNamespace(put_into=lambda _: None))
        monkeypatch.setattr(services, "in_use", lambda *_: used)
        monkeypatch.setattr(filling, "intervals_of", lambda *_: found)
        monkeypatch.setattr(parameters, "utc_now", lambda: NOW)
        monkeypatch.setattr(counting, "counted", lambda found, _: found)
        monkeypatch.setattr(carrying_out, "carry_out", carried)
        monkeypatch.setattr(sys, "argv", ["stockpot", "backfill", *words, "--from", begin])
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


def test_a_missing_table_is_filled_where_the_runs_are(backfill) -> None:
    """By a run in the same home, or by one on the same cluster."""
    missing = f"read-iceberg: table retail.sessions does not exist - {FILL}"
    for words, command in (
        (("--home", "/h"), "run events-and-funnels --home /h"),
        (("--on", "cluster", "--namespace", "n"), "submit events-and-funnels --namespace n"),
    ):
        _, _, err, _ = backfill("moderation-training", *words, codes=(11,), error=missing)
        assert f"{FILL} (stockpot {command}); 2 intervals" in err


@pytest.mark.parametrize("option", ["--project", "--docker"])
def test_what_steps_run_in_is_handed_on(backfill, option: str, tmp_path: Path) -> None:
    """To runs here, and to the command that repeats what failed; a cluster has images."""
    words = [option, str(tmp_path)] if option == "--project" else [option]
    code, _, err, told = backfill("moderation-training", *words, codes=(0, 10, 0))
    assert code == 10
    assert told[0][: 4 + len(words)] == ["run", "moderation-training", "--home", ".stockpot", *words]
    assert " ".join(words) in err
    code, _, err, told = backfill("moderation-training", *words, "--on", "cluster")
    assert (code, told) == (11, [])
    assert err.startswith(f"error: {option} is for runs on this machine - leave it out")


def test_archives_are_handed_on(backfill, tmp_path) -> None:
    """`--events` reaches each run as a path that holds anywhere, and no time to read from."""
    _, _, _, told = backfill("event-aggregation", "--events", str(tmp_path))
    assert told[0][-2:] == ["--param", f"events_dir={tmp_path}"]


@pytest.mark.parametrize("on", ["local", "cluster"])
def test_what_a_file_holds_is_in_no_command(backfill, tmp_path: Path, on: str) -> None:
    """Everybody sees those. It lies where nobody else may read it, as it was read once, and is gone in the end."""
    secret, large, pipe = "@so secret\n", "x" * 200_000, tmp_path / "pipe"
    (tmp_path / "token").write_text(secret)
    (tmp_path / "large").write_text(large)
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_text, args=("from a pipe",)).start()
    found: list[Path] = []

    def look(command: list[str]) -> None:
        (tmp_path / "token").write_text("another")
        given = dict(word.split("=@", 1) for word in command if "=@" in word)
        kept = {name: Path(file) for name, file in given.items()}
        assert {name: file.read_text() for name, file in kept.items()} == {
            "api_token": secret, "../odd": large, "word": "from a pipe",
        }  # fmt: skip
        for file in kept.values():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert sum(map(len, command)) < 1000
        found.extend(kept.values())

    named = {"api_token": tmp_path / "token", "../odd": tmp_path / "large", "word": pipe}
    words = [word for name, file in named.items() for word in ("--param", f"{name}=@{file}")]
    code, _, err, _ = backfill("moderation-training", *words, "--on", on, codes=(0, 10), look=look)
    assert (code, len(found)) == (10, 9)
    assert f"=@{tmp_path / 'large'}" in err
    assert "so secret" not in err
    assert not any(file.exists() or file.parent.exists() for file in found)


def test_a_failure_is_the_last_word(backfill) -> None:
    """The exit code is that of the run that failed, and the line says what to do."""
    code, _, err, _ = backfill("moderation-training", codes=(0, 75))
    assert code == 75
    assert err.strip() == (
        "error: [2026-01-02T03:00:00Z, 2026-01-03T03:00:00Z): it broke; 1 interval not begun"
        " - once that is settled: stockpot backfill moderation-training --from 2026-01-01T03:00:00Z --reprocess failed"
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


def test_a_dry_run_says_how_to_repeat_what_failed(backfill) -> None:
    """The whole command, as a shell takes it; nothing of the kind where nothing failed."""
    failed = [replace(FOUND[0], state=State.FAILED, note="run-1 it broke"), *FOUND[1:]]
    words = (
        "moderation-training",
        "--param",
        "views_source=my views/",
        "--home",
        "/h/my home",
        "--max-parallel",
        "2",
    )
    _, out, _, told = backfill(*words, "--dry-run", "--to", "2026-02-01T00:00:00Z", found=failed)
    line = next(line for line in out.splitlines() if line.startswith("what failed runs again with: "))
    again = shlex.split(line.removeprefix("what failed runs again with: "))
    assert told == []
    assert again == [
        "stockpot", "backfill", "moderation-training", "--from", "2026-01-01T03:00:00Z", "--to", "2026-02-01T00:00:00Z",
        "--reprocess", "failed", "--max-parallel", "2", "--param", "views_source=my views/", "--home", "/h/my home",
    ]  # fmt: skip
    code, _, _, told = backfill(*again[2:5], *again[7:], begin=again[4], found=failed)
    assert (code, len(told)) == (0, 3)
    assert "runs again" not in backfill("moderation-training", "--dry-run")[1]


@pytest.mark.parametrize(
    ("asked", "state", "named"),
    [
        ("none", State.MISSING, "failed"),
        ("late", State.MISSING, "failed"),
        ("late", State.LATE, "late"),
        ("all", State.DONE, "all"),
        ("all", State.FAILED, "all"),
    ],
)
def test_what_failed_runs_again_with_the_named_command(backfill, asked: str, state: State, named: str) -> None:
    """An interval that has rows is run by no `--reprocess failed`; all that was given is named, but no secret."""
    words = ("moderation-training", "--reprocess", asked, "--yes", "--param", "api_token=hidden")
    code, _, err, _ = backfill(*words, codes=(1,), found=[replace(FOUND[0], state=state)])
    again = shlex.split(err.rpartition("once that is settled: ")[2])
    assert (code, again[5:]) == (1, ["--reprocess", named, "--param", "api_token=***", "--yes"])
    _, _, _, told = backfill("moderation-training", *again[5:], found=[replace(FOUND[0], state=State.FAILED)])
    assert named == "late" or len(told) == 1


def test_thousands_of_intervals_are_asked_for(backfill, monkeypatch) -> None:
    """Without a terminal exit 11 with the count and what to do; `--yes` and a dry run do not ask."""
    code, out, err, told = backfill("moderation-training", begin="1900-01-01T00:00:00Z")
    assert (code, out, told) == (11, "", [])
    count = int(re.search(r"has about ([\d,]+) intervals from 1970-01-01T00:00:00Z to ", err)[1].replace(",", ""))
    assert 20_000 < count < 40_000
    assert "--yes; --dry-run shows what would run" in err
    for words in ("--yes", "--dry-run"):
        assert backfill("moderation-training", words, begin="1900-01-01T00:00:00Z")[0] == 0
    assert backfill("event-aggregation", "--dry-run", begin="0001-01-01T00:00:00Z")[0] == 11


@pytest.mark.parametrize(("answer", "code", "runs"), [("y\n", 0, 3), ("n\n", 11, 0)])
def test_a_person_is_asked(backfill, monkeypatch, answer: str, code: int, runs: int) -> None:
    """On a terminal the count is told and the answer decides."""
    person = io.StringIO(answer)
    monkeypatch.setattr(person, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", person)
    left, _, err, told = backfill("moderation-training", begin="1970-01-01T00:00:00Z")
    assert (left, len(told)) == (code, runs)
    assert "Run what is missing of them?" in err


@pytest.mark.parametrize("begin", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_the_ends_of_time_are_one_line(backfill, begin: str) -> None:
    """A time in which nothing can run is refused with exit 11, whichever end of time it is."""
    end = () if begin.startswith("0") else ("--to", "9999-12-31T23:59:59.999999Z")
    code, _, err, _ = backfill("moderation-training", *end, begin=begin)
    assert (code, err.count("\n")) == (11, 1)
