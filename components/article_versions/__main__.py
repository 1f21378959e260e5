"""Entry of the step `article_versions`."""

import logging
from datetime import datetime
from pathlib import Path

from components.article_versions.compute import Outputs, compute
from components.article_versions.usable import Cut
from components.retail.time import cut_day
from components.shell import step
from components.shell.summary import Summary

log = logging.getLogger(__name__)


def main(
    *,
    raw: Path,
    before: Path,
    as_of: datetime,
    outputs: Outputs,
    summary: Path,
    timezone: str = "UTC",
    retire_missing: bool = True,
) -> None:
    """Check and complete the articles of a shop as they stand at `as_of`."""
    cut = Cut(as_of, cut_day(as_of, timezone), timezone)
    done = compute(raw, before, cut, outputs, retire_missing=retire_missing)
    _tell(done)
    done.write(summary)


def _tell(done: Summary) -> None:
    for what in ("reasons", "category_reasons"):
        for reason, count in done.details[what].items():
            log.warning("%s rows are rejected: %s", count, reason)
    if missing := done.details["missing_parents"]:
        log.warning("%s categories have a parent that is not there: they have no depth and no path", missing)


if __name__ == "__main__":
    step.run(main)
