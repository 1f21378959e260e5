"""What the broker says of topics, and their records in bounded batches."""

import logging
import math
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec
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
from kafka.structs import OffsetAndMetadata

from components.connect.brokers import proven
from components.consume_events.inflate import UnreadableError
from components.consume_events.offsets import Offsets, PartitionOffsets, Span, Topic
from components.consume_events.unpack import Pack, PackedRecords, Piece, piece, refused, single, unpacked
from components.shell.errors import ConfigurationError, SourceGoneError, TransientError
from components.shell.events.batch import Batch
from components.shell.instants import EPOCH
from components.shell.redaction import brief

log = logging.getLogger(__name__)

_BATCH_ROWS = 65_536
_BATCH_BYTES = 16 << 20
_POLL_PACKS = 500
_FETCH_BYTES = 4 << 20
_PATIENCE = 120.0
_HELLO_MS = 15_000
# How long a run waits for transactions that are open, and how often it looks.
_SETTLED_WITHIN, _LOOK_AGAIN = 3.0, 0.2
_UNREACHABLE = (
    "check that Kafka runs and that KAFKA_BOOTSTRAP_SERVERS is right, its password too if it has one, then try again"
)


def held(servers: Sequence[str], topics: Collection[str]) -> dict[str, Topic]:
    """What the topics hold now, for a reader of committed records: from the oldest record to the last stable offset.

    Raises:
        ConfigurationError: a topic does not exist or may not be read.
        TransientError: the broker does not answer, or a partition has no leader.
    """
    with translated(), _admin(servers) as admin:
        descriptions = {topic["name"]: topic for topic in admin.describe_topics(sorted(topics))}
        numbers = {name: _partitions(name, descriptions[name]) for name in sorted(topics)}
        partitions = [TopicPartition(name, number) for name, own in numbers.items() for number in own]
        # The ends come first: what is appended from here on belongs to the next run.
        ends, waiting = _stable_ends(admin, partitions)
        starts = _offsets_at(admin, dict.fromkeys(partitions, OffsetSpec.EARLIEST))
        _warn_of_compacted(admin, sorted(topics))
    return {
        name: Topic(
            _identity(descriptions[name].get("topic_id")),
            {number: _span(starts, ends, TopicPartition(name, number)) for number in own},
            waiting={partition.partition: end for partition, end in waiting.items() if partition.topic == name},
        )
        for name, own in numbers.items()
    }


def known_from(servers: Sequence[str], offsets: Offsets, instant: datetime) -> PartitionOffsets:
    """The first offset of each partition whose record became known at the instant or later; its end without one.

    The broker keeps whole milliseconds and looks for the first such record, so none before it is as late; where
    producers set the times themselves, records after it may be earlier.

    Raises:
        TransientError: the broker does not answer.
    """
    milliseconds = math.ceil((instant - EPOCH) / timedelta(milliseconds=1))
    with translated(), _admin(servers) as admin:
        first_offsets = _offsets_at(admin, dict.fromkeys(_by_partition(offsets), milliseconds))
    return {
        name: {
            number: span.end if (first := first_offsets[TopicPartition(name, number)]) < 0 else first
            for number, span in topic.partitions.items()
        }
        for name, topic in offsets.items()
    }


def commit_group(servers: Sequence[str], group: str, offsets: Offsets) -> None:
    """Commit the ends of all spans as the offsets of a consumer group that has no members.

    Raises:
        ConfigurationError: the broker does not allow it.
        TransientError: the broker does not answer, or refuses for now.
    """
    ends = {partition: OffsetAndMetadata(span.end, "", -1) for partition, span in _by_partition(offsets).items()}
    with translated(), _consumer(servers, group) as consumer:
        consumer.assign(list(ends))
        consumer.commit(ends, timeout_ms=_HELLO_MS)


def _warn_of_compacted(admin: Any, names: Sequence[str]) -> None:
    """Warn of topics from which the broker takes unread events; without the right to read settings, of none."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, ["cleanup.policy"]) for name in names]
    configs = admin.describe_configs(resources, config_filter="all").get("topic", {})
    for name in names:
        if "compact" in configs.get(name, {}).get("cleanup.policy", {}).get("value", ""):
            log.warning(
                "topic %s is compacted: of events with one key the broker keeps the last, and counts come out too low:"
                " set its cleanup.policy to delete", name,
            )  # fmt: skip


def _by_partition(offsets: Offsets) -> dict[Any, Span]:
    """The spans of all topics, by the client's name for a partition."""
    return {
        TopicPartition(name, number): span
        for name, topic in offsets.items()
        for number, span in topic.partitions.items()
    }


def _identity(topic_id: Any) -> str:
    # Brokers before 2.8, and some that only speak the protocol, give none, or one of zeros.
    text = str(topic_id or "")
    return "" if text == str(uuid.UUID(int=0)) else text


def _stable_ends(admin: Any, partitions: Sequence[Any]) -> tuple[dict[Any, int], dict[Any, int]]:
    """The last stable offsets, and how far the log had gone of those that had not come so far after some seconds.

    Most transactions end soon. Behind one that hangs, records of others wait that are committed.
    """
    high = _offsets_at(admin, dict.fromkeys(partitions, OffsetSpec.LATEST), "read_uncommitted")
    begun = time.monotonic()
    while True:
        ends = _offsets_at(admin, dict.fromkeys(partitions, OffsetSpec.LATEST))
        waiting = {each: high[each] for each in partitions if ends[each] < high[each]}
        if not waiting or time.monotonic() - begun > _SETTLED_WITHIN:
            break
        time.sleep(_LOOK_AGAIN)
    for first, end in sorted(waiting.items())[:1]:
        log.warning(
            "partition %d of topic %s has an open transaction: what lies from offset %d up to %d waits for a later run,"
            " and the table is not known to be complete before", first.partition, first.topic, ends[first], end,
        )  # fmt: skip
    return ends, waiting


def _span(starts: Mapping[Any, int], ends: Mapping[Any, int], partition: Any) -> Span:
    # Retention may pass the end between the two questions; then there is nothing to read.
    return Span(starts[partition], max(starts[partition], ends[partition]))


def _partitions(name: str, description: Mapping[str, Any]) -> list[int]:
    match description["error_code"]:
        case UnknownTopicOrPartitionError.errno:
            raise ConfigurationError(f"topic {name} does not exist", "create it, or correct the parameter topics")
        case TopicAuthorizationFailedError.errno:
            raise ConfigurationError(f"topic {name} may not be read", "grant READ and DESCRIBE on it")
        case 0:
            pass
        case code:
            raise TransientError(f"Kafka cannot tell of topic {name} (error {code})", "try again")
    leaderless = [item["partition_index"] for item in description["partitions"] if item["leader_id"] < 0]
    if leaderless:
        raise TransientError(f"partition {leaderless[0]} of topic {name} has no leader", "try again")
    return sorted(item["partition_index"] for item in description["partitions"])


def batches(servers: Sequence[str], offsets: Offsets) -> Iterator[Batch]:
    """The committed records of all spans, a bounded batch of one topic at a time, each partition in order.

    Raises:
        SourceGoneError: retention or a deletion overtook the reading.
        TransientError: the broker does not answer, or brings nothing for two minutes.
    """
    for name, topic in sorted(offsets.items()):
        spans = {number: span for number, span in sorted(topic.partitions.items()) if span.start < span.end}
        if spans:
            with translated(), _consumer(servers) as consumer:
                unread = {TopicPartition(name, number): span.end for number, span in spans.items()}
                # Asked only so that the client learns who leads them: a poll that does not know sleeps twice.
                consumer.beginning_offsets(list(unread), timeout_ms=_HELLO_MS)
                consumer.assign(list(unread))
                for partition in unread:
                    consumer.seek(partition, spans[partition.partition].start)
                yield from (batch for batch in _topic(consumer, name, spans, unread) if len(batch))


def _topic(consumer: Any, topic: str, spans: Mapping[int, Span], unread: dict[Any, int]) -> Iterator[Batch]:
    stack = _Stack(topic)
    for polled in _polls(consumer, topic, unread):
        for partition, records in polled.items():
            yield from _taken(stack, partition.partition, spans[partition.partition], records)
        _leave_read(consumer, unread)
    yield from stack.taken()


def _taken(stack: "_Stack", number: int, span: Span, records: Sequence[Any]) -> Iterator[Batch]:
    old = [record for record in records if not isinstance(record.value, Pack)]
    if old:
        yield single(stack.topic, number, span, old)
    for record in records:
        if isinstance(record.value, Pack):
            yield from stack.add(number, span, record.value)


class _Stack:
    """Packs that wait until there are enough of them to be worked on together."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.pieces: list[Piece] = []
        self._rows = self._bytes = 0

    def add(self, number: int, span: Span, pack: Pack) -> Iterator[Batch]:
        """Put one more on top; the records of all where there are enough, or where it cannot be read."""
        try:
            added = piece(number, span, pack)
        except UnreadableError as error:
            yield from self.taken()
            yield refused(self.topic, number, span, pack.batch, str(error))
            return
        self.pieces.append(added)
        self._rows += added.batch.records_count
        self._bytes += len(added.text)
        if self._rows >= _BATCH_ROWS or self._bytes >= _BATCH_BYTES:
            yield from self.taken()

    def taken(self) -> Iterator[Batch]:
        """The records of all; the stack is empty afterwards. A pack that is not sound takes no other with it."""
        pieces, self.pieces, self._rows, self._bytes = self.pieces, [], 0, 0
        if pieces:
            yield from self._unpacked(pieces)

    def _unpacked(self, pieces: list[Piece]) -> Iterator[Batch]:
        try:
            yield unpacked(self.topic, pieces)
        except UnreadableError as error:
            if len(pieces) == 1:
                (one,) = pieces
                yield refused(self.topic, one.partition, one.span, one.batch, str(error))
                return
            for one in pieces:
                yield from self._unpacked([one])


def _polls(consumer: Any, name: str, unread: Mapping[Any, int]) -> Iterator[Mapping[Any, Sequence[Any]]]:
    """What the polls bring while `unread`, which the caller empties, is not empty."""
    positions: dict[Any, int] = {}
    moved = time.monotonic()
    while unread:
        polled = consumer.poll(timeout_ms=1000, max_records=_POLL_PACKS)
        yield {partition: records for partition, records in polled.items() if records and partition in unread}
        # A transaction that was aborted moves the position and brings nothing.
        now = {partition: consumer.position(partition, timeout_ms=10_000) for partition in unread}
        if now != positions:
            positions, moved = now, time.monotonic()
        elif time.monotonic() - moved > _PATIENCE:
            raise TransientError(f"topic {name} has brought nothing for {_PATIENCE:.0f} s", _UNREACHABLE)


def _leave_read(consumer: Any, unread: dict[Any, int]) -> None:
    for partition in [
        partition for partition, end in unread.items() if consumer.position(partition, timeout_ms=10_000) >= end
    ]:
        consumer.pause(partition)
        del unread[partition]


@contextmanager
def _admin(servers: Sequence[str]) -> Iterator[Any]:
    admin = KafkaAdminClient(**proven(servers), bootstrap_timeout_ms=_HELLO_MS)
    try:
        yield admin
    finally:
        admin.close()


def _offsets_at(admin: Any, times: Mapping[Any, int], isolation: str = "read_committed") -> dict[Any, int]:
    """The first offset of each partition at these milliseconds or later, or the one of that name; -1 without one.

    Records of transactions that are still open, and those behind them, do not count, if nothing else is said.
    """
    offsets = admin.list_partition_offsets(times, isolation, timeout_ms=_HELLO_MS)
    return {partition: one.offset for partition, one in offsets.items()}


@contextmanager
def _consumer(servers: Sequence[str], group: str | None = None) -> Iterator[Any]:
    consumer = KafkaConsumer(
        **proven(servers),
        bootstrap_timeout_ms=_HELLO_MS,
        isolation_level="read_committed",
        auto_offset_reset="none",
        fetch_max_bytes=4 * _FETCH_BYTES,
        max_partition_fetch_bytes=_FETCH_BYTES,
        reconnect_backoff_max_ms=2000,
        metrics_enabled=False,
        allow_auto_create_topics=False,
        enable_auto_commit=False,
        group_id=group,
    )
    consumer._fetcher.PartitionRecords = PackedRecords  # noqa: SLF001 - the client has no setting for it
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
    text, name = str(error), type(error).__name__
    return brief(text if name in text else f"{name} {text}", 300)
