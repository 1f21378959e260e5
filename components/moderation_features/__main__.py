"""Entry of the step `moderation_features`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from components.moderation_features import coverage
from components.moderation_features.compute import Inputs, Outputs, compute
from components.moderation_features.cut import UP_TO_LABEL, Cut
from components.shell import step
from components.shell.files import write_parameter
from components.shell.lateness import parse_past


@dataclass(frozen=True)
class Arguments:
    """Compute training rows from raw tables."""

    raw: Path
    views: Path
    views_from: str
    as_of: datetime
    interval_start: datetime
    interval_end: datetime
    rows: Path
    rejected: Path
    touched: Path
    past: Path
    held: Path
    views_source: Path
    summary: Path
    deletions: str = UP_TO_LABEL
    coverage: dict[str, Any] = field(default_factory=dict)


def main(arguments: Arguments) -> None:
    """Write rows, rejected images, images with late facts, the source of the views and the summary."""
    cut = Cut(arguments.as_of, arguments.interval_start, arguments.interval_end, arguments.deletions)
    reach, past = coverage.parse(arguments.coverage), parse_past(arguments.past.read_text())
    inputs = Inputs(arguments.raw, arguments.views, arguments.views_from, reach, past, arguments.held)
    summary = compute(inputs, cut, Outputs(arguments.rows, arguments.rejected, arguments.touched))
    summary.write(arguments.summary)
    views, late = summary.details["views"], summary.details["late"]
    if "why" in views:
        print(f"views counted from {views['from']}: {views['why']}")
    if late["reopened"]:
        print(f"facts became known late of {late['reopened']} images before the interval: their rows are made anew")
    write_parameter(arguments.views_source, _source(views, late.get("views", views)))


def _source(due: Mapping[str, str], late: Mapping[str, str]) -> str:
    """The record of views, and that of reopened images' views where it is another."""
    found, other = due.get("source", ""), late.get("source", "")
    return found if found == other else f"{found}; of reopened images: {other}"


if __name__ == "__main__":
    step.run(main)
