"""Arguments in, views out."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components.read_views.read import Outputs, Request, read
from components.shell import endpoints, step, store
from components.shell.events.definition import parse_events
from components.shell.files import write_parameter

log = logging.getLogger("read_views")


@dataclass(frozen=True)
class Arguments:
    """Bring the views of images uploaded in the interval into one form."""

    views_from: str
    source: str
    bucket: str
    table: str
    event: dict[str, Any]
    interval_start: datetime
    interval_end: datetime
    views: Path
    rejected: Path
    found: Path
    coverage: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Read the views, say where they come from, and hand that on; with milestones the store is not asked."""
    (event,) = parse_events([arguments.event]).values()
    request = Request(
        event,
        arguments.views_from,
        arguments.source,
        arguments.bucket,
        arguments.interval_start,
        arguments.interval_end,
        arguments.table,
    )
    outputs = Outputs(arguments.views, arguments.rejected, arguments.summary)
    chosen = read(lambda: store.connect(endpoints.object_store()), request, outputs)
    log.info("views from %s: %s", chosen.source, chosen.why)
    write_parameter(arguments.found, chosen.views_from)
    write_parameter(arguments.coverage, json.dumps(chosen.told, sort_keys=True))


if __name__ == "__main__":
    step.run(main)
