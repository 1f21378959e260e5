"""Rows of tables, for tests that look at what a run has loaded."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import stockpot
from stockpot.display.rows import write_rows


def rows(home: Path, table: str, snapshot: int | None = None) -> list[dict[str, Any]]:
    """All rows, now or of a snapshot, as `stockpot table TABLE --output json` writes them.

    Without the second that a process takes to start. What a test's home has running is as after a command: embedded
    services that nobody else uses are stopped.
    """
    with TemporaryDirectory() as directory:
        written = Path(directory, "rows.json")
        try:
            write_rows(stockpot.read(table, home=home, snapshot=snapshot).batches(), "json", written)
        finally:
            stockpot.close()
        return list(json.loads(written.read_text()))
