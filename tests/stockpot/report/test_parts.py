"""What a report shows besides figures: rejected rows, rows of the table, lineage, the command, and how a step ended."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from components.pages.model import Origin
from components.shell import spans
from stockpot.local.logs import last_words
from stockpot.local.records import State, TaskRecord
from stockpot.report.lineage import lineage
from stockpot.report.rejected import rejected
from tests.stockpot.report.eventful import LONG, NASTY, eventful
from tests.stockpot.report.pages import read, words


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The report of a run that succeeded, and of one that failed."""
    return eventful(tmp_path_factory.mktemp("home"))


def part(page: Path, title: str) -> ET.Element:
    """The section of that title."""
    (found,) = [each for each in read(page).iter("section") if each.findtext("h2") == title]
    return found


def rows(section: ET.Element) -> list[list[str]]:
    """The cells of a section's tables."""
    return [["".join(cell.itertext()) for cell in line] for line in section.iter("tr")]


def test_rejected_rows_are_counted_by_reason_and_lead_to_where_they_lie(reports: tuple[Path, Path]) -> None:
    """The most frequent reason first; the place is found from the page."""
    found = part(reports[0], "Rejected rows")
    place = "steps/extract/outputs/rejected"
    told = NASTY.replace("\u202e", "\\u202e")
    assert rows(found)[1:] == [["extract", "not a number", "2", place], ["extract", told, "1", place]]
    assert {(reports[0].parent / (link.get("href") or "-")).is_dir() for link in found.iter("a")} == {True}


def test_rejected_rows_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    """Another form of output is no reason to go without a page."""
    place = tmp_path / "steps/a/outputs/rejected"
    place.mkdir(parents=True)
    task = TaskRecord("a", "a", "container", artifacts={"rejected": "steps/a/outputs/rejected"})
    assert rejected([task], tmp_path) == []
    (place / "_manifest.json").write_text('{"files": [{"name": "gone", "rows": 1, "bytes": 1, "sha256": ""}]}')
    assert rejected([task], tmp_path) == []


def test_rows_of_the_table_are_shown_without_what_is_personal(reports: tuple[Path, Path]) -> None:
    """Neither a column nor what lies in one; texts are cut, legible and never markup."""
    found = part(reports[0], "Rows of shop.customers")
    cells = {name: values for name, *values in rows(found)[1:]}
    assert list(cells) == ["id", "kind", "flagged", "told", "vector", LONG]
    assert cells["flagged"] == ["true", "false", "true"]
    assert cells["told"][0].startswith("<script>alert('x')</script> & \"q\" \\u202e")
    assert cells["told"][1:] == [f"{(LONG * 9)[:60]}…", "\N{EN DASH}"]
    assert cells[LONG] == ["1.5", "NaN", "3.0"]
    assert "Not shown, as personal or secret: email, home, access_token." in words(found)
    text = reports[0].read_text()
    assert not [secret for secret in ("ada@example.org", "10115", "<script", "hunter22") if secret in text]


def test_lineage_leads_from_sources_to_the_snapshot(reports: tuple[Path, Path]) -> None:
    """Tables of a source with its state, tables with their snapshot, and what was committed."""
    state = "LSN 0/17ABE90, at 2026-01-15T00:00:01Z"
    assert rows(part(reports[0], "Where the rows come from")) == [
        ["Read from", "State", "Rows"],
        ["customers", state, "9"],
        [LONG, state, "12,345"],
        ["shop.orders", "snapshot 11", "4"],
        ["Written to", "State", "Rows"],
        ["shop.customers@6582198712244222937", "committed", "3"],
    ]


def test_lineage_tells_topics_and_several_tables() -> None:
    """Offsets come from the receipt; what an earlier run had committed is said to be so."""
    offsets = {"views": {"id": "x", "partitions": {"0": {"start": 5, "end": 9}, "1": {"start": 0, "end": 2}}}}
    details = {"table": "b", "snapshots": {"a": "1", "b": "2", "c": "0"}, "rows": {"a": 3}, "already_done": True}
    load = TaskRecord("load", "load", "container", details=details, artifacts={"receipt": "x"}, rows_out=3)
    views = TaskRecord("v", "v", "container", details={"source": "shop.events", "snapshot_id": "7"}, rows_in=8)
    found = lineage([views, load], {"stockpot.offsets": json.dumps(offsets)})
    assert found.read == [Origin("shop.events", "snapshot 7", 8), Origin("views", "offsets 0: [5, 9), 1: [0, 2)", 6)]
    assert found.written == [Origin("a@1", "as before", 3), Origin("b@2", "as before", None)]
    many = {"views": {"id": "archive", **spans.written(dict.fromkeys(range(3000), (0, 2)))}}
    told = lineage([], {"stockpot.offsets": json.dumps(many)}).read
    assert told == [Origin("views", "offsets of 3,000 partitions", 6000)]
    assert lineage([], {"stockpot.offsets": "nonsense"}).read == []
    assert lineage([TaskRecord("x", "x", "container", state=State.FAILED)], {}).written == []


def test_the_whole_command_stands_in_the_report(reports: tuple[Path, Path]) -> None:
    """With all that was given and the instant, quoted for a shell, and without what is secret."""
    command = words(part(reports[0], "The command of this run"))
    assert "stockpot run demo --as-of 2026-01-01T03:00:00Z" in command
    assert f"""--param 'note=it'"'"'s {LONG}'""" in command
    assert "--param 'password=***'" in command


def test_a_failure_shows_how_the_step_ended(reports: tuple[Path, Path]) -> None:
    """The whole traceback, however long, and no password; no log of steps that did well."""
    (said,) = part(reports[1], "What went wrong").iter("pre")
    lines = "".join(said.itertext()).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert len(lines) == 33
    assert lines[-1] == "error: ValueError: no room in postgresql://***@db/x"
    assert not list(read(reports[0]).iter("pre"))


@pytest.mark.parametrize(
    ("text", "first", "number"),
    [("", None, 0), ("one\n\n", "one", 1), ("\n".join(map(str, range(50))), "30", 20)],
    ids=["nothing", "a line", "many"],
)
def test_without_a_traceback_the_last_lines_are_shown(
    tmp_path: Path, text: str, first: str | None, number: int
) -> None:
    """At most twenty."""
    log = tmp_path / "stderr"
    log.write_text(text)
    found = last_words(log)
    assert (found[0] if found else None, len(found)) == (first, number)
