"""Entry of the step `temporal_split`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.shell import step
from components.temporal_split.split import split


@dataclass(frozen=True)
class Arguments:
    """Cut rows, ordered in time, into train, val and test."""

    rows: Path
    shares: list[Any]
    split_rows: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Write the splits and the summary."""
    split(arguments.rows, arguments.shares, arguments.split_rows).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
