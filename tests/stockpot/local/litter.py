"""What tests of cleaning leave behind: runs of long ago, and what was kept for steps."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stockpot.local.cleaning import Item
from stockpot.local.records import Run, State, run_directory, write_run

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FOLDERS = {"envs": 32, "cache": 64, "traces": 16}
"""The folders of what can be made again, with the length of the names there."""


def ran(home: Path, day: int, state: State = State.SUCCEEDED, pipeline: str = "demo", plan: str = "0") -> Run:
    """A run of that day of February, recorded in the home; without a plan, one that could not be compiled."""
    at = f"2026-02-{day:02d}T03:00:00Z"
    run = Run(f"{pipeline}-{day}", pipeline, "", pipeline, plan, at, at, {}, state, ended=at)
    run_directory(home, run.id).mkdir(parents=True)
    write_run(run_directory(home, run.id), run)
    return run


def kept(place: Path, days: float) -> Path:
    """A directory with ten bytes, last used so many days ago."""
    place.mkdir(parents=True)
    (place / "file").write_bytes(b"0123456789")
    at = (NOW - timedelta(days=days)).timestamp()
    os.utime(place, (at, at))
    return place


def folder_of(home: Path, own_cache: Path, name: str) -> Path:
    """Where what can be made again is kept."""
    return (home if name == "cache" else own_cache) / name


def names(items: list[Item]) -> list[str]:
    """What they are called."""
    return [item.name for item in items]
