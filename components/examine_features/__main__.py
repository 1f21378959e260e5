"""Entry of the step `examine_features`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from components.examine_features.page import render
from components.examine_features.previous import last_run
from components.examine_features.prove import prove_datasets
from components.examine_features.summarise import details, summarise
from components.examine_features.tally import Shown
from components.shell import step
from components.shell.files import write_atomically
from components.shell.summary import Summary


def main(
    *,
    interactions: Path,
    users: Path,
    items: Path,
    rows: Path,
    table: dict[str, Any],
    label: str,
    groups: list[str],
    pipeline: str,
    run_key: str,
    page: Path,
    figures: Path,
    proof: Path,
    summary: Path,
) -> None:
    """Draw what the features look like, and prove that none leaks.

    The drawing comes first: it needs the catalog, so a try again costs little, and who looks for a leak has its page.
    """
    previous = last_run(table, pipeline, run_key)
    drawn = summarise(rows, users, previous, Shown(label, groups))
    write_atomically(page, render(drawn, f"Features of {table['name']}").encode())
    write_atomically(figures, json.dumps(asdict(drawn), indent=1).encode())
    proved = prove_datasets(interactions, users, items, rows)
    write_atomically(proof, json.dumps(proved, indent=2).encode())
    Summary(drawn.total.rows, proved["rows"], 0, {**details(drawn), "proof": proved}).write(summary)


if __name__ == "__main__":
    step.run(main)
