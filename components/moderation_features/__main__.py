"""Entry of the step `moderation_features`."""

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from components.iceberg.lateness import parse_past
from components.moderation_features.compute import Inputs, Outputs, compute
from components.moderation_features.coverage import parse as parse_coverage
from components.moderation_features.cut import UP_TO_LABEL, Cut
from components.shell import step
from components.shell.counts import counted
from components.shell.files import write_parameter

log = logging.getLogger(__name__)


def main(
    *,
    raw: Path,
    views: Path,
    views_from: str,
    as_of: datetime,
    interval_start: datetime,
    interval_end: datetime,
    rows: Path,
    rejected: Path,
    touched: Path,
    past: Path,
    held: Path,
    views_source: Path,
    summary: Path,
    deletions: str = UP_TO_LABEL,
    coverage: dict[str, Any] | None = None,
) -> None:
    """Compute training rows from raw tables."""
    cut = Cut(as_of, interval_start, interval_end, deletions)
    inputs = Inputs(raw, views, views_from, parse_coverage(coverage or {}), parse_past(past.read_text()), held)
    done = compute(inputs, cut, Outputs(rows, rejected, touched))
    done.write(summary)
    due, late = done.details["views"], done.details["late"]
    if "why" in due:
        print(f"views counted from {due['from']}: {due['why']}")
    if late["reopened"]:
        images = counted(late["reopened"], "image")
        print(f"facts became known late of {images} before the interval: their rows are made anew")
    for warning in done.details.get("warnings", ()):
        log.warning("%s", warning)
    write_parameter(views_source, _source(due, late.get("views", due)))


def _source(due: Mapping[str, str], late: Mapping[str, str]) -> str:
    """The record of views, and that of reopened images' views where it is another."""
    source, other = due.get("source", ""), late.get("source", "")
    return source if source == other else f"{source}; of reopened images: {other}"


if __name__ == "__main__":
    step.run(main)
