"""A report beside the run before it: figures, columns that have moved, and rules that came out otherwise."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.pages.model import Contract, Expectation
from components.shell.datasets import write_dataset
from stockpot.compiler.tracing import Entry
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_run
from stockpot.report.index import write_index
from stockpot.report.kept import _rules, read_kept
from stockpot.report.writing import report_path, write_report
from tests.stockpot.report.pages import read, words

ENTRY = Entry("demo", "A demo", None, "", "", label="flagged", table="shop.rows")


def ran(
    home: Path, day: int, views: list[int], rules: dict[str, str], countries: str | None = None, **more: Any
) -> str:
    """The words of the report of a run of that day which has loaded a row for each number of views.

    `countries` has a letter for the country of each row, where rows have one.
    """
    at = f"2026-01-{day:02d}T03:00:00Z"
    tasks = tuple(
        TaskRecord(name, name, "container", state=State.SUCCEEDED, rows_out=len(views), rows_rejected=rejected, **told)
        for name, rejected, told in (
            ("make", day, {}),
            ("load", 0, {"details": {"table": "shop.rows"}, "artifacts": {"receipt": "steps/load/outputs/receipt"}}),
        )
    )
    about = {"description": "", "reference": "demo", "plan": "0" * 64, "parameters": {}, "as_of": at, "created": at}
    ended = {"state": State.SUCCEEDED, "exit_code": 0, "ended": f"2026-01-{day:02d}T03:00:{day:02d}Z"}
    run = Run(**{"id": f"demo-{day}", "pipeline": "demo", **about, **ended, "tasks": tasks, **more})
    steps = run_directory(home, run.id) / "steps"
    for name in ("make", "load"):
        (steps / name / "outputs").mkdir(parents=True)
    further = {} if countries is None else {"country": list(countries)}
    rows = pa.table({"views": views, "flagged": [count > 1 for count in views], **further})
    write_dataset(steps / "make" / "outputs" / "rows", rows.schema, rows.to_batches())
    words_of_load = ["load", "--rows", str(steps / "make" / "outputs" / "rows")]
    (steps / "load" / "command.json").write_text(json.dumps(words_of_load))
    (steps / "load" / "outputs" / "receipt").write_text(json.dumps({"stockpot.run-id": run.id}))
    told = [{"rule": rule, "columns": ["views"], "state": state} for rule, state in rules.items()]
    (steps / "make" / "outputs" / "results").write_text(json.dumps({"expectations": told}))
    write_run(run_directory(home, run.id), run)
    return words(read(write_report(home, run, ENTRY)))


def test_a_report_compares_itself_with_the_run_before(tmp_path: Path) -> None:
    """Rows, rejected rows, label, duration, columns by how far they moved, and the rules that came out otherwise."""
    first = ran(tmp_path, 1, [1, 1, 2, 2], {"unique": "met", "not_null": "met", "old": "failed"})
    assert "Since the run before" not in first
    page = ran(tmp_path, 3, [1, 9, 9], {"unique": "warned", "not_null": "met", "new": "met"})
    part = page[page.index("Since the run before") :]
    for expected in (
        "Rows 4 3 -1 (-25.0 %)",
        "Rejected 1 3 +2 (+200.0 %)",
        "Share of flagged 50.0 % 66.7 % +16.7 points",
        "Duration 1.00 s 3.00 s +2.00 s",
        "views 1.5 6.333 +1.80 sd",
        "unique of views met warned",
        "old of views failed not asked",
    ):
        assert expected in part, expected
    assert "not null of views met" not in part
    assert "new of views not asked" not in part
    links = {each.text: each.get("href") for each in read(report_path(tmp_path, "demo-3")).iter("a")}
    assert links["demo-1"] == "../demo-1/report.html"


def test_a_run_that_was_removed_is_named_and_not_linked(tmp_path: Path) -> None:
    """It is still what the figures were compared with; a page that is there stays linked."""
    for day in (1, 2, 3):
        ran(tmp_path, day, [1], {})
    shutil.rmtree(run_directory(tmp_path, "demo-1"))
    write_index(tmp_path, "demo-2", "demo-3")
    pages = {day: read(report_path(tmp_path, f"demo-{day}")) for day in (2, 3)}
    links = {day: {each.text: each.get("href") for each in page.iter("a")} for day, page in pages.items()}
    assert not any("demo-1" in str(link) for link in links[2].values())
    assert "The last run before this one that succeeded: demo-1" in words(pages[2])
    assert links[3]["demo-2"] == "../demo-2/report.html"


def test_what_has_not_changed_is_said_in_a_line(tmp_path: Path) -> None:
    """The same rows under the same rules."""
    for day in (1, 2):
        page = ran(tmp_path, day, [1, 2], {"unique": "met"})
    assert "No column has moved by 0.1 standard deviations (sd) or more." in page
    assert "Every rule of the data contracts came out as before." in page
    assert "Rows 2 2 \N{EN DASH}" in page


def test_a_category_that_was_exchanged_has_moved(tmp_path: Path) -> None:
    """What only one of the runs has, has a share of 0 in the other, if that has the column."""
    for day, countries in ((1, "AAAAAAAAAB"), (2, "AAAAAAAAAC")):
        page = ran(tmp_path, day, [1] * 10, {}, countries)
    assert "country = B 0.1 0 -0.47 sd country = C 0 0.1 +0.47 sd" in page
    assert "No column has moved" not in page
    assert "country" not in ran(tmp_path, 3, [1] * 10, {})


def test_a_category_that_was_exchanged_whole_has_moved(tmp_path: Path) -> None:
    """Though no row of either run differs from the others of its run."""
    for day, countries in ((1, "AAAA"), (2, "BBBB"), (3, "BBBB")):
        page = ran(tmp_path, day, [1] * 4, {}, countries)
        told = "country = A 1 0 one value → another country = B 0 1 one value → another"
        assert (told in page) == (day == 2), page


def test_a_number_and_a_flag_that_were_exchanged_whole_have_moved(tmp_path: Path) -> None:
    """A column that was 0 everywhere and is 7 everywhere is what a report must not pass over; nor one of yes and no."""
    for day, views in ((1, [0] * 4), (2, [7] * 4), (3, [7] * 3)):
        page = ran(tmp_path, day, views, {}, "ABAB"[: len(views)])
        told = "flagged 0 1 one value → another views 0 7 one value → another"
        assert (told in page) == (day == 2), page
        assert "No column has moved" not in page


def test_a_run_that_failed_is_nothing_to_compare_with(tmp_path: Path) -> None:
    """Nor is a later one, or one of another pipeline; the run before those that failed is."""
    ran(tmp_path, 1, [1], {})
    ran(tmp_path, 2, [1], {}, state=State.FAILED, exit_code=75)
    ran(tmp_path, 4, [1], {})
    ran(tmp_path, 3, [1], {}, id="other-3", pipeline="other")
    page = ran(tmp_path, 3, [1], {})
    assert "The last run before this one that succeeded: demo-1" in page


def test_figures_of_an_older_version_are_compared(tmp_path: Path) -> None:
    """They know no rules, so none is said to be new."""
    ran(tmp_path, 1, [1], {"unique": "met"})
    file = run_directory(tmp_path, "demo-1") / "figures.json"
    known = json.loads(file.read_bytes())
    file.write_text(json.dumps({name: value for name, value in known.items() if name != "rules"}))
    assert dataclasses.asdict(read_kept(file.parent))["rows"] == 1
    page = ran(tmp_path, 2, [1], {"unique": "failed"})
    assert "Since the run before" in page
    assert "not asked" not in page
    assert "came out as before" not in page


def test_states_of_others_are_kept_as_they_are() -> None:
    """A step of others may call an outcome what it likes; of two rules alike the worst of ours counts."""
    told = [Expectation("unique", ["a"], state) for state in ("passed", "met", "failed")]
    assert _rules([Contract("check", told)]) == {"unique of a": "failed"}
    assert _rules([Contract("check", told[:1])]) == {"unique of a": "passed"}
