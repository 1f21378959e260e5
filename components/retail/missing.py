"""What a shop's source does not have of what was asked for: an extract has nulls in its place, and says so."""

import json
from collections.abc import Mapping
from pathlib import Path

from components.shell.datasets import MANIFEST


def missing(raw: Path) -> Mapping[str, frozenset[str]]:
    """By table of the extract the columns that the source lacks; all of them where it lacks the table."""
    path = raw / MANIFEST
    tables = json.loads(path.read_bytes())["tables"] if path.is_file() else []
    return {
        table["name"]: frozenset(column["name"] for column in table["columns"] if column.get("missing"))
        for table in tables
    }
