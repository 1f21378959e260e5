"""Entry of the step `moderation_features`."""

import gc
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.moderation_features.compute import Inputs, compute
from components.moderation_features.cut import Cut
from components.shell import step


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
    summary: Path


def main(arguments: Arguments) -> None:
    """Write rows, rejected images and the summary."""
    cut = Cut(arguments.as_of, arguments.interval_start, arguments.interval_end)
    inputs = Inputs(arguments.raw, arguments.views, arguments.views_from)
    compute(inputs, cut, arguments.rows, arguments.rejected).write(arguments.summary)


if __name__ == "__main__":
    gc.disable()  # a process of seconds spends a tenth of them on looking for cycles among Ibis's small objects
    step.run(main)
