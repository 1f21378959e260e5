"""`python -m components.record_run.start`: open a run's row."""

from datetime import datetime

from components.record_run import rows
from components.record_run.origin import read_origin
from components.shell import endpoints, postgres, step


def main(
    *,
    run_id: str,
    pipeline: str,
    version: str,
    run_key: str,
    as_of: datetime,
    interval_start: datetime,
    interval_end: datetime,
) -> None:
    """Write the run's row in `etl_runs` with status `running`."""
    run = {
        "run_id": run_id,
        "pipeline": pipeline,
        "version": version,
        "run_key": run_key,
        "as_of": as_of,
        "interval_start": interval_start,
        "interval_end": interval_end,
    }
    with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
        rows.start(cursor, read_origin(), run)


if __name__ == "__main__":
    step.run(main)
