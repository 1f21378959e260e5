"""Entry of the step `ranking_features`."""

from dataclasses import dataclass
from pathlib import Path

from components.ranking_features.compute import compute
from components.shell import step


@dataclass(frozen=True)
class Arguments:
    """Compute the features of every interaction."""

    interactions: Path
    users: Path
    items: Path
    rows: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Write the rows and the summary."""
    done = compute(arguments.interactions, arguments.users, arguments.items, arguments.rows)
    done.write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
