"""Entry of the step `ranking_features`."""

import tempfile
from pathlib import Path
from typing import Any

from components.ranking_features.compute import compute
from components.ranking_features.split import split
from components.shell import step
from components.shell.summary import Summary


def main(*, interactions: Path, users: Path, items: Path, shares: list[Any], split_rows: Path, summary: Path) -> None:
    """Compute the features of every interaction, and cut the rows in time."""
    with tempfile.TemporaryDirectory(prefix="rows-") as scratch:
        rows = Path(scratch, "rows")
        computed = compute(interactions, users, items, rows)
        cut = split(rows, shares, split_rows)
    Summary(computed.rows_in, cut.rows_out, 0, {**computed.details, **cut.details}).write(summary)


if __name__ == "__main__":
    step.run(main)
