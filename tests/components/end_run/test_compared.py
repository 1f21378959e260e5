"""A run's page beside the run before it, and the command that has it once more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.end_run import command
from components.end_run.compared import compared
from components.end_run.past import Recorded
from components.pages.figures import NONE
from components.pages.model import Change
from components.shell import cluster
from tests.components.end_run.test_end import FAILED, SUCCEEDED, begun, commit, finish
from tests.components.load_iceberg.scene import NAME, T0, job

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BEFORE = Recorded(
    "run-1", "p", NOON, "succeeded", None, NOON, NOON + timedelta(seconds=60), "argo", 100, 5,
    {"met": 84, "warned": 1, "failed": 0, "warnings": ["unique of id: expected no more than 1, but 2"]}, None, False,
)  # fmt: skip


def changed(name: str, before: str, now: str, change: str = "") -> Change:
    """The change, as it is shown."""
    return Change(name, before, now, change)


def test_rows_quality_and_time_stand_beside_those_of_the_run_before() -> None:
    """And the rules by which only one of the two was warned."""
    said = {"met": 85, "warned": 2, "failed": 0, "warnings": ["range of score: expected 1, but 3", "type of id: x"]}
    now = replace(
        BEFORE, run_id="run-2", rows_out=110, rows_rejected=None, quality=said, finished=NOON + timedelta(seconds=90)
    )
    found = compared(BEFORE, now, "../run-1/report.html")
    assert (found.run_id, found.address) == ("run-1", "../run-1/report.html")
    assert found.figures == [
        changed("Rows", "100", "110", "+10 (+10.0 %)"),
        changed("Rejected", "5", NONE, NONE),
        changed("Expectations met", "84", "85", "+1 (+1.2 %)"),
        changed("Expectations warned of", "1", "2", "+1 (+100.0 %)"),
        changed("Duration", "1 min 00 s", "1 min 30 s", "+30.0 s"),
    ]
    rules = [("range of score", "not warned of", "warned"), ("type of id", "not warned of", "warned")]
    assert found.rules == [changed(*each) for each in [*rules, ("unique of id", "warned", "not warned of")]]


def test_the_label_and_columns_that_moved_stand_beside_those_of_the_run_before() -> None:
    """As far as both are on record, and of the same label."""
    was = {"label": "flagged", "label_share": 0.2, "moments": {"views": [10, 4.0], "age": [5, 1.0], "gone": [1, 1]}}
    is_ = {"label": "flagged", "label_share": 0.25, "moments": {"views": [13.0, 2.0], "age": [5.01, 1.0]}}
    before, now = replace(BEFORE, quality=was), replace(BEFORE, run_id="run-2", quality=is_)
    found = compared(before, now, "")
    assert changed("Share of flagged", "20.0 %", "25.0 %", "+5.0 points") in found.figures
    assert found.columns == [changed("views", "10", "13", "+0.95 sd")]
    other = compared(before, replace(now, quality=is_ | {"label": "clicked"}), "")
    assert not any(each.name.startswith("Share") for each in other.figures)
    done = compared(before, replace(now, was_done=True), "")
    assert (done.columns, done.has_columns) == ([], False)


@pytest.mark.parametrize(
    "shown",
    [
        {"moments": "1,234 letters left out", "label": "x", "label_share": "0.5"},
        {"moments": {"a": [1], "b": [None, 1.0], "c": [True, 1], "d": 7, "e": [10**400, 1]}, "label_share": 1e400},
        {"moments": [["a", 1, 1]], "label": ["x"], "label_share": None},
    ],
)
def test_what_is_odd_of_the_columns_is_not_said(shown: Any) -> None:
    """A receipt may hold anything."""
    odd = replace(BEFORE, quality=shown)
    assert (odd.label, odd.label_share, odd.moments) == ("", None, {})


@pytest.mark.parametrize("quality", [None, "84 letters left out", [], {"met": "x"}, {"met": 1, "warnings": "cut"}])
def test_what_is_not_known_of_the_rules_is_not_said(quality: Any) -> None:
    """A receipt may hold anything, and has no room for many warnings."""
    found = compared(BEFORE, replace(BEFORE, quality=quality), "")
    assert (found.rules, found.has_rules) == ([], False)


def test_a_page_tells_of_the_run_before(table: str, tmp_path: Path) -> None:
    """The last of the pipeline that succeeded before: not a failure, nor another pipeline's, nor a later one."""
    first, second = job(T0, T0 + DAY), job(T0 + DAY, T0 + 2 * DAY, count=9)
    begun(first)
    commit(first, tmp_path / "1")
    assert "Since the run before" not in finish(SUCCEEDED, table=NAME)
    begun(first, "run-failed")
    finish(FAILED, table=NAME, run_id="run-failed")
    begun(second, "run-2")
    begun(first, "run-later")
    finish(SUCCEEDED, table=NAME, run_id="run-later")
    commit(second, tmp_path / "2", "run-2")
    page = finish(SUCCEEDED, table=NAME, run_id="run-2").partition("Since the run before")[2]
    assert "succeeded: <code>run-1</code>" in page
    rows = '<th scope="row">Rows</th><td class="num">6</td><td class="num">9</td><td class="num">+3 (+50.0 %)</td>'
    assert rows in page
    assert table


GIVEN = '--param as_of=\n--param names={"a": 1,\n--x}\n--param api_token=hunter22\n--param of=@home\n--param url=s3://u:pw@h'


@pytest.mark.parametrize(
    ("engine", "called"),
    [
        ("argo", "stockpot submit soup --namespace kitchen --as-of 2026-01-15T12:00:00Z"),
        ("kfp", "stockpot submit soup --on kfp --as-of 2026-01-15T12:00:00Z"),
        ("local", "stockpot run soup --as-of 2026-01-15T12:00:00Z"),
    ],
)
def test_the_command_has_all_parameters_and_no_secret(
    engine: str, called: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quoted for a shell, with the instant that the run was about in place of the one that was asked for."""
    (tmp_path / "resolv.conf").write_text("search kitchen.svc.cluster.local svc.cluster.local\n")
    monkeypatch.setattr(cluster, "_RESOLVER", tmp_path / "resolv.conf")
    given = command.parameters(GIVEN)
    assert list(given) == ["as_of", "names", "api_token", "of", "url"]
    more = r""" --param $'names={"a": 1,\x0a--x}' --param 'api_token=***' --param of=@@home --param 'url=s3://***@h'"""
    assert command.of(engine, "soup", NOON, given) == called + more


def test_a_pipeline_without_an_instant_is_not_given_one() -> None:
    """And one whose instant is none is given what was asked for."""
    assert command.of("local", "soup", NOON, {}) == "stockpot run soup"
    assert command.of("local", "soup", None, {"as_of": "noon"}) == "stockpot run soup --as-of noon"
    assert command.parameters("") == {}


def test_the_page_shows_what_the_run_was_given(runs: str) -> None:
    """As the table of its parameters, and as the command of the run."""
    page = finish(FAILED, parameters="--param as_of=\n--param lookback_hours=48")
    assert "stockpot run moderation-training --as-of 2026-01-15T00:00:00Z --param lookback_hours=48</code>" in page
    assert '<th scope="row">lookback_hours</th><td><code>48</code></td>' in page
    assert runs
