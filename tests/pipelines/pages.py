"""What a run's report shows, read back."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

SECTION = "What the tables look like"


def pictures(outcome: str) -> ET.Element:
    """The part of a run's report that has its pictures; `outcome` is what the command printed as JSON."""
    text = Path(json.loads(outcome)["report"]).read_text()
    root = ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page
    assert "Not drawn" not in text
    (found,) = (part for part in root.iter("section") if part[0].text == SECTION)
    return found


def told(outcome: str) -> dict[str, str]:
    """What each drawing of the report says in words, by its title."""
    drawings = pictures(outcome).iter("svg")
    return {drawing.findtext("title", ""): drawing.findtext("desc", "") for drawing in drawings}
