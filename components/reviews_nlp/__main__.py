"""Entry of the step `reviews_nlp`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from components.iceberg.lateness import parse_past
from components.reviews_nlp.compute import Inputs, Outputs, compute
from components.reviews_nlp.settings import Settings
from components.reviews_nlp.usable import Interval
from components.shell import step
from components.shell.extracts import taken_at


def main(
    *,
    raw: Path,
    versions: Path,
    before: Path,
    past: Path,
    interval_start: datetime,
    interval_end: datetime,
    as_of: datetime,
    rows: Path,
    stats: Path,
    rejected: Path,
    touched: Path,
    summary: Path,
    languages: list[Any],
    thresholds: list[Any],
    timezone: str = "UTC",
    min_words: int = 3,
    mask_pii: bool = True,
    most_rejected: float = 0.05,
    most_gone: float = 0.2,
) -> None:
    """Clean, classify and score the reviews that became known in the interval."""
    settings = Settings(min_words, languages, thresholds, mask_pii, most_rejected, most_gone)
    inputs = Inputs(raw, versions, before, parse_past(past.read_text()))
    interval = Interval(interval_start, interval_end, as_of, timezone, taken_at(raw))
    compute(inputs, interval, settings, Outputs(rows, stats, rejected, touched)).write(summary)


if __name__ == "__main__":
    step.run(main)
