"""`python -m components.consume_events.plan`: from where to where each partition is read, and by whom."""

import json
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from components.consume_events import shares as cut
from components.consume_events.offsets import (
    Offsets,
    annotated,
    begun,
    continued,
    describe,
    ended,
    length,
    parse_offsets,
    parse_topics,
)
from components.consume_events.source import Source, source
from components.iceberg.tables import parse_definition
from components.shell import step
from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from components.shell.events.definition import parse_events
from components.shell.events.files import ARCHIVED
from components.shell.files import write_parameter
from components.shell.instants import parse_instant
from components.shell.summary import Summary

log = logging.getLogger("consume_events")

# A step is handed them as one argument, of which Linux takes 131,071; files that grow need some more of it.
_MOST_BYTES = 100_000


def main(
    *,
    topics: dict[str, Any],
    kinds: list[Any],
    after: dict[str, Any],
    pipeline: str,
    table: dict[str, Any],
    version: str,
    as_of: datetime,
    offsets: Path,
    shares: Path,
    run_key: Path,
    records: Path,
    summary: Path,
    consumers: int = 1,
    events_dir: str = "",
    since: str = "",
    until: str = "",
    fail_on_data_loss: bool = True,
) -> None:
    """Fix from where to where each partition is read, and cut that into shares."""
    if consumers < 1:
        raise ConfigurationError(f"--consumers is {consumers}", "give one or more")
    asked = parse_topics(topics, parse_events(kinds))
    committed = parse_offsets(after)
    spans = _spans(source(events_dir), asked, committed, since=since, until=until, fail_on_data_loss=fail_on_data_loss)
    spans = annotated(spans, committed, asked, _clock())
    parts = cut.shares(spans, asked, consumers)
    to_read, partitions = length(spans), sum(len(topic.partitions) for topic in spans.values())
    figures = counted(to_read, "record"), counted(partitions, "partition"), counted(len(parts), "consumer")
    log.info("%s to read in %s, %s", *figures)
    write_parameter(shares, json.dumps([describe(part) for part in parts], sort_keys=True))
    identity = (pipeline, parse_definition(table).name, version)
    key = cut.run_key(identity, spans, as_of)
    write_parameter(run_key, key)
    write_parameter(records, to_read)
    write_parameter(offsets, _text(spans, committed))
    Summary(rows_out=to_read, details={"shares": len(parts), "run_key": key}).write(summary)


def _spans(
    where: Source, topics: Collection[str], after: Offsets, *, since: str, until: str, fail_on_data_loss: bool
) -> Offsets:
    """What is to be read: all that is new, or of that what became known from `since`, and up to and with `until`."""
    present = where.held(topics)
    if since and not after:
        begin = parse_instant(since)
        present = begun(present, where.known_from(present, begin), begin)
    offsets = continued(after, present, fail_on_data_loss=fail_on_data_loss)
    if not until:
        return offsets
    beyond = parse_instant(until) + timedelta(microseconds=1)
    return ended(offsets, where.known_from(present, beyond))


def _text(spans: Offsets, committed: Offsets) -> str:
    """The offsets as they are handed on.

    Raises:
        ConfigurationError: there are more partitions than a step can be told of, and there were not at the last commit.
    """
    text = json.dumps(describe(spans), sort_keys=True)
    now, before = (sum(len(topic.partitions) for topic in each.values()) for each in (spans, committed))
    if len(text) > _MOST_BYTES and now > before:
        files = any(topic.id == ARCHIVED for topic in spans.values())
        raise ConfigurationError(
            f"a run has to know its place in each of {counted(now, 'file' if files else 'partition')}, and that takes"
            f" {counted(len(text), 'byte')}, more than {_MOST_BYTES:,}",
            "append new lines to files that have been read, for files may grow, and take the new files away" if files
            else "ask for fewer topics",
        )  # fmt: skip
    return text


def _clock() -> datetime:
    """Now: read in this step alone, and handed on in what it writes."""
    return datetime.now(UTC)


if __name__ == "__main__":
    step.run(main)
