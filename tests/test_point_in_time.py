"""The picture of one training row: its rules are those of the step, and what it shows is what the step says today."""

import xml.etree.ElementTree as ET

import pytest

from tests.harness.drawn_row import COUNTED, KINDS, LATER, LEFT_OUT, UNKNOWN, drawing
from tests.harness.point_in_time import IMAGE, PLACE, POINT, Row, Tables, answers, counts, marks, tables

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def given() -> Tables:
    """The sample's tables."""
    return tables()


@pytest.fixture(scope="module")
def rows(given: Tables) -> list[Row]:
    """What the step makes of them."""
    return answers(given)


@pytest.fixture(scope="module")
def row(rows: list[Row]) -> Row:
    """The row that is drawn."""
    return next(each for each in rows if (each["image_id"], each["decision_point_minutes"]) == (IMAGE, POINT))


def test_what_marks_count_is_what_the_step_counts(given: Tables, rows: list[Row]) -> None:
    """In every row of the sample, whatever was left out of it, and by which rule."""
    assert len(rows) == 285
    found = [(marks(given, row), row) for row in rows]
    told = [counts(each, row) for each, row in found]
    assert told == [{name: row[name] for name in named} for named, (_, row) in zip(told, found, strict=True)]
    reasons = {mark.why for each, _ in found for mark in each} - {""}
    assert reasons == {"made by a test account", "deleted by the decision", "the same row once more"}


def test_the_picture_is_that_of_today(given: Tables, row: Row) -> None:
    """Whoever changes the sample, a rule or the drawing draws it anew: `python -m tests.harness.point_in_time`."""
    assert PLACE.read_text() == drawing(row, marks(given, row))


def test_the_picture_shows_as_many_as_the_step_counts(row: Row) -> None:
    """Marks that count, all and those of the last five minutes, and the figures below; each verdict is there."""
    picture = ET.parse(PLACE).getroot()  # noqa: S314 - our own picture
    lanes = {each.get("id", ""): each for each in picture.iter(f"{_SVG}g")}
    (minutes,) = (float(each.get("x", 0)) for each in picture.iter(f"{_SVG}rect") if each.get("class") == "minutes")
    for kind in KINDS:
        at = [float(each.get("cx", 0)) for each in lanes[kind].iter(f"{_SVG}circle") if each.get("class") == COUNTED]
        assert (len(at), sum(x > minutes for x in at)) == (row[f"{kind}_1hr"], row[f"{kind}_5min"])
    _, *figures = ("".join(each.itertext()).split() for each in lanes["row"].iter(f"{_SVG}text"))
    assert figures == [[name, str(row[name]).lower()] for name, _ in figures]
    assert len(figures) == 8
    shown = {each.get("class") for kind in KINDS for each in lanes[kind].iter()}
    assert {COUNTED, LATER, UNKNOWN, LEFT_OUT} <= shown
