"""What a shop's source lacks of what was asked for; there are nulls in its place."""

from collections.abc import Mapping
from pathlib import Path

from components.shell.extracts import told


def missing(raw: Path) -> Mapping[str, frozenset[str]]:
    """By table of the extract the columns that the source lacks; all of them where it lacks the table."""
    return {
        table["name"]: frozenset(column["name"] for column in table["columns"] if column.get("missing"))
        for table in told(raw).get("tables", ())
    }
