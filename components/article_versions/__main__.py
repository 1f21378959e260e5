"""Entry of the step `article_versions`."""

import logging
from datetime import datetime
from pathlib import Path

from components.article_versions.compute import Outputs, compute
from components.article_versions.usable import Cut
from components.retail.time import cut_day
from components.shell import step
from components.shell.counts import counted
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
    _report(done)
    done.write(summary)


def _report(done: Summary) -> None:
    for kind in ("reasons", "category_reasons"):
        for reason, count in done.details[kind].items():
            log.warning("%s rejected: %s", counted(count, "row is", "rows are"), reason)
    if missing := done.details["missing_parents"]:
        categories = counted(missing, "category has", "categories have")
        log.warning("%s a parent that is not there, and so no depth and no path", categories)


if __name__ == "__main__":
    step.run(main)
