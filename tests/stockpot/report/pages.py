"""What tests of pages read of them."""

import xml.etree.ElementTree as ET
from pathlib import Path


def read(path: Path) -> ET.Element:
    """The page, which is XML as well."""
    return ET.fromstring(path.read_text().removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page


def words(root: ET.Element) -> str:
    """All text of a page."""
    return " ".join(" ".join(root.itertext()).split())
