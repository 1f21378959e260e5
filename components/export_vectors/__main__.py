"""Entry of the step `export_vectors`."""

from datetime import datetime
from pathlib import Path

from components.export_vectors.export import Given, Version, export
from components.shell import step


def main(
    *,
    vectors: Path,
    words: Path,
    vocabulary: Path,
    key: str,
    run_key: str,
    as_of: datetime,
    summary: Path,
    vectors_to: str = "",
) -> None:
    """Put the vectors of a run where indexes are built from them."""
    export(Given(vectors, words, vocabulary, key), Version(run_key, as_of), vectors_to).write(summary)


if __name__ == "__main__":
    step.run(main)
