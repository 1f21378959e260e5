"""Arguments in, views out."""

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from components.connect import endpoints, store
from components.read_views.read import Outputs, Request, read
from components.shell import step
from components.shell.events.definition import parse_events
from components.shell.files import write_parameter

log = logging.getLogger("read_views")


def main(
    *,
    views_from: str,
    views_source: str,
    bucket: str,
    table: str,
    event: dict[str, Any],
    interval_start: datetime,
    interval_end: datetime,
    views: Path,
    rejected: Path,
    form: Path,
    coverage: Path,
    summary: Path,
) -> None:
    """Bring the views of images uploaded in the interval into one form."""
    (view,) = parse_events([event]).values()
    request = Request(
        view,
        views_from,
        views_source,
        bucket,
        interval_start,
        interval_end,
        table,
    )
    outputs = Outputs(views, rejected, summary)
    chosen = read(lambda: store.connect(endpoints.object_store()), request, outputs)
    log.info("views from %s: %s", chosen.source, chosen.why)
    write_parameter(form, chosen.views_from)
    write_parameter(coverage, json.dumps(chosen.details, sort_keys=True))


if __name__ == "__main__":
    step.run(main)
