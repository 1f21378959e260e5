"""Feeds of real sources, and what the step makes of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from components.generate_interactions.bring import Request, bring
from components.generate_interactions.schemas import TABLES
from components.shell.datasets import files
from components.shell.summary import Summary

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
START = datetime(2025, 3, 3, 17, 0, tzinfo=UTC)


def interaction(number: int, **changes: Any) -> dict[str, Any]:
    """One row of a source, ten seconds after the one before it."""
    usual = {"interaction_id": f"i-{number}", "user_id": number % 3, "item_id": number % 2, "click": 0, "like": 0}
    usual |= {
        "share": 0,
        "dwell_time": 0.5 * number,
        "device": "mobile",
        "timestamp": START + number * timedelta(seconds=10),
    }
    return usual | changes


def feed(**changes: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The three tables of a small source, some of them replaced."""
    return {
        "interactions": [interaction(number) for number in range(20)],
        "users": [{"user_id": number, "signup_date": LONG_AGO} for number in range(3)],
        "items": [{"item_id": number, "creation_date": LONG_AGO} for number in range(2)],
        **changes,
    }


def targets(tmp_path: Path) -> dict[str, Path]:
    """Where the step writes."""
    return {name: tmp_path / "out" / name for name in TABLES}


def taken(tmp_path: Path, source: str, path: str = "", until: datetime = UNTIL) -> tuple[Summary, dict[str, pa.Table]]:
    """What the step says and what it wrote."""
    summary = bring(Request(source, path, "", until), targets(tmp_path))
    return summary, {name: pq.ParquetDataset(files(directory)).read() for name, directory in targets(tmp_path).items()}
