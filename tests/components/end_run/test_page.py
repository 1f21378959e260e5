"""The page about a run that fills several tables, of receipts that may be broken, old or cut."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from components.end_run.page import About, page
from components.end_run.record import Ended
from components.iceberg.details import MOST_LETTERS, details_text
from components.iceberg.receipts import Receipt
from components.shell.status import RunEnd
from components.shell.summary import Summary

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
STEPS = {"features": Summary(90, 80, 10, {"reasons": {"no id": 10}}), "quality": Summary(80, 80, 0, {"met": 85})}
OWN = Receipt("k", "p", NOON, NOON, NOON, "1", rows=80, run_id="run-1", details=details_text(STEPS), snapshot_id=7)


def shown(**receipts: Receipt) -> str:
    """What a reader sees of the page of a run with these receipts by table, that of its own first."""
    run = Ended("run-1", "p", NOON, "succeeded", None)
    text = page(About(RunEnd("succeeded"), run, "", None, receipts)).partition("<main>")[2]
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", text)))


@pytest.mark.parametrize(
    "broken",
    [
        replace(OWN, rows=5, details="{"),
        replace(OWN, rows=5, details='{"features": {"rows_in": "x", "rows_rejected": "y"}}'),
        replace(OWN, rows=5, unfit="[1]"),
    ],
)
def test_a_broken_receipt_costs_the_part_of_its_table(broken: Receipt) -> None:
    """The page says so, and shows all that is known of the others, and the table's rows."""
    text = shown(own=OWN, beside=broken)
    assert re.search("features own succeeded . 90 80 10 ", text)
    assert "85 expectations: 85 met." in text
    assert "What the receipt in table beside says of the steps cannot be read" in text
    assert "Rows of beside 5" in text


def test_counts_that_are_none_are_left_out() -> None:
    """A commit of somebody else's may say anything, in the form of ours."""
    views = '{"rows_in": [1], "removed": 7, "reasons": [], "warnings": [1]}'
    odd = f'{{"views": {views}, "quality": {{"met": 1, "warnings": 3}}}}'
    assert "1 expectation: 1 met." in shown(own=replace(OWN, details=odd))


def test_what_was_cut_is_said_to_be() -> None:
    """By the size that stands in its place: warnings, and rows by reason and by rule."""
    long = {"x" * MOST_LETTERS: 10}
    said = {"met": 84, "warned": 1, "warnings": list(long), "removed": long, "reasons": long}
    text = shown(
        own=replace(OWN, details=details_text({"features": STEPS["features"], "quality": Summary(80, 70, 10, said)}))
    )
    assert "85 expectations: 84 met, 1 warned. Warnings: 8" in text
    assert re.search(r"quality 8[\d,]+ letters left out 10 ", text)
    assert re.search(r"Removed by quality : 8[\d,]+ letters left out", text)


def test_each_table_has_its_rows_its_rejected_rows_and_what_is_new() -> None:
    """A run whose own table holds its rows already may have filled those beside."""
    before = replace(OWN, run_id="run-0")
    beside = replace(OWN, rows=3, details="", unfit='{"reject": {"too long": 2}}')
    text = shown(own=before, beside=beside)
    assert "New nothing" not in text
    assert "Rows of own 80 as before" in text
    assert "Rows of beside 3 " in text
    assert "Rows rejected of own 10" in text
    assert "Rows rejected of beside 2" in text
    assert "features own no id 10 load beside too long 2 The rows lie in the artifact rejected of each step" in text
    assert "The rows lie" not in shown(own=replace(OWN, details=""))
    assert "New nothing" in shown(own=before, beside=replace(beside, run_id="run-0"))
