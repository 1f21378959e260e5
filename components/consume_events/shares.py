"""What is to be read, cut into shares for consumers that read side by side."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from components.consume_events.offsets import Offsets, Topic, describe, length
from components.shell.events.definition import Event
from components.shell.events.files import ARCHIVED
from components.shell.instants import format_instant
from components.shell.keys import key_of

Partition = tuple[str, int]


def shares(offsets: Offsets, topics: Mapping[str, Event], consumers: int) -> list[Offsets]:
    """At least one and at most `consumers` parts of `offsets`, of much the same length, each partition in one of them.

    Partitions of events without ids go where there is room. Repeated events are found by their ids, and a repetition
    may lie in any partition: all topics of one kind with ids stay together.
    """
    groups = _groups(offsets, topics)
    busy = sum(_length(offsets, group) > 0 for group in groups)
    parts: list[list[Partition]] = [[] for _ in range(max(1, min(consumers, busy)))]
    lengths = [0] * len(parts)
    for group in sorted(groups, key=lambda members: (-_length(offsets, members), members)):
        smallest = lengths.index(min(lengths))
        parts[smallest] += group
        lengths[smallest] += _length(offsets, group)
    # A share of nothing names the topics all the same: engines are given no empty items.
    nothing = {name: Topic(topic.id, {}) for name, topic in sorted(offsets.items()) if name in topics}
    return [_part(offsets, frozenset(members)) or nothing for members in parts]


def _groups(offsets: Offsets, topics: Mapping[str, Event]) -> list[list[Partition]]:
    """Partitions that have to stay together; partitions with nothing to read stay with the others of their kind."""
    together: dict[str, list[Partition]] = {}
    alone = []
    for name, topic in sorted(offsets.items()):
        # A topic that is no longer asked for keeps its place in the offsets, and nobody reads it.
        event = topics.get(name)
        for number, span in sorted(topic.partitions.items()):
            # Nobody looks at a file again of which nothing is to be read.
            if event is None or (topic.id == ARCHIVED and span.start == span.end):
                continue
            if event.id is None and span.start < span.end:
                alone.append([(name, number)])
            else:
                together.setdefault(event.kind, []).append((name, number))
    return [*alone, *together.values()]


def _length(offsets: Offsets, group: list[Partition]) -> int:
    spans = (offsets[name].partitions[number] for name, number in group)
    return sum(span.end - span.start for span in spans)


def _part(offsets: Offsets, members: Collection[Partition]) -> Offsets:
    return {
        name: Topic(topic.id, {number: span for number, span in topic.partitions.items() if (name, number) in members})
        for name, topic in offsets.items()
        if any(partition[0] == name for partition in members)
    }


def run_key(identity: tuple[str, str, str], offsets: Offsets, as_of: datetime) -> str:
    """The key of a commit: of pipeline, table, version and offsets.

    Where there is nothing to read, what a run adds is that nothing had come by `as_of`, which then is part of its key.
    When the topics were looked at is no part of it, nor what is written beside: a second look plans the same work.
    """
    pipeline, table, version = identity
    spans = {name: Topic(topic.id, topic.partitions, after=topic.after) for name, topic in offsets.items()}
    spelled = describe(spans, packed=False)
    work: dict[str, Any] = {"pipeline": pipeline, "table": table, "offsets": spelled, "version": version}
    if not length(offsets):
        work["as_of"] = format_instant(as_of)
    return key_of(work)
