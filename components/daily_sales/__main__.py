"""Entry of the step `daily_sales`."""

from datetime import datetime
from pathlib import Path

from components.daily_sales.compute import Inputs, Outputs, compute
from components.daily_sales.period import Period
from components.daily_sales.settings import Settings
from components.iceberg.lateness import parse_past
from components.shell import step


def main(
    *,
    raw: Path,
    versions: Path,
    before: Path,
    past: Path,
    interval_start: datetime,
    interval_end: datetime,
    as_of: datetime,
    settings: Settings,
    outputs: Outputs,
    summary: Path,
    timezone: str = "UTC",
) -> None:
    """Compute what each article and category sold on each local day, with what the days before say of it."""
    inputs = Inputs(raw, versions, before, parse_past(past.read_text()))
    compute(inputs, Period(interval_start, interval_end, as_of, timezone), settings, outputs).write(summary)


if __name__ == "__main__":
    step.run(main)
