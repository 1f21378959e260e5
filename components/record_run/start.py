"""`python -m components.record_run.start`: open a run's row."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from components.record_run import rows
from components.record_run.origin import read_origin
from components.shell import endpoints, postgres, step


@dataclass(frozen=True)
class Arguments:
    """Write the run's row in `etl_runs` with status `running`."""

    run_id: str
    pipeline: str
    version: str
    run_key: str
    as_of: datetime
    interval_start: datetime
    interval_end: datetime


def main(arguments: Arguments) -> None:
    """Open the row; repeated, keep the first start."""
    with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
        rows.start(cursor, read_origin(), dataclasses.asdict(arguments))


if __name__ == "__main__":
    step.run(main)
