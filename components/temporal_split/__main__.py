"""Entry of the step `temporal_split`."""

from pathlib import Path
from typing import Any

from components.shell import step
from components.temporal_split.split import split


def main(*, rows: Path, shares: list[Any], split_rows: Path, summary: Path) -> None:
    """Cut rows, ordered in time, into train, val and test."""
    split(rows, shares, split_rows).write(summary)


if __name__ == "__main__":
    step.run(main)
