"""What a step says of itself in its summary, of whatever form: it fails no run, and no command that lists runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from stockpot.local.outcomes import _summary
from stockpot.local.records import Run, State, TaskRecord, load_run, run_directory, write_run
from stockpot.report.summary import run_line


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            '{"rows_in": 7, "rows_out": 5, "rows_rejected": 2, "details": {"a": 1}}',
            {"rows_in": 7, "rows_out": 5, "rows_rejected": 2, "details": {"a": 1}},
        ),
        (
            '{"rows_in": 7, "rows_out": 5, "rows_rejected": 2, "details": "all fine"}',
            {"rows_in": 7, "rows_out": 5, "rows_rejected": 2, "details": {}},
        ),
        ('{"rows_in": "7", "rows_out": 5, "rows_rejected": 2, "details": {"a": 1}}', {"details": {"a": 1}}),
        ('{"details": {"warnings": 3}}', {"details": {"warnings": 3}}),
        ('["rows_in", "rows_out", "rows_rejected"]', {}),
        ('"rows_in rows_out rows_rejected details"', {}),
        ("no JSON", {}),
    ],
)
def test_what_has_another_form_is_left_out(tmp_path: Path, text: str, kept: dict[str, Any]) -> None:
    """Rows are numbers, all three of them, and details an object."""
    (tmp_path / "summary").write_text(text)
    assert _summary(tmp_path) == kept


def test_a_record_that_kept_another_form_can_be_read(tmp_path: Path) -> None:
    """As it was written before."""
    task = TaskRecord("a", "a", "container", state=State.SUCCEEDED, details={"warnings": ["one"]})
    run = Run("demo-1", "demo", "", "demo", "", "", "2026-01-15T00:00:00Z", {}, State.SUCCEEDED, tasks=(task,))
    place = run_directory(tmp_path, run.id)
    place.mkdir(parents=True)
    write_run(place, run)
    assert load_run(tmp_path, run.id).warnings == ("a: one",)
    record = json.loads((place / "run.json").read_text())
    record["tasks"][0]["details"] = "all fine"
    (place / "run.json").write_text(json.dumps(record))
    found = load_run(tmp_path, run.id)
    assert (found.warnings, run_line(found)[1]) == ((), "succeeded")
