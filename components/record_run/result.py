"""`python -m components.record_run.result`: add what a run produced to its row."""

from dataclasses import dataclass
from pathlib import Path

from components.record_run import rows
from components.shell import endpoints, postgres, step
from components.shell.errors import ConfigurationError
from components.shell.summary import Summary, read_summary


@dataclass(frozen=True)
class Arguments:
    """Add rows in, out and rejected, the quality summary and the snapshot to the run's row."""

    run_id: str
    snapshot_id: str
    features: Path
    quality: Path
    load: Path


def main(arguments: Arguments) -> None:
    """Add the result."""
    features, quality, load = (_summary(path) for path in (arguments.features, arguments.quality, arguments.load))
    found = rows.Result(
        features.rows_in,
        load.rows_out,
        # Where one step both made and committed the rows, its summary comes twice.
        features.rows_rejected + (load.rows_rejected if load != features else 0),
        quality.details,
        _snapshot(arguments.snapshot_id),
        features.details.get("views"),
        load.details.get("late"),
    )
    with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
        rows.result(cursor, arguments.run_id, found)


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
