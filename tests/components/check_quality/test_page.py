"""What becomes of an outcome: the results, the page and the summary, each from the same findings."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.check_quality.__main__ import write
from components.check_quality.contract import Rule
from components.check_quality.outcomes import Finding, Outcome
from components.check_quality.page import page
from components.shell.summary import read_summary

AT = datetime(2026, 1, 15, tzinfo=UTC)
RULE = Rule("unique", ("id",), "error", "no value twice")
MET = Finding(replace(RULE, kind="not_null"), success=True, observed="none is null")
BROKEN = Finding(
    RULE, success=False, observed="4 rows break it", unexpected=4, examples=("a", "<b>"), row_numbers=(1, 5, 9)
)


def of(*findings: Finding) -> Outcome:
    """An outcome on ten rows."""
    return Outcome(10, AT, findings)


@pytest.mark.parametrize(
    ("broken", "passed"), [(BROKEN, 0), (replace(BROKEN, rule=replace(RULE, severity="warning")), 10)]
)
def test_an_outcome_is_told_three_times(tmp_path: Path, broken: Finding, passed: int) -> None:
    """As JSON, as a page, and as the summary, which counts all rows as rejected where a rule of an error is broken."""
    results, report, summary = (tmp_path / name for name in ("results", "report", "summary"))
    write(of(MET, broken), results, report, summary, {"label_share": 0.5})
    assert json.loads(results.read_text()) == of(MET, broken).document()
    assert report.read_text() == page(of(MET, broken))
    told = read_summary(summary)
    assert (told.rows_in, told.rows_out, told.rows_rejected) == (10, passed, 10 - passed)
    line = "unique(id): expected no value twice, but 4 rows break it"
    assert (told.details["failures"], told.details["warnings"]) == (([], [line]) if passed else ([line], []))


@pytest.mark.parametrize(("unexpected", "told"), [(4, "rows 1, 5, 9 …"), (3, "rows 1, 5, 9")])
def test_a_page_says_whether_there_are_more(unexpected: int, told: str) -> None:
    """Of the rows that break a rule it shows the first ones, and values as text."""
    shown = page(of(replace(BROKEN, unexpected=unexpected)))
    assert f"<small>{told}</small>" in shown
    assert "<small>such as a · &lt;b&gt;</small>" in shown
    assert "<small>rows" not in page(of(MET))
