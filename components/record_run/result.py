"""`python -m components.record_run.result`: add what a run produced to its row."""

from pathlib import Path

from components.record_run import rows
from components.shell import endpoints, postgres, step
from components.shell.errors import ConfigurationError
from components.shell.summary import Summary, read_summary


def main(*, run_id: str, snapshot_id: str, features: Path, quality: Path, load: Path) -> None:
    """Add rows in, out and rejected, the quality summary and the snapshot to the run's row."""
    made, checked, loaded = (_summary(path) for path in (features, quality, load))
    found = rows.Result(
        made.rows_in,
        loaded.rows_out,
        # Where one step both made and committed the rows, its summary comes twice.
        made.rows_rejected + (loaded.rows_rejected if loaded != made else 0),
        checked.details,
        _snapshot(snapshot_id),
        made.details.get("views"),
        loaded.details.get("late"),
    )
    with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
        rows.result(cursor, run_id, found)


def _summary(path: Path) -> Summary:
    try:
        return read_summary(path)
    except (OSError, ValueError, TypeError):
        raise ConfigurationError(f"{path} is no summary of a step", "run the step that writes it again") from None


def _snapshot(text: str) -> int | None:
    """The snapshot's number; none where the run loaded nothing."""
    if text.strip() in ("", "None"):
        return None
    if not text.strip().isdecimal():
        raise ConfigurationError(f"--snapshot-id must be a number, not '{text[:50]}'")
    return int(text)


if __name__ == "__main__":
    step.run(main)
