"""What steps say of their work, kept in a receipt."""

import json
import math
from typing import Any

import pytest

from components.iceberg.details import MOST_LETTERS, details_text, of_load, parse_details
from components.iceberg.receipts import Receipt
from components.shell.summary import Summary
from tests.components.load_iceberg.scene import T0

COUNTS = {"rows_in": 9, "rows_out": 7, "rows_rejected": 2}


def said(**details: Any) -> Summary:
    """What a step says of nine rows."""
    return Summary(**COUNTS, details=details)


def test_what_is_said_is_read_again() -> None:
    """By step, with the counts; nothing said leaves no text."""
    text = details_text({"features": said(views={"from": "events"}), "quality": said()})
    assert parse_details(text) == {"features": {**COUNTS, "views": {"from": "events"}}, "quality": COUNTS}
    assert (details_text({}), parse_details("")) == ("", {})


@pytest.mark.parametrize(
    "details",
    [
        {"warnings": ["x" * 100] * 1000, "met": 3},
        {"warnings": "é" * MOST_LETTERS, "met": 3},
        {f"reason {number}": "x" * 1000 for number in range(100)} | {"met": 3},
    ],
    ids=["one list", "one text", "many texts"],
)
def test_the_longest_parts_give_way(details: dict[str, Any]) -> None:
    """A receipt has no room for more; counts and what is short stay, and it is said how much was left out."""
    text = details_text({"features": said(views="events"), "quality": said(**details)})
    assert len(text) <= MOST_LETTERS
    found = parse_details(text)
    assert found["features"] == {**COUNTS, "views": "events"}
    assert COUNTS.items() | {("met", 3)} <= {
        (name, part) for name, part in found["quality"].items() if name != "warnings"
    }
    assert "letters left out" in text


def test_where_all_is_short_and_too_much_the_counts_stay() -> None:
    """Thousands of reasons are no summary any more."""
    many = {f"reason {number}": number for number in range(5000)}
    assert parse_details(details_text({"features": said(**many)})) == {"features": COUNTS}


def test_what_postgres_refuses_is_taken_out() -> None:
    """The null character, half of a surrogate pair and what is no number, wherever they stand."""
    text = details_text({"features": said(**{"a\0": ["b\0\ud800", {"c": math.nan}], "d": (math.inf, 1.5)})})
    assert "u0000" not in text
    assert json.loads(text, parse_constant=pytest.fail)["features"]["a"] == ["b?", {"c": "nan"}]
    assert parse_details(text)["features"]["d"] == ["inf", 1.5]


def test_a_load_says_what_its_receipt_says() -> None:
    """Rows that came are those loaded and those rejected; values that were changed are in the table."""
    unfit = json.dumps({"reject": {"score: too large": 2, "n: no number": 1}, "null": {"n: too long": 4}})
    late = json.dumps([["2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z", 3]])
    found = of_load(Receipt("k", "p", T0, T0, T0, "1", rows=7, unfit=unfit, late=late))
    assert (found.rows_in, found.rows_out, found.rows_rejected) == (10, 7, 3)
    assert found.details["reasons"] == {"score: too large": 2, "n: no number": 1}
    assert found.details["nulled"] == {"n: too long": 4}
    assert [images for _, _, images in found.details["late"]["left"]] == [3]


def test_any_number_of_parts_comes_to_an_end() -> None:
    """A word on the size of each may be too much itself; then all but the counts go."""
    many = Summary(1, 2, 3, {f"part {number}": "x" * 500 for number in range(3000)})
    assert parse_details(details_text({"features": many})) == {
        "features": {"rows_in": 1, "rows_out": 2, "rows_rejected": 3}
    }
