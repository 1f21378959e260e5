"""`python -m components.raw_tables.plan`: whether a run reconciles the table with its source."""

from datetime import datetime
from pathlib import Path

from components.retail.time import cut_day
from components.shell import step
from components.shell.errors import ConfigurationError
from components.shell.files import write_parameter
from components.shell.summary import Summary

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEVER, _DAILY = "never", "daily"


def main(
    *,
    as_of: datetime,
    due: Path,
    summary: Path,
    reconcile: str = "sunday",
    timezone: str = "UTC",
    generation: int = 0,
) -> None:
    """Say whether this run reconciles all keys of the table with those of its source."""
    if reconcile not in (_NEVER, _DAILY, *_DAYS):
        raise ConfigurationError(
            f"reconcile is '{reconcile}'", f"give {_DAILY}, {_NEVER}, or a day such as {_DAYS[-1]}"
        )
    is_due = not generation and reconcile in (_DAILY, _DAYS[cut_day(as_of, timezone).weekday()])
    write_parameter(due, "yes" if is_due else "no")
    Summary(details={"reconcile": is_due}).write(summary)


if __name__ == "__main__":
    step.run(main)
