"""`python -m components.read_iceberg`: bring rows of a table into a dataset."""

from pathlib import Path

from components.read_iceberg.read import Request, read
from components.shell import step
from components.shell.files import write_parameter


def main(*, request: Request, rows: Path, snapshot: Path, summary: Path) -> None:
    """Bring rows of a table, as they were in one snapshot, into a dataset."""
    outcome = read(request, rows)
    print(outcome.sentence)
    outcome.summary.write(summary)
    write_parameter(snapshot, outcome.snapshot)


if __name__ == "__main__":
    step.run(main)
