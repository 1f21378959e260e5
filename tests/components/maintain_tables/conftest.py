"""A table with something to maintain."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from components.begin_run.migrate import migrate
from components.shell.summary import Summary
from tests.components.load_iceberg.scene import DEFINITION, EPOCH, T0, Job, job

HOUR = timedelta(hours=1)


def sweeping(directory: Path, orphans: Path, **other: bool) -> dict[str, Any]:
    """The arguments of a sweep after steps that left no table out."""
    Summary(details={"failed": {}}).write(directory / "before.json")
    before = dict.fromkeys(("compaction", "expiry", "finding"), directory / "before.json")
    return {"orphans": orphans, "dry_run": False, "summary": directory / "swept.json", **before, **other}


@pytest.fixture
def loaded(catalog_env: dict[str, str], tmp_path: Path) -> list[Job]:
    """A table with five loads."""
    migrate([DEFINITION])
    jobs = [job(EPOCH, T0)] + [job(T0 + n * HOUR, T0 + (n + 1) * HOUR, 3) for n in range(4)]
    for each in jobs:
        each.load(each.write(tmp_path / each.receipt.run_key))
    return jobs
