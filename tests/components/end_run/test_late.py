"""Which runs are late: those of the schedule that have filled their interval, longer after its end than is allowed."""

from datetime import UTC, datetime, timedelta

import pytest

from components.end_run.committed import RunCommits
from components.end_run.late import allowed, late
from components.end_run.outcome import Outcome
from components.end_run.record import Closed, Ended
from components.iceberg.details import of_commit
from components.iceberg.receipts import Receipt
from components.shell.errors import ConfigurationError
from components.shell.status import RunEnd

END = datetime(2026, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
TWO_HOURS_LATE = "it ended 28.5 h after the end of its interval, and 26 h are allowed (STOCKPOT_LATE_HOURS)"


def run(
    took: float = 28.5, began: float = 25, as_of: float = 24, of: str = "run-1", state: str = "succeeded"
) -> Outcome:
    """A run whose interval ended at midnight: how many hours later it ended, began, and had its instant."""
    receipt = Receipt("k", "p", END - 24 * HOUR, END, END, "1", rows=7, snapshot_id=1, run_id=of)
    closed = Closed(END + began * HOUR, END + took * HOUR, END - 24 * HOUR, END, "1", None)
    ended = Ended("run-1", "p", END + as_of * HOUR, state, None)
    return Outcome(RunEnd(state), ended, closed, RunCommits({"t": receipt}, of_commit(receipt)), END)


def test_late_is_who_ends_after_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the end of the interval; to the hour is in time."""
    monkeypatch.setenv("STOCKPOT_LATE_HOURS", "26")
    assert late(run(), asked="", filled="") == TWO_HOURS_LATE
    assert late(run(26), asked="", filled="") == ""


def test_only_a_run_of_the_schedule_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """No backfill, none that failed or found its work done, and none that was asked for an instant of long ago."""
    monkeypatch.setenv("STOCKPOT_LATE_HOURS", "26")
    assert late(run(), asked="", filled="2025-01-01T00:00:00Z") == ""
    assert late(run(state="failed"), asked="", filled="") == ""
    assert late(run(of="run-0"), asked="", filled="") == ""
    long_ago = run(took=1000, began=999, as_of=24)
    assert late(long_ago, asked="2026-01-16T00:00:00Z", filled="") == ""
    # One that an engine has scheduled for that instant has waited.
    assert "1,000 h" in late(long_ago, asked="", filled="")
    assert late(run(), asked="2026-01-16T00:00:00Z", filled="") == TWO_HOURS_LATE


@pytest.mark.parametrize(
    ("said", "hours"),
    [("", None), ("26", 26), ("26,p=3", 3), ("other=3", None), ("other=3, 1.5", 1.5), ("p = 2", 2), ("0", 0)],
)
def test_hours_of_a_pipeline_come_before_those_of_all(said: str, hours: float | None, monkeypatch) -> None:
    """Where neither is said, nobody is late."""
    monkeypatch.setenv("STOCKPOT_LATE_HOURS", said)
    assert allowed("p") == (None if hours is None else timedelta(hours=hours))


def test_no_hours_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the setting's name, whatever became of the run."""
    monkeypatch.setenv("STOCKPOT_LATE_HOURS", "soon")
    with pytest.raises(ConfigurationError, match="STOCKPOT_LATE_HOURS is no list of hours"):
        late(run(state="failed"), asked="", filled="")
