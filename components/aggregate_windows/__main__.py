"""`python -m components.aggregate_windows`: count events in five-minute windows."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.aggregate_windows.count import count
from components.shell import step


@dataclass(frozen=True)
class Arguments:
    """Count events per kind, image and five-minute window."""

    events: Path
    as_of: datetime
    windows: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Count, and write windows and figures."""
    done = count(arguments.events, arguments.as_of, arguments.windows)
    done.write(arguments.summary)
    print(f"{done.rows_in} events in {done.rows_out} windows")


if __name__ == "__main__":
    step.run(main)
