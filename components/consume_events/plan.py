"""`python -m components.consume_events.plan`: from where to where each partition is read, and by whom."""

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from components.consume_events.offsets import (
    Offsets,
    begun,
    continued,
    describe,
    ended,
    length,
    parse_offsets,
    parse_topics,
)
from components.consume_events.shares import run_key, shares
from components.consume_events.source import source
from components.shell import step
from components.shell.errors import ConfigurationError
from components.shell.events.definition import parse_events
from components.shell.files import write_parameter
from components.shell.instants import parse_instant
from components.shell.summary import Summary
from components.shell.tables import parse_definition

log = logging.getLogger("consume_events")


@dataclass(frozen=True)
class Arguments:
    """Fix from where to where each partition is read, and cut that into shares."""

    topics: dict[str, Any]
    kinds: list[Any]
    after: dict[str, Any]
    pipeline: str
    table: dict[str, Any]
    version: str
    as_of: datetime
    offsets: Path
    shares: Path
    run_key: Path
    records: Path
    summary: Path
    consumers: int = 1
    events_dir: str = ""
    since: str = ""
    until: str = ""
    fail_on_data_loss: bool = True


def main(arguments: Arguments) -> None:
    """Ask where the topics end now, once for the whole run, and hand on offsets, shares and key."""
    if arguments.consumers < 1:
        raise ConfigurationError(f"--consumers is {arguments.consumers}", "give one or more")
    topics = parse_topics(arguments.topics, parse_events(arguments.kinds))
    offsets = _spans(arguments, topics)
    parts = shares(offsets, topics, arguments.consumers)
    records, partitions = length(offsets), sum(len(topic.partitions) for topic in offsets.values())
    log.info("%d records to read in %d partitions, %d consumers", records, partitions, len(parts))
    write_parameter(arguments.shares, json.dumps([describe(part) for part in parts], sort_keys=True))
    identity = (arguments.pipeline, parse_definition(arguments.table).name, arguments.version)
    key = run_key(identity, offsets, arguments.as_of)
    write_parameter(arguments.run_key, key)
    write_parameter(arguments.records, records)
    write_parameter(arguments.offsets, json.dumps(describe(offsets), sort_keys=True))
    Summary(rows_out=records, details={"shares": len(parts), "run_key": key}).write(arguments.summary)


def _spans(arguments: Arguments, topics: Collection[str]) -> Offsets:
    """What is to be read: all that is new, or of that what became known from `since`, and up to and with `until`."""
    after, where = parse_offsets(arguments.after), source(arguments.events_dir)
    present = where.held(topics)
    if arguments.since and not after:
        present = begun(present, where.known_from(present, parse_instant(arguments.since)))
    offsets = continued(after, present, fail_on_data_loss=arguments.fail_on_data_loss)
    if not arguments.until:
        return offsets
    beyond = parse_instant(arguments.until) + timedelta(microseconds=1)
    return ended(offsets, where.known_from(present, beyond))


if __name__ == "__main__":
    step.run(main)
