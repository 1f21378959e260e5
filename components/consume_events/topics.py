"""What the broker says of topics, and their records in bounded batches."""

import logging
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    LogTruncationError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedCodecError,
)

from components.consume_events.offsets import Offsets, Span, Topic
from components.shell.errors import ConfigurationError, SourceGoneError, TransientError

log = logging.getLogger(__name__)

_BATCH_ROWS = 65_536
_BATCH_BYTES = 16 << 20
_FETCH_BYTES = 4 << 20
_PATIENCE = 120.0
_HELLO_MS = 15_000
_UNREACHABLE = "check that Kafka runs and KAFKA_BOOTSTRAP_SERVERS is right, then try again"
_NO_CREATION = {"allow_auto_create_topics": False, "enable_auto_commit": False, "group_id": None}


@dataclass
class Batch:
    """Records of one topic, column by column; a value is None where the record has none. Times are in milliseconds."""

    topic: str
    partitions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    bytes: int = 0

    def add(self, partition: int, records: Sequence[Any]) -> None:
        """Take in what a poll brought of one partition."""
        self.partitions += [partition] * len(records)
        self.offsets += [record.offset for record in records]
        self.times += [record.timestamp for record in records]
        self.values += [record.value for record in records]
        self.bytes += sum([record.serialized_value_size for record in records if record.value is not None])

    @property
    def full(self) -> bool:
        """Whether it is large enough to be worked on."""
        return len(self.offsets) >= _BATCH_ROWS or self.bytes >= _BATCH_BYTES


def held(servers: Sequence[str], topics: Collection[str]) -> dict[str, Topic]:
    """What the topics hold now, for a reader of committed records: from the oldest record to the last stable offset.

    Raises:
        ConfigurationError: a topic does not exist or may not be read.
        TransientError: the broker does not answer, or a partition has no leader.
    """
    with translated():
        admin = KafkaAdminClient(bootstrap_servers=list(servers), bootstrap_timeout_ms=_HELLO_MS)
        try:
            told = {topic["name"]: topic for topic in admin.describe_topics(sorted(topics))}
        finally:
            admin.close()
    numbers = {name: _partitions(name, told[name]) for name in sorted(topics)}
    with translated(), _consumer(servers) as consumer:
        places = [TopicPartition(name, number) for name, found in numbers.items() for number in found]
        # The ends come first: what is appended from here on belongs to the next run.
        ends, starts = consumer.end_offsets(places), consumer.beginning_offsets(places)
    return {
        name: Topic(
            _identity(told[name].get("topic_id")),
            {number: _span(starts, ends, TopicPartition(name, number)) for number in found},
        )
        for name, found in numbers.items()
    }


def _identity(given: Any) -> str:
    # Brokers before 2.8, and some that only speak the protocol, give none, or one of zeros.
    text = str(given or "")
    return "" if text == str(uuid.UUID(int=0)) else text


def _span(starts: Mapping[Any, int], ends: Mapping[Any, int], place: Any) -> Span:
    # Retention may pass the end between the two questions; then there is nothing to read.
    return Span(starts[place], max(starts[place], ends[place]))


def _partitions(name: str, told: Mapping[str, Any]) -> list[int]:
    match told["error_code"]:
        case UnknownTopicOrPartitionError.errno:
            raise ConfigurationError(f"topic {name} does not exist", "create it, or correct the parameter topics")
        case TopicAuthorizationFailedError.errno:
            raise ConfigurationError(f"topic {name} may not be read", "grant READ and DESCRIBE on it")
        case 0:
            pass
        case code:
            raise TransientError(f"Kafka cannot tell of topic {name} (error {code})", "try again")
    leaderless = [item["partition_index"] for item in told["partitions"] if item["leader_id"] < 0]
    if leaderless:
        raise TransientError(f"partition {leaderless[0]} of topic {name} has no leader", "try again")
    return sorted(item["partition_index"] for item in told["partitions"])


def batches(servers: Sequence[str], offsets: Offsets) -> Iterator[Batch]:
    """The committed records of all spans, a bounded batch of one topic at a time, each partition in order.

    Raises:
        SourceGoneError: retention or a deletion overtook the reading.
        TransientError: the broker does not answer, or brings nothing for two minutes.
    """
    for name, topic in sorted(offsets.items()):
        ends = {TopicPartition(name, number): span.end for number, span in topic.partitions.items()}
        starts = {TopicPartition(name, number): span.start for number, span in topic.partitions.items()}
        unread = {place for place in ends if starts[place] < ends[place]}
        if unread:
            with translated(), _consumer(servers) as consumer:
                consumer.assign(sorted(unread))
                for place in sorted(unread):
                    consumer.seek(place, starts[place])
                yield from _topic(consumer, name, {place: ends[place] for place in unread})


def _topic(consumer: Any, name: str, unread: dict[Any, int]) -> Iterator[Batch]:
    batch = Batch(name)
    for polled in _polls(consumer, name, unread):
        for place, records in polled.items():
            end = unread[place]
            taken = records if records[-1].offset < end else [record for record in records if record.offset < end]
            batch.add(place.partition, taken)
        if batch.full:
            yield batch
            batch = Batch(name)
        _leave_read(consumer, unread)
    if batch.offsets:
        yield batch


def _polls(consumer: Any, name: str, unread: Mapping[Any, int]) -> Iterator[Mapping[Any, Sequence[Any]]]:
    """What the polls bring while `unread`, which the caller empties, is not empty."""
    places: dict[Any, int] = {}
    moved = time.monotonic()
    while unread:
        polled = consumer.poll(timeout_ms=1000, max_records=_BATCH_ROWS)
        yield {place: records for place, records in polled.items() if records and place in unread}
        # A transaction that was aborted moves the position and brings nothing.
        now = {place: consumer.position(place, timeout_ms=10_000) for place in unread}
        if now != places:
            places, moved = now, time.monotonic()
        elif time.monotonic() - moved > _PATIENCE:
            raise TransientError(f"topic {name} has brought nothing for {_PATIENCE:.0f} s", _UNREACHABLE)


def _leave_read(consumer: Any, unread: dict[Any, int]) -> None:
    for place in [place for place, end in unread.items() if consumer.position(place, timeout_ms=10_000) >= end]:
        consumer.pause(place)
        del unread[place]


@contextmanager
def _consumer(servers: Sequence[str]) -> Iterator[Any]:
    consumer = KafkaConsumer(
        bootstrap_servers=list(servers),
        bootstrap_timeout_ms=_HELLO_MS,
        isolation_level="read_committed",
        auto_offset_reset="none",
        max_poll_records=_BATCH_ROWS,
        fetch_max_bytes=4 * _FETCH_BYTES,
        max_partition_fetch_bytes=_FETCH_BYTES,
        reconnect_backoff_max_ms=2000,
        metrics_enabled=False,
        **_NO_CREATION,
    )
    try:
        yield consumer
    finally:
        consumer.close(autocommit=False)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's errors into errors with an exit code."""
    try:
        yield
    except (OffsetOutOfRangeError, NoOffsetForPartitionError, LogTruncationError) as error:
        text = f"records to be read have gone from the topic meanwhile: {_brief(error)}"
        raise SourceGoneError(text, "run it again: it says what is lost") from error
    except (AuthorizationError, SaslAuthenticationFailedError) as error:
        raise ConfigurationError(f"Kafka refused: {_brief(error)}", "grant READ and DESCRIBE on the topics") from error
    except UnsupportedCodecError as error:
        raise ConfigurationError(f"records are packed in a way unknown here: {_brief(error)}", "use gzip") from error
    except (KafkaError, OSError) as error:
        raise TransientError(f"Kafka does not answer as it should: {_brief(error)}", _UNREACHABLE) from error


def _brief(error: Exception) -> str:
    text, name = " ".join(str(error).split()), type(error).__name__
    return (text if name in text else f"{name} {text}")[:300]
