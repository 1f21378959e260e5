"""`python -m components.consume_events.report_lag`: commit how far the table is, by which brokers show the lag."""

import logging
from pathlib import Path
from typing import Any

from components.connect.endpoints import kafka_servers
from components.consume_events.offsets import Offsets, parse_offsets
from components.consume_events.topics import commit_group
from components.shell import step
from components.shell.errors import StepError
from components.shell.redaction import redact
from components.shell.summary import Summary

log = logging.getLogger("consume_events")


def main(*, offsets: dict[str, Any], pipeline: str, summary: Path, events_dir: str = "") -> None:
    """Commit the offsets of a run for a consumer group. Nobody reads from there: it is for displays of lag alone."""
    group = f"stockpot.{pipeline}"
    committed = not events_dir and _committed(group, parse_offsets(offsets))
    Summary(details={"group": group, "told": committed}).write(summary)


def _committed(group: str, offsets: Offsets) -> bool:
    try:
        commit_group(kafka_servers(), group, offsets)
    except StepError as error:
        log.warning("group %s does not show the offsets of this run: %s", group, redact(str(error)))
        return False
    return True


if __name__ == "__main__":
    step.run(main)
