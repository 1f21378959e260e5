"""What an extract says of a shop's source: what it lacks of what was asked for, and when it was as it is.

There are nulls in the place of what is missing.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from components.shell.datasets import MANIFEST
from components.shell.instants import parse_instant


def missing(raw: Path) -> Mapping[str, frozenset[str]]:
    """By table of the extract the columns that the source lacks; all of them where it lacks the table."""
    return {
        table["name"]: frozenset(column["name"] for column in table["columns"] if column.get("missing"))
        for table in _told(raw).get("tables", ())
    }


def taken_at(raw: Path) -> datetime | None:
    """When the source was as the extract has it; None where nobody has told."""
    taken = _told(raw).get("source", {}).get("taken_at")
    return parse_instant(taken) if taken else None


def _told(raw: Path) -> dict[str, Any]:
    """The extract's own document; empty where somebody else has laid the tables there."""
    path = raw / MANIFEST
    found: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return found
