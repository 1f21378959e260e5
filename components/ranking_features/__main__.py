"""Entry of the step `ranking_features`."""

from pathlib import Path

from components.ranking_features.compute import compute
from components.shell import step


def main(*, interactions: Path, users: Path, items: Path, rows: Path, summary: Path) -> None:
    """Compute the features of every interaction."""
    done = compute(interactions, users, items, rows)
    done.write(summary)


if __name__ == "__main__":
    step.run(main)
