"""A backfill of the moderation pipeline, on real services, through the command."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import tables

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
SPAN = ("--from", "2026-01-09T03:00:00Z", "--to", "2026-01-12T03:00:00Z")
# Up to ten whole runs in one test, beside whatever else the machine does.
pytestmark = [pytest.mark.xdist_group("backfill"), pytest.mark.timeout(1200)]


class Home:
    """A home with running services, filled with the sample, and no other endpoint in the environment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        named = ("DATABASE_URL", "MINIO_", "PYICEBERG_", "KAFKA_", "STOCKPOT_")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(named)}
        self.environment["STOCKPOT_HOME"] = str(path)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """A running command."""
        pipe = subprocess.PIPE
        return subprocess.Popen([STOCKPOT, *arguments], env=self.environment, stdout=pipe, stderr=pipe, text=True)

    def command(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=600)
        return process.returncode, out, err

    def backfill(self, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        """Exit code, intervals and stderr of a backfill."""
        code, out, err = self.command("backfill", "moderation-training", *SPAN, "--output", "json", *arguments)
        return code, json.loads(out) if out.strip() else [], err

    def rows(self) -> list[dict[str, Any]]:
        """All rows of the table."""
        return tables.rows(self.path, "moderation.training_data")


@pytest.fixture(scope="module")
def home(scratch: Path) -> Iterator[Home]:
    """The home of this module."""
    home = Home(scratch / "backfill")
    code, _, err = home.command("services", "up")
    assert code == 0, err
    assert home.command("sample-data")[0] == 0
    yield home
    home.command("services", "down")


@pytest.mark.turns(first=0)
def test_a_backfill_that_was_stopped_goes_on(home: Home) -> None:
    """Ctrl-C after the first interval leaves that one; the next call runs the others, and one more runs nothing."""
    code, listed, _ = home.backfill("--dry-run")
    assert (code, [one["state"] for one in listed], home.command("runs")[1].count("\n")) == (0, ["missing"] * 3, 1)

    process = home.start("backfill", "moderation-training", *SPAN)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("✓"):
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130
    _, listed, _ = home.backfill("--dry-run", "--reprocess", "failed")
    assert [one["action"] for one in listed] == ["leave", "run", "run"]

    code, done, err = home.backfill("--reprocess", "failed", "--max-parallel", "2")
    assert (code, [one["exit_code"] for one in done]) == (0, [None, 0, 0]), err
    rows = home.rows()
    assert len(rows) == len({(row["image_id"], row["decision_point_minutes"]) for row in rows}) > 0
    code, done, err = home.backfill("--reprocess", "failed")
    assert (code, {one["state"] for one in done}, {one["run"] for one in done}) == (0, {"done"}, {None}), err

    code, done, err = home.backfill("--reprocess", "all", "--max-parallel", "2")
    assert (code, [one["exit_code"] for one in done]) == (0, [0, 0, 0]), err
    key = ("uploaded_at", "image_id", "decision_point_minutes")
    ordered = [sorted(found, key=lambda row: [row[name] for name in key]) for found in (home.rows(), rows)]
    assert ordered[0] == ordered[1]


def test_a_failure_is_told_and_left_to_be_settled(home: Home) -> None:
    """Nothing is begun after a run that failed; the error names interval and reason, the code is the run's."""
    span = ("--from", "2026-01-13T03:00:00Z", "--to", "2026-01-15T03:00:00Z")
    code, _, err = home.command("backfill", "moderation-training", *span, "--param", "views_from=nonsense")
    assert code == 11
    assert "views_from 'nonsense' is unknown" in err
    assert "1 interval not begun" in err
    code, out, _ = home.command("backfill", "moderation-training", *span, "--dry-run")
    assert code == 0
    assert "failed" in out
    assert "1 of 2 intervals to run" in out
