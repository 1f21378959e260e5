"""What a run's report shows, read back."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

SECTION = "What the tables look like"
EACH = "Each with what was observed"


def pictures(outcome: str) -> ET.Element:
    """The part of a run's report that has its pictures; `outcome` is what the command printed as JSON."""
    page = _page(outcome)
    assert "Not drawn" not in "".join(page.itertext())
    (found,) = (part for part in page.iter("section") if part[0].text == SECTION)
    return found


def _page(outcome: str) -> ET.Element:
    text = Path(json.loads(outcome)["report"]).read_text()
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page


def told(outcome: str) -> dict[str, str]:
    """What each drawing of the report says in words, by its title."""
    drawings = pictures(outcome).iter("svg")
    return {drawing.findtext("title", ""): drawing.findtext("desc", "") for drawing in drawings}


def fact(outcome: str, name: str) -> str:
    """What the top of the report says under that name."""
    tiles = (part for part in _page(outcome).iter("div") if part.findtext("dt") == name)
    return next(tiles).findtext("dd", "")


def rules(outcome: str) -> dict[str, set[str]]:
    """The rules that the report lists, by column, or by kind of vectors."""
    found: dict[str, set[str]] = {}
    for part in _page(outcome).iter("details"):
        for row in part.iter("tr") if part.findtext("summary") == EACH else ():
            told = [cell.text or "" for cell in row.iter("td")]
            found.setdefault(row.findtext("th", ""), set()).update(told[1:2])
    return found
