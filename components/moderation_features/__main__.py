"""Entry of the step `moderation_features`."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from components.moderation_features import coverage
from components.moderation_features.compute import Inputs, compute
from components.moderation_features.cut import Cut
from components.shell import step
from components.shell.files import write_parameter


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
    views_source: Path
    summary: Path
    coverage: dict[str, Any] = field(default_factory=dict)


def main(arguments: Arguments) -> None:
    """Write rows, rejected images, the source of the views and the summary."""
    cut = Cut(arguments.as_of, arguments.interval_start, arguments.interval_end)
    inputs = Inputs(arguments.raw, arguments.views, arguments.views_from, coverage.parse(arguments.coverage))
    summary = compute(inputs, cut, arguments.rows, arguments.rejected)
    summary.write(arguments.summary)
    views = summary.details["views"]
    if "why" in views:
        print(f"views counted from {views['from']}: {views['why']}")
    write_parameter(arguments.views_source, views.get("source", ""))


if __name__ == "__main__":
    step.run(main)
