"""The index of runs: every run is in it with its figures, failures come first, and pages lead to each other."""

import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.pages.drift import drift
from components.pages.index import MOST_RUNS, render
from components.shell.datasets import write_dataset
from components.shell.pages import POLICY
from stockpot.compiler.tracing import Entry
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_json, write_run
from stockpot.report.index import index_path, write_index
from stockpot.report.kept import Kept, read_kept, write_kept
from stockpot.report.overview import histories
from stockpot.report.writing import is_current, report_path, write_report
from tests.stockpot.report.pages import read, words

NASTY = "<script>alert('x')</script> & \" \x00"


def recorded(home: Path, day: int, pipeline: str = "demo", kept: Kept | None = None, **more: Any) -> Run:
    """A run of that day of January, recorded in the home; with figures where they are given."""
    at = f"2026-01-{day:02d}T03:00:00Z"
    usual = {"state": State.SUCCEEDED, "ended": f"2026-01-{day:02d}T03:00:{day:02d}Z", "exit_code": 0, "as_of": at}
    about = {"description": "", "reference": pipeline, "plan": "0" * 64, "created": at, "parameters": {"as_of": at}}
    run = Run(**{"id": f"{pipeline}-{day}", "pipeline": pipeline, **about, **usual, **more})
    (run_directory(home, run.id)).mkdir(parents=True)
    write_run(run_directory(home, run.id), run)
    if kept:
        write_kept(run_directory(home, run.id), kept)
    return run


FAILED: dict[str, Any] = {"state": State.FAILED, "exit_code": 75, "error": "load: the store does not answer"}


def links(path: Path) -> dict[str, str]:
    """Where the links at the top of a report lead, by their text."""
    return {"".join(link.itertext()): link.get("href", "") for nav in read(path).iter("nav") for link in nav.iter("a")}


def test_runs_stand_by_pipeline_and_day_with_their_figures(tmp_path: Path) -> None:
    """Rows, rejected rows, label and duration of each; a pipeline without rows has no such column."""
    recorded(tmp_path, 1, kept=Kept("A demo", 1200, 3, "flagged", 0.25))
    recorded(tmp_path, 2, kept=Kept("A demo", 1300, 0, "flagged", 0.5))
    recorded(tmp_path, 1, "other")
    page = read(write_index(tmp_path))
    demo, other = (section for section in page.iter("section"))
    assert [h.text for h in demo.iter("th") if h.get("scope") == "col"] == [
        "Day", "Started", "As of", "State", "Rows", "Rejected", "Label", "Took",
    ]  # fmt: skip
    assert [h.text for h in demo.iter("th") if h.get("scope") == "rowgroup"] == ["2026-01-02", "2026-01-01"]
    assert "03:00:00 2026-01-02 03:00 succeeded 1,300 0 50.0 % 2.00 s" in words(demo)
    assert [h.text for h in other.iter("th") if h.get("scope") == "col"] == ["Day", "Started", "As of", "State", "Took"]


def test_figures_are_drawn_over_time(tmp_path: Path) -> None:
    """Oldest first, said in words as well; a failed run has a mark and leaves a gap."""
    for day, rows in enumerate((100, 200, 400), start=1):
        recorded(tmp_path, day, kept=Kept(rows=rows))
    recorded(tmp_path, 4, **FAILED)
    drawn = {svg.findtext("title"): svg for svg in read(write_index(tmp_path)).iter("svg")}
    assert set(drawn) == {"Rows over 4 runs", "Duration over 4 runs"}
    assert drawn["Rows over 4 runs"].findtext("desc") == "Oldest first: 100, 200, 400, none"
    (line,) = drawn["Rows over 4 runs"].iter("polyline")
    heights = [float(point.split(",")[1]) for point in line.get("points", "").split()]
    assert heights == [48.0, 34.0, 6.0]
    assert len([each for each in drawn["Rows over 4 runs"].iter("rect") if each.get("class") == "bad"]) == 1


def test_what_failed_comes_first_until_a_later_run_makes_it_good(tmp_path: Path) -> None:
    """With the next command; a later run of an earlier instant makes nothing good."""
    recorded(tmp_path, 5, **FAILED)
    recorded(tmp_path, 6, as_of="2026-01-04T03:00:00Z")
    failures = next(each for each in read(write_index(tmp_path)).iter("section"))
    assert failures.get("class") == "card failure"
    assert "load: the store does not answer stockpot resume demo-5" in words(failures)
    recorded(tmp_path, 7)
    assert [each.get("class") for each in read(write_index(tmp_path)).iter("section")] == ["card"]


def test_a_failure_before_any_plan_is_there_too(tmp_path: Path) -> None:
    """Its instant may be whatever somebody typed."""
    recorded(tmp_path, 5, **FAILED | {"plan": "", "as_of": "yesterday"})
    assert "stockpot run demo" in words(read(write_index(tmp_path)))


def test_drift_is_that_of_the_column_that_moved_most(tmp_path: Path) -> None:
    """In standard deviations; columns that are new, gone, or of one and the same value say nothing."""
    before = Kept(moments={"views": (10.0, 4.0), "age": (5.0, 1.0), "gone": (1.0, 1.0), "year": (2026.0, 0.0)})
    now = Kept(moments={"views": (13.0, 2.0), "age": (5.1, 1.0), "new": (1.0, 1.0), "year": (2026.0, 0.0)})
    far, column = drift(before, now) or (0.0, "")
    assert (round(far, 4), column) == (round(3 / ((16 + 4) / 2) ** 0.5, 4), "views")
    assert drift(Kept(), now) is None
    runs = [recorded(tmp_path, day, kept=kept) for day, kept in ((1, before), (2, Kept()), (3, now))]
    (history,) = histories(tmp_path / "runs", runs[::-1])
    assert [line.moved for line in history.lines] == ["views", "", ""]


@pytest.mark.parametrize(("was", "is_"), [(0.0, 7.0), (0.0, 1.0), (1.0, 0.0), (-1e308, 1e308)])
def test_a_column_of_one_value_that_has_another_has_drifted(tmp_path: Path, was: float, is_: float) -> None:
    """By what both runs together spread, which is finite, so it can be ranked and drawn; others may go farther."""
    values = [(was, 0.0), (is_, 0.0), (is_, 0.0), (is_, 1.0)]
    runs = [
        recorded(tmp_path, day, kept=Kept(moments={"year": year, "age": (2.1 * (day // 4), 1.0)}))
        for day, year in enumerate(values, start=1)
    ]
    (history,) = histories(tmp_path / "runs", runs[::-1])
    told = [(line.drift, line.moved) for line in history.lines]
    assert told == [(2.1, "age"), (0.0, "age"), (2.0, "year"), (None, "")]
    assert "2.00year" in "".join(read(write_index(tmp_path)).itertext())


@pytest.mark.parametrize("spread", [0.0, 1.4e-17])
def test_what_rounding_leaves_is_no_drift(spread: float) -> None:
    """The mean of equal fractions is not always theirs, and then they seem to spread."""
    before, after = ({"price": (mean, spread)} for mean in (0.1, 0.10000000000000002))
    assert drift(Kept(moments=before), Kept(moments=after)) is None
    assert drift(Kept(moments=before), Kept(moments={"price": (0.7, 1.1e-16)})) == (2.0, "price")
    hardly = drift(Kept(moments={"price": (0.0, 5e-324)}), Kept(moments={"price": (7.0, 1e-300)}))
    assert hardly is not None
    assert hardly[0] < float("inf")


def test_the_label_and_columns_of_a_report_are_kept(tmp_path: Path) -> None:
    """What a report has counted, the index need not count again."""
    task = TaskRecord("a", "a", "container", state=State.SUCCEEDED, rows_rejected=2)
    run = recorded(tmp_path, 1, tasks=(task,))
    rows = pa.table({"views": [1, 3], "kind": ["x", "y"], "good": [True, True], "flagged": [True, False]})
    write_dataset(run_directory(tmp_path, run.id) / "steps/a/outputs/rows", rows.schema, rows.to_batches())
    write_report(tmp_path, run, Entry("demo", "A demo", None, "", "", label="flagged"))
    kept = read_kept(run_directory(tmp_path, run.id))
    assert (kept.title, kept.rows, kept.rejected, kept.label, kept.label_share) == ("A demo", None, 2, "flagged", 0.5)
    half = (0.5, 0.5)
    moments = {"views": (2.0, 1.0), "kind = x": half, "kind = y": half, "flagged": half, "good": (1.0, 0.0)}
    assert (kept.moments, kept.categories) == (moments, ["kind"])


OTHERS = (
    "[]", "{", '{"rows": 1}', '{"moments": {"a": 1}}', '{"moments": {}, "x": 1}',
    '{"moments": {"a": ["1", 2]}}', '{"moments": {"a": [null, NaN]}}', '{"moments": {}, "rows": "many"}',
    '{"moments": {}, "label": 3, "label_share": true}', '{"moments": {}, "title": ["A"]}',
    '{"moments": {}, "rules": ["x"]}', '{"moments": {}, "rules": {"a": ["met"]}}',
    '{"moments": {}, "categories": "kind"}', '{"moments": {}, "categories": [1]}',
    f'{{"moments": {{}}, "rows": 1{"0" * 400}}}',
)  # fmt: skip


@pytest.mark.parametrize("found", OTHERS)
def test_figures_of_another_version_or_type_are_none(tmp_path: Path, found: str) -> None:
    """They are no reason to have no index."""
    recorded(tmp_path, 2, kept=Kept(rows=3, moments={"a": (1.0, 1.0)}))
    run = recorded(tmp_path, 1)
    (run_directory(tmp_path, run.id) / "figures.json").write_text(found)
    assert read_kept(run_directory(tmp_path, run.id)) == Kept()
    assert "2 runs of 1 pipeline," in words(read(write_index(tmp_path)))


def test_pages_lead_to_each_other(tmp_path: Path) -> None:
    """A report to the runs of its pipeline beside it, and to the index; the index to all reports."""
    for day in (1, 3, 2):
        write_report(tmp_path, recorded(tmp_path, day))
    write_report(tmp_path, recorded(tmp_path, 4, "other"))
    recorded(tmp_path, 5, **FAILED)
    all_runs = {"All runs": "../index.html"}
    before, after = {"← Previous run": "../demo-1/report.html"}, {"Next run →": "../demo-3/report.html"}
    assert links(report_path(tmp_path, "demo-2")) == all_runs | before | after
    assert links(report_path(tmp_path, "demo-1")) == all_runs | {"Next run →": "../demo-2/report.html"}
    assert links(report_path(tmp_path, "demo-3")) == all_runs | {"← Previous run": "../demo-2/report.html"}
    assert links(report_path(tmp_path, "other-4")) == all_runs
    targets = {link.get("href") for link in read(write_index(tmp_path)).iter("a")}
    assert targets == {f"{run}/report.html" for run in ("demo-1", "demo-2", "demo-3", "other-4")}
    assert all((index_path(tmp_path).parent / str(target)).is_file() for target in targets)


def test_a_link_makes_no_old_report_young(tmp_path: Path) -> None:
    """A report that is older than what is known of its run is still written anew when somebody asks for it."""
    first = recorded(tmp_path, 1)
    write_report(tmp_path, first)
    os.utime(report_path(tmp_path, first.id), (1, 1))
    write_report(tmp_path, recorded(tmp_path, 2))
    assert "Next run →" in links(report_path(tmp_path, first.id))
    assert not is_current(tmp_path, first)


def test_a_page_is_linked_whatever_bytes_are_in_it(tmp_path: Path) -> None:
    """One that holds what is no UTF-8 changes in its links alone, and keeps nobody from the index."""
    first = recorded(tmp_path, 1)
    write_report(tmp_path, first)
    page = report_path(tmp_path, first.id)
    odd = b"<p>caf\xe9, \xc3\xa9t\xc3\xa9\r\n</p>"
    page.write_bytes(page.read_bytes() + odd)
    write_report(tmp_path, recorded(tmp_path, 2))
    assert page.read_bytes().endswith(odd)
    assert "Next run →".encode() in page.read_bytes()


def test_nothing_a_user_wrote_becomes_markup(tmp_path: Path) -> None:
    """Titles, errors, warnings, names and ids are shown as text, and lead nowhere else."""
    task = TaskRecord(NASTY, "a", "container", details={"warnings": [NASTY]})
    recorded(tmp_path, 1, NASTY.replace("/", "").replace("\0", ""), kept=Kept(NASTY, 1, 0, NASTY, 0.5), tasks=(task,))
    recorded(tmp_path, 2, reference=NASTY, **FAILED | {"error": NASTY, "exit_code": 10})
    text = write_index(tmp_path).read_text()
    assert "<script" not in text
    assert f'content="{POLICY.replace(chr(39), "&#x27;")}"' in text
    assert not re.search(r'https?:|@import|url\(|href="(?![\w%.-]+/report.html")', text)


def test_the_index_is_the_same_from_the_same_records(tmp_path: Path) -> None:
    """Nothing in it says when it was written."""
    recorded(tmp_path, 1, kept=Kept("A demo", 1))
    assert write_index(tmp_path).read_bytes() == write_index(tmp_path).read_bytes()
    assert "Nothing was run yet." in render([])


def test_of_very_many_runs_the_newest_are_shown(tmp_path: Path) -> None:
    """So that writing it takes no longer from year to year; those beyond are found by `stockpot runs`."""
    directory = tmp_path / "runs"
    base = json.loads((run_directory(tmp_path, recorded(tmp_path, 1).id) / "run.json").read_text())
    for number in range(MOST_RUNS + 5):
        place = directory / f"run-{number}"
        place.mkdir()
        write_json(place / "run.json", base | {"id": place.name, "created": f"2026-02-01T00:00:00.{number:06d}Z"})
        os.utime(place / "run.json", (10**9 + number, 10**9 + number))
    text = words(read(write_index(tmp_path)))
    assert f"{MOST_RUNS} runs of 1 pipeline," in text


def test_of_runs_that_end_at_once_all_are_in_it(tmp_path: Path) -> None:
    """Each writes its record and then the index; the last to do so has seen all records."""

    def end(day: int) -> None:
        write_report(tmp_path, recorded(tmp_path, day))

    together = [threading.Thread(target=end, args=(day,)) for day in range(1, 9)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert "8 runs of 1 pipeline," in words(read(index_path(tmp_path)))
    chain = [links(report_path(tmp_path, f"demo-{day}")).get("Next run →") for day in range(1, 8)]
    assert chain == [f"../demo-{day}/report.html" for day in range(2, 9)]
