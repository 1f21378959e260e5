"""Entry of the step `summarise_features`."""

import json
from dataclasses import asdict
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
from components.summarise_features.tally import Shown


def main(
    *,
    rows: Path,
    users: Path,
    table: dict[str, Any],
    label: str,
    groups: list[str],
    pipeline: str,
    run_key: str,
    page: Path,
    figures: Path,
    summary: Path,
) -> None:
    """Draw what the features look like."""
    previous = last_run(table, pipeline, run_key)
    found = summarise(rows, users, previous, Shown(label, groups))
    write_atomically(page, render(found, f"Features of {table['name']}").encode())
    write_atomically(figures, json.dumps(asdict(found), indent=1).encode())
    total = found.total.rows
    Summary(total, total, 0, _details(found)).write(summary)


def _details(found: Figures) -> dict[str, Any]:
    moved = {
        one.name: round(one.drift, 4)
        for one in found.features
        if one.drift is not None and verdict(one.drift) != "stable"
    }
    nulls = {one.name: one.nulls for one in found.features if one.nulls}
    return {"compared_with": found.last, "moved": moved, "nulls": nulls, "label_share": round(found.total.share, 4)}


if __name__ == "__main__":
    step.run(main)
