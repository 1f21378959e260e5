"""Entry of the step `daily_sales`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from components.daily_sales.compute import Inputs, Outputs, compute
from components.daily_sales.period import Period
from components.daily_sales.settings import CATEGORY_COLUMNS, FIRST_SALE, LEVELS, Settings
from components.iceberg.lateness import parse_past
from components.shell import step


def main(
    *,
    raw: Path,
    versions: Path,
    past: Path,
    interval_start: datetime,
    interval_end: datetime,
    as_of: datetime,
    rows: Path,
    categories: Path,
    weeks: Path,
    category_weeks: Path,
    rejected: Path,
    touched: Path,
    summary: Path,
    timezone: str = "UTC",
    retire_after_days: int = 0,
    country: str = "",
    category_column: str = CATEGORY_COLUMNS[0],
    first_day: str = FIRST_SALE,
    levels: list[Any] | None = None,
) -> None:
    """Compute what each article and category sold on each local day, with what the days before say of it."""
    settings = Settings(retire_after_days, country, category_column, first_day, levels or LEVELS)
    inputs = Inputs(raw, versions, parse_past(past.read_text()))
    outputs = Outputs(rows, categories, weeks, category_weeks, rejected, touched)
    compute(inputs, Period(interval_start, interval_end, as_of, timezone), settings, outputs).write(summary)


if __name__ == "__main__":
    step.run(main)
