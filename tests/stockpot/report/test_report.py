"""The run report: whole pages from records, well-formed, escaped, and true to the figures."""

import json
import os
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from html.parser import HTMLParser

import pyarrow as pa
import pytest

from components.check_quality.outcomes import Outcome
from components.check_quality.page import page as quality_page
from components.examine_features.page import render as feature_page
from components.examine_features.summarise import summarise
from components.shell.datasets import write_dataset
from components.shell.pages import POLICY
from components.shell.schema.pictures import Bars
from stockpot.compiler.tracing import Entry
from stockpot.local.records import Run, State, TaskRecord, runs_directory
from stockpot.report.gathering import gather, outcomes
from stockpot.report.page import render
from stockpot.report.writing import is_current, write_report
from tests.components.examine_features.feature_rows import SHOWN, feature_rows, write_rows, write_users

NASTY = "<script>alert('x')</script> & \"q\" \x00 ]]> --> 👩‍🍳"


def _task(task_id, **more):
    """A container task that ended well, with whatever else is said of it."""
    usual = {
        "name": task_id,
        "kind": "container",
        "state": State.SUCCEEDED,
        "attempts": 1,
        "started": "2026-01-15T00:00:01+00:00",
        "ended": "2026-01-15T00:00:03.500000+00:00",
    }
    return TaskRecord(**{"id": task_id, **usual, **more})


def _run(tasks, **more):
    return Run(
        **{
            "id": "demo-1",
            "pipeline": "demo",
            "description": "Turns `a` into b.",
            "reference": "demo",
            "plan": "0" * 64,
            "as_of": "2026-01-15T00:00:00Z",
            "created": "2026-01-15T00:00:00Z",
            "ended": "2026-01-15T00:00:05Z",
            "parameters": {"x": 1},
            "state": State.SUCCEEDED,
            "exit_code": 0,
            "tasks": tuple(tasks),
            **more,
        }
    )


def _page(tmp_path, run, entry=None):
    text = write_report(tmp_path, run, entry).read_text()
    assert text.startswith("<!DOCTYPE html>\n")
    return text, ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page


def _outputs(tmp_path, task, **documents):
    place = runs_directory(tmp_path) / "demo-1" / "steps" / task / "outputs"
    place.mkdir(parents=True)
    for name, document in documents.items():
        (place / name).write_text(document if isinstance(document, str) else json.dumps(document))
    return place


def _words(root):
    return " ".join("".join(root.itertext()).split())


@pytest.mark.parametrize(
    "run",
    [
        _run([]),
        _run([_task("only")]),
        _run([_task("a", started="", ended="", state=State.PENDING)], state=State.RUNNING, ended=""),
        _run([_task("a", state=State.INTERRUPTED, ended="")], state=State.INTERRUPTED, ended=""),
        _run([_task("loop", kind="loop", state=State.SKIPPED, started="", ended="")]),
        _run([], plan="", as_of="yesterday", state=State.FAILED, exit_code=11, error="as_of is no instant"),
    ],
    ids=["no steps", "one step", "not begun", "interrupted", "skipped loop", "no instant"],
)
def test_every_kind_of_run_has_a_page(tmp_path, run):
    """However a run stands, its page is well-formed and names it."""
    text, root = _page(tmp_path, run)
    assert "demo-1" in _words(root)
    assert "<script" not in text


def test_nothing_a_user_wrote_becomes_markup(tmp_path):
    """Markup and forbidden characters in every field are shown as text."""
    place = _outputs(
        tmp_path,
        "a",
        results={
            "expectations": [
                dict.fromkeys(("rule", "expected", "observed"), NASTY) | {"columns": [NASTY], "state": "failed"}
            ]
        },
        receipt={NASTY: NASTY},
    )
    rows = pa.table({"category": [NASTY, "Soup"], "caption_length": [1, 2]})
    write_dataset(place / "rows", rows.schema, rows.to_batches())
    task = _task("a", error=NASTY, reason=NASTY, state=State.FAILED, details={"removed": {NASTY: 3}})
    run = _run([task], description=NASTY, parameters={NASTY: NASTY}, services=(NASTY,), error=NASTY, state=State.FAILED)
    text, root = _page(tmp_path, run, Entry(NASTY, NASTY, None, "", NASTY))
    assert "<script" not in text
    assert "\x00" not in text
    assert not root.findall(".//script")
    assert _words(root).count("alert('x')") > 10


def test_a_page_needs_nothing_beside_itself(tmp_path):
    """No scripts, no links, no images, nothing from the network."""
    text, root = _page(tmp_path, _run([_task("a")]))
    assert not [element.tag for element in root.iter() if element.tag in ("script", "link", "img", "iframe")]
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    assert "url(" not in text


def test_drawings_are_told_in_words(tmp_path):
    """Every drawing has a title and a description, and every table has heads."""
    _, root = _page(tmp_path, _run([_task("a"), _task("b", after=("a",))]))
    drawings = root.findall(".//svg")
    assert len(drawings) >= 2
    assert all(drawing.find("title") is not None and drawing.find("desc") is not None for drawing in drawings)
    assert all(drawing.get("role") == "img" for drawing in drawings)
    assert all(table.find(".//th") is not None for table in root.findall(".//table"))


def test_figures_are_those_of_the_run(tmp_path):
    """Rows, removed rows, expectations, receipt and rows' distributions come from records and outputs."""
    place = _outputs(
        tmp_path,
        "make",
        results={
            "expectations": [
                {
                    "rule": "unique",
                    "columns": ["id"],
                    "state": "met",
                    "expected": "no key twice",
                    "observed": "all of 4",
                },
                {
                    "rule": "shares",
                    "columns": ["label_x"],
                    "state": "warned",
                    "expected": "at most 0.1",
                    "observed": "0.25",
                },
            ]
        },
        receipt={"stockpot.run-key": "abc123"},
    )
    rows = pa.table({"label_x": [True, False, False, False], "n": [1, 2, 2, 3], "image_id": list("abcd")})
    write_dataset(place / "rows", rows.schema, rows.to_batches())
    task = _task(
        "make",
        rows_in=12345,
        rows_out=4,
        rows_rejected=7,
        details={"removed": {"minor_images": 3}},
        parameters={"interval_start": "1970-01-01T00:00:00Z", "interval_end": "2026-01-14T00:00:00Z"},
        artifacts={"receipt": "steps/make/outputs/receipt"},
    )
    _, root = _page(tmp_path, _run([task]), Entry("demo", "A title", None, "", ""))
    words = _words(root)
    for expected in (
        "A title",
        "12,345",
        "minor images",
        "1 of 2",
        "at most 0.1",
        "abc123",
        "25.0 %",
        "no key twiceall of 4",
        "1970-01-01 … 2026-01-14",
        "2.50 s",
    ):
        assert expected in words, expected


def test_every_contract_and_page_of_the_steps_is_shown(tmp_path):
    """Each checking step has its section, called as the pipeline calls it; a step's HTML can run nothing there."""
    expectation = {"rule": "unique", "columns": ["id"], "state": "met", "expected": "no key twice", "observed": ""}
    for name in ("check-raw", "check-rows-2"):
        _outputs(tmp_path, name, results={"expectations": [expectation]})
    _outputs(tmp_path, "draw", page=f"<!DOCTYPE html>\n<p>{NASTY}</p>")
    _outputs(tmp_path, "other", page="no page at all")
    tasks = [_task(name) for name in ("check-raw", "draw", "other")]
    tasks.append(_task("check-rows-2", title="check daily_sales"))
    _, root = _page(tmp_path, _run(tasks))
    titles = [title.text for title in root.iter("h2")]
    assert {"Data contract · check-raw", "Data contract · check daily_sales", "Pages of the steps"} <= set(titles)
    (frame,) = root.iter("iframe")
    assert (frame.get("title"), frame.get("sandbox")) == ("draw", "")
    assert frame.get("srcdoc", "").startswith("<!DOCTYPE html>")
    assert not list(root.iter("script"))
    assert "2 of 2" in _words(root)


def test_a_failure_comes_first(tmp_path):
    """A failed run says what went wrong, above everything else, and how to go on."""
    tasks = [
        _task("a", state=State.FAILED, error="the source is gone"),
        _task("b", after=("a",), state=State.OMITTED, started="", ended=""),
    ]
    _, root = _page(tmp_path, _run(tasks, state=State.FAILED, error="a: the source is gone", exit_code=13))
    words = _words(root)
    assert words.index("the source is gone") < words.index("Steps done")
    assert "stockpot run " in words


def test_steps_are_called_what_people_call_them(tmp_path):
    """Graph, timeline, table and failures say a task's display name; one without has that of the plan."""
    tasks = [
        _task("load-iceberg"),
        _task("load-iceberg-2", after=("load-iceberg",), title="load the weeks", state=State.FAILED, error="no room"),
    ]
    _, root = _page(tmp_path, _run(tasks, state=State.FAILED, error="load: no room", exit_code=10))
    (wrong,) = [each for each in root.iter("section") if each.get("class") == "card failure"]
    assert "load the weeks no room" in _words(wrong)
    named = [each.text for each in root.iter("text") if each.get("class") == "name"]
    assert sorted(named) == sorted(2 * ["load-iceberg", "load the weeks"])
    assert "load the weeks failed" in _words(root)
    assert "load-iceberg-2" not in _words(root)


def test_unreadable_outputs_are_left_out(tmp_path):
    """A report is written even when what steps left behind makes no sense."""
    place = _outputs(tmp_path, "a", results="{not json", receipt="[1, 2]")
    (place / "rows").mkdir()
    (place / "rows" / "_manifest.json").write_text('{"files": [{"name": "gone", "rows": 1, "bytes": 1, "sha256": ""}]}')
    report = gather(_run([_task("a")]), runs_directory(tmp_path) / "demo-1")
    assert not report.expectations
    assert not report.receipt
    assert not report.distributions.rows


@pytest.mark.parametrize(
    "details",
    [
        {"table": "a.b", "snapshot_id": "a1b2c3", "rows": {"a.b": "12"}},
        {"table": "a.b", "snapshots": ["a.b"], "snapshot_id": 7},
        {"source": {"place": "shop"}, "tables": {"orders": {"rows": "12"}}},
    ],
)
def test_details_that_make_no_sense_are_no_obstacle(tmp_path, details):
    """What is no number of rows is not told; an id of a snapshot is a text."""
    results = '{"expectations": [{"rule": "unique", "columns": null, "success": true}]}'
    _outputs(tmp_path, "a", receipt="{}", results=results)
    task = _task("a", details=details, artifacts={"receipt": "steps/a/outputs/receipt"})
    report = gather(_run([task]), runs_directory(tmp_path) / "demo-1")
    origins = [*report.lineage.read, *report.lineage.written]
    assert [origin.rows for origin in origins] == [None] * len(origins)
    assert render(report)


def test_rounds_of_a_loop_are_one_step():
    """Iterations become one box with the worst state, summed rows and the time from first to last."""
    tasks = [
        _task("list"),
        _task("each", kind="loop", after=("list",), state=State.FAILED),
        _task("each.0", name="each", kind="dag", parent="each"),
        _task("each.1", name="each", kind="dag", parent="each", state=State.FAILED),
        _task("score.0", name="score", parent="each.0", rows_out=2),
        _task(
            "score.1",
            name="score",
            parent="each.1",
            rows_out=3,
            state=State.FAILED,
            error="no",
            started="2026-01-15T00:00:02+00:00",
            ended="2026-01-15T00:00:09+00:00",
        ),
        _task("end", after=("each",)),
    ]
    found = {outcome.step.name: outcome for outcome in outcomes(tasks)}
    assert set(found) == {"list", "score", "end"}
    score = found["score"]
    assert (score.state, score.rounds, score.rows_out, score.error, score.seconds) == ("failed", 2, 5, "no", 8.0)
    assert score.step.needs == (("list",),)
    assert found["end"].step.needs == (("each", "score"),)


def test_cached_steps_are_told_apart():
    """A step out of the cache is shown as such, one that ran is not."""
    found = {outcome.step.name: outcome.state for outcome in outcomes([_task("a", cached=True), _task("b")])}
    assert found == {"a": "cached", "b": "succeeded"}


def test_an_exit_handler_hangs_on_what_it_guards():
    """The record's order tells which scope a handler follows."""
    tasks = [
        _task("scope", kind="dag"),
        _task("work", parent="scope"),
        _task("tell", exits=True),
    ]
    found = {outcome.step.name: outcome.step for outcome in outcomes(tasks)}
    assert found["tell"].at_exit
    assert found["tell"].needs == (("scope", "work"),)


def test_the_page_is_found_again(tmp_path):
    """The report of a run lies beside its record, and is replaced when it is written again."""
    first = write_report(tmp_path, _run([]))
    second = write_report(tmp_path, _run([_task("a")]))
    assert first == second == runs_directory(tmp_path) / "demo-1" / "report.html"
    assert write_report(tmp_path, _run([_task("a")])).read_bytes() == second.read_bytes()


def test_no_report_of_an_earlier_try_stays(tmp_path, monkeypatch):
    """A report that cannot be written leaves none behind; one that is older than the record is not current."""
    run = _run([])
    path = write_report(tmp_path, run)
    record, written = path.with_name("run.json"), path.stat().st_mtime_ns
    record.touch()
    # Said, not waited for: a file system's clock ticks every few milliseconds, and both may fall into one tick.
    os.utime(record, ns=(written + 1, written + 1))
    assert not is_current(tmp_path, run)
    os.utime(record, ns=(written, written))
    assert is_current(tmp_path, run)
    monkeypatch.setattr("stockpot.report.writing.render", lambda _report: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(tmp_path, _run([_task("a")]))
    assert not path.exists()


class _Heads(HTMLParser):
    """What is said in the heads of pages, in its order."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        """Keep elements with their attributes."""
        self.found.append((tag, dict(attrs)))


def test_every_page_says_that_nothing_runs_in_it(tmp_path):
    """Report, data quality and feature summary begin with the same policy, which allows them their style alone."""
    nothing = summarise(write_rows(tmp_path / "rows", feature_rows(3)), write_users(tmp_path / "users"), None, SHOWN)
    pages = [
        _page(tmp_path, _run([_task("a")]))[0],
        quality_page(Outcome(0, datetime(2026, 1, 15, tzinfo=UTC), ())),
        feature_page(nothing, "Features"),
    ]
    for page in pages:
        heads = _Heads()
        heads.feed(page)
        at = [tag for tag, _ in heads.found].index("head")
        assert heads.found[at + 1] == ("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
        assert not [given for _, given in heads.found if any(name.startswith("on") for name in given)]
    assert POLICY.startswith("default-src 'none';")
    assert "script" not in POLICY


def test_pictures_are_of_what_was_committed(tmp_path):
    """Of several datasets called rows, pictures and distributions are of the one that the load took, wherever it lies.

    Before anything is committed there are none; afterwards no service is asked for where no picture looks back.
    """
    for name, values in (("make", [1, 1, 2]), ("read", [9])):
        rows = pa.table({"n": values})
        write_dataset(_outputs(tmp_path, name) / "rows", rows.schema, rows.to_batches())
    _outputs(tmp_path, "load")
    directory = runs_directory(tmp_path) / "demo-1"
    command = ["python", "-m", "load", "--rows", "/a/home/runs/demo-1/steps/make/outputs/rows", "--pipeline", "demo"]
    (directory / "steps" / "load" / "command.json").write_text(json.dumps(command))
    entry = Entry("demo", "A title", None, "", "", table="shop.rows", pictures=(Bars("n", title="By n").document(),))
    load = _task("load", artifacts={"receipt": "steps/load/outputs/receipt"}, details={"table": "shop.rows"})
    made = [_task("make"), _task("read")]
    # Events land without a dataset of rows: those of another table are not drawn in their place.
    other = Entry("demo", "A title", None, "", "", table="shop.events")
    landed = _task(
        "load",
        artifacts={"receipt": "steps/load/outputs/receipt"},
        details={"table": "shop.events", "datasets": {"shop.events": "--events"}},
    )
    assert "rows of the dataset" not in _page(tmp_path, _run([*made, landed]), other)[0]
    for tasks, expected in (([*made, load], ("3 rows", "By n")), (made, ("1 row", ""))):
        text, root = _page(tmp_path, _run(tasks), entry)
        assert f"{expected[0]} of the dataset" in text
        assert [caption.findtext("b") for caption in root.iter("figcaption")][:1] == [expected[1] or "n"]
    assert not (tmp_path / "services").exists()
