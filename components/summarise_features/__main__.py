"""Entry of the step `summarise_features`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.shell import step
from components.shell.files import write_atomically
from components.shell.summary import Summary
from components.summarise_features.drift import verdict
from components.summarise_features.figures import Figures
from components.summarise_features.page import render
from components.summarise_features.previous import last_run
from components.summarise_features.summarise import summarise


@dataclass(frozen=True)
class Arguments:
    """Draw what the features look like."""

    rows: Path
    users: Path
    table: dict[str, Any]
    pipeline: str
    run_key: str
    page: Path
    figures: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Write the page, its figures and the summary."""
    previous = last_run(arguments.table, arguments.pipeline, arguments.run_key)
    found = summarise(arguments.rows, arguments.users, previous)
    write_atomically(arguments.page, render(found, f"Features of {arguments.table['name']}").encode())
    write_atomically(arguments.figures, json.dumps(asdict(found), indent=1).encode())
    rows = found.total.rows
    Summary(rows, rows, 0, _details(found)).write(arguments.summary)


def _details(found: Figures) -> dict[str, Any]:
    moved = {
        one.name: round(one.drift, 4)
        for one in found.features
        if one.drift is not None and verdict(one.drift) != "stable"
    }
    nulls = {one.name: one.nulls for one in found.features if one.nulls}
    return {"compared_with": found.last, "moved": moved, "nulls": nulls, "click_rate": round(found.total.rate, 4)}


if __name__ == "__main__":
    step.run(main)
