"""What a report says of a run's commits, where others have committed before it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stockpot.compiler.tracing import Entry
from stockpot.local.display import line_of
from stockpot.local.events import TaskFinished
from stockpot.local.records import Run, State, TaskRecord
from stockpot.report.gathering import gather
from stockpot.report.model import Report
from stockpot.report.page import render

OWN, OTHER = "demo-2", "demo-1"


def step(directory: Path, name: str, of: str, rows: int, *, already: bool) -> TaskRecord:
    """A step that has committed so many rows, or found that done, and has left the receipt of that run."""
    place = directory / "steps" / name / "outputs"
    place.mkdir(parents=True)
    (place / "receipt").write_text(json.dumps({"stockpot.run-id": of, "stockpot.rows": str(rows)}))
    return TaskRecord(
        id=name, name=name, kind="container", state=State.SUCCEEDED, rows_out=rows, attempts=1,
        details={"table": f"shop.{name}", "already_done": already},
        artifacts={"receipt": f"steps/{name}/outputs/receipt"},
    )  # fmt: skip


def report(directory: Path, *steps: TaskRecord, entry: Entry | None = None) -> Report:
    """The report of a run of these steps."""
    run = Run(
        id=OWN, pipeline="demo", description="", reference="demo", plan="0" * 64, as_of="2026-01-15T00:00:00Z",
        created="2026-01-15T00:00:00Z", ended="2026-01-15T00:00:05Z", parameters={}, state=State.SUCCEEDED,
        exit_code=0, tasks=steps,
    )  # fmt: skip
    return gather(run, directory, entry)


# Of each step which run has committed, how many rows it tells of, and whether it found that done.
RUNS: dict[str, tuple[list[tuple[str, int, bool]], dict[str, str], str]] = {
    "all is new": ([(OWN, 5, False), (OWN, 8, False)], {"Rows loaded": "8"}, OWN),
    "no rows any more in place of some": ([(OWN, 0, False)], {"Rows loaded": "0"}, OWN),
    "a quiet tick, which has landed no event": (
        [(OWN, 0, False), (OTHER, 0, True)], {"New": "nothing", "Table": "unchanged"}, OWN,
    ),
    "a run that is carried out again": (
        [(OTHER, 285, True)], {"New": "nothing", "Table": "unchanged", "Rows loaded before": "285"}, OTHER,
    ),
    "a commit that another run has gone on from": ([(OWN, 5, False), (OTHER, 8, True)], {"Rows loaded": "5"}, OWN),
    "a step that was killed behind its commit": ([(OWN, 8, True)], {"Rows loaded": "8"}, OWN),
    "no commit": ([], {}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_rows_are_those_of_the_run_itself(name: str, tmp_path: Path) -> None:
    """Others' are told as such, and the receipt shown is the run's own where it has one."""
    told, facts, of = RUNS[name]
    steps = [step(tmp_path, f"load-{place}", *one[:2], already=one[2]) for place, one in enumerate(told)]
    found = report(tmp_path, *steps)
    assert {name: value for name, value in found.facts.items() if name != "As of"} == facts
    assert found.receipt.get("stockpot.run-id", "") == of
    assert found.committed_before == (of == OTHER)
    assert ("Receipt of an earlier run: this one found nothing new" in render(found)) == (of == OTHER)


def test_the_own_table_stands_for_the_run_though_another_is_loaded_after_it(tmp_path: Path) -> None:
    """As an optional one is."""
    steps = [step(tmp_path, name, OWN, rows, already=False) for name, rows in (("dishes", 8), ("plates", 5))]
    entry = Entry("demo", "Demo", None, "", "", table="shop.dishes", optional=("shop.plates",))
    assert report(tmp_path, *steps, entry=entry).facts["Rows loaded"] == "8"


@pytest.mark.parametrize(("landed", "facts"), [(0, ("nothing", None)), (3, (None, "3"))])
def test_a_stream_without_a_new_event_has_nothing_new(
    landed: int, facts: tuple[str | None, str | None], tmp_path: Path
) -> None:
    """Its commit says how far it has read, and no rows."""
    landing = step(tmp_path, "events", OWN, landed, already=False)
    place = tmp_path / landing.artifacts["receipt"]
    place.write_text(json.dumps(json.loads(place.read_text()) | {"stockpot.offsets": '{"posts":{"0":[4,4]}}'}))
    found = report(tmp_path, landing).facts
    assert (found.get("New"), found.get("Rows loaded")) == facts


def test_rows_of_several_tables_are_told_by_table(tmp_path: Path) -> None:
    """Their sum says nothing of any of them; so it is in the report, and beside the step at the terminal."""
    rows = {"retail.funnel_daily": 3, "retail.sessions": 1200}
    one = step(tmp_path, "commit", OWN, 1203, already=False)
    several = replace(
        one, rows_in=1203, details={**one.details, "rows": rows, "datasets": dict.fromkeys(rows, "--rows")}
    )
    found = report(tmp_path, several).facts
    del found["As of"]
    assert found == {"Rows of retail.funnel_daily": "3", "Rows of retail.sessions": "1,200"}
    told = line_of(TaskFinished(several, 1.0, None, tmp_path / "stderr"))
    assert told.endswith("commit  1.0 s  rows: retail.funnel_daily 3, retail.sessions 1,200")
