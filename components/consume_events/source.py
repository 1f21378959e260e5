"""Where events come from: Kafka, or an archive of its topics."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from components.connect import endpoints
from components.consume_events import archive, topics
from components.consume_events.offsets import Offsets, PartitionOffsets, Topic, planned
from components.shell.errors import ConfigurationError
from components.shell.events.batch import Batch
from components.shell.instants import format_instant


class Source(Protocol):
    """What has topics with partitions, whose records are numbered."""

    def held(self, names: Collection[str]) -> dict[str, Topic]:
        """What these topics hold now."""

    def known_from(self, offsets: Offsets, instant: datetime) -> PartitionOffsets:
        """The first offset of each partition whose record became known at the instant or later; its end without one."""

    def still(self, offsets: Offsets) -> Offsets:
        """The spans themselves, when the topics still hold what they name, as far as that shows before they are read.

        Raises:
            SourceGoneError: records of theirs are gone, or a topic is not the one they were planned for.
        """

    def batches(self, offsets: Offsets) -> Iterator[Batch]:
        """The records of all spans, a bounded batch of one topic at a time, each partition in order."""


@dataclass(frozen=True)
class Kafka:
    """The topics of a Kafka cluster."""

    servers: Sequence[str]

    def held(self, names: Collection[str]) -> dict[str, Topic]:
        """See `topics.held`."""
        return topics.held(self.servers, names)

    def known_from(self, offsets: Offsets, instant: datetime) -> PartitionOffsets:
        """See `topics.known_from`."""
        return topics.known_from(self.servers, offsets, instant)

    def still(self, offsets: Offsets) -> Offsets:
        """See `offsets.planned`."""
        return planned(offsets, self.held(offsets))

    def batches(self, offsets: Offsets) -> Iterator[Batch]:
        """See `topics.batches`."""
        return topics.batches(self.servers, offsets)


@dataclass(frozen=True)
class Archive:
    """Files of archived topics."""

    directory: Path

    def held(self, names: Collection[str]) -> dict[str, Topic]:
        """See `archive.held`."""
        return archive.held(self.directory, names)

    def known_from(self, offsets: Offsets, instant: datetime) -> PartitionOffsets:  # noqa: ARG002 - a source is asked like this
        """Nothing: files are not ordered by when their lines became known.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError(
            f"files cannot be read from or up to {format_instant(instant)}: only a broker finds an offset by its time",
            "leave out since and until",
        )

    def still(self, offsets: Offsets) -> Offsets:
        """The spans: reading shows whether a file has gone or shrunk, and counting all lines would take as long."""
        return offsets

    def batches(self, offsets: Offsets) -> Iterator[Batch]:
        """See `archive.batches`."""
        return archive.batches(self.directory, offsets)


def source(events_dir: str) -> Source:
    """The archive in `events_dir`, or Kafka where that is empty.

    Raises:
        ConfigurationError: there is no such archive, or no address of Kafka is set.
    """
    return Archive(Path(events_dir)) if events_dir else Kafka(endpoints.kafka_servers())
