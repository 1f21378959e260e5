"""Sends records to a Kafka broker as the platform's producer does: no keys, gzip, transactions, some aborted."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from components.connect.brokers import proven
from components.shell.errors import TransientError
from components.shell.redaction import brief
from stockpot.samples.events import TOPICS
from stockpot.samples.stream import ABORTED, Record

_TRANSACTION = 5_000
_HELLO_MS = 15_000
# The sample lies in the past: retention would delete it within minutes.
_KEPT = {"retention.ms": "-1"}


def send(groups: Iterable[Sequence[Record]], servers: str, *, partitions: int, seed: int) -> Mapping[str, int]:
    """How many records were committed to each topic. Topics that are missing are made, with so many partitions.

    Each record carries the time at which the platform's log would have taken it, so that what a pipeline may know at
    an instant does not hang on when the sample was sent.

    Raises:
        TransientError: the broker does not answer or does not take the records.
    """
    with _translated(servers):
        _create_topics(servers, TOPICS.values(), partitions)
        producer = _producer(servers, f"stockpot-sample-{seed}")
        try:
            return _send_all(producer, groups)
        finally:
            producer.close(timeout=10)


def _create_topics(servers: str, topics: Collection[str], partitions: int) -> None:
    from kafka.admin import KafkaAdminClient, NewTopic
    from kafka.errors import TopicAlreadyExistsError

    admin = KafkaAdminClient(**proven(servers.split(",")), bootstrap_timeout_ms=_HELLO_MS)
    try:
        for topic in sorted(set(topics) - set(admin.list_topics())):
            try:
                admin.create_topics([NewTopic(topic, partitions, -1, topic_configs=_KEPT)])
            except TopicAlreadyExistsError:
                continue
    finally:
        admin.close()


def _producer(servers: str, transactional_id: str) -> Any:
    from kafka import KafkaProducer

    producer = KafkaProducer(
        **proven(servers.split(",")),
        bootstrap_timeout_ms=_HELLO_MS,
        transactional_id=transactional_id,
        acks="all",
        compression_type="gzip",
        linger_ms=20,
        batch_size=256 << 10,
    )
    producer.init_transactions()
    return producer


def _send_all(producer: Any, groups: Iterable[Sequence[Record]]) -> dict[str, int]:
    partitions = {topic: itertools.cycle(sorted(producer.partitions_for(topic))) for topic in sorted(TOPICS.values())}
    counts: Counter[str] = Counter()
    for group in groups:
        for batch in _batches(group):
            if taken_back := [record for record in batch if record.outcome == ABORTED]:
                _transaction(producer, taken_back, partitions)
                producer.abort_transaction()
            committed = [record for record in batch if record.outcome != ABORTED]
            _transaction(producer, committed, partitions)
            producer.commit_transaction()
            counts.update(record.topic for record in committed)
    return dict(sorted(counts.items()))


def _batches(group: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for start in range(0, len(group), _TRANSACTION):
        yield group[start : start + _TRANSACTION]


def _transaction(producer: Any, records: Sequence[Record], partitions: Mapping[str, Iterator[int]]) -> None:
    """Begin a transaction and bring the records into the log; whether they count, its end decides."""
    producer.begin_transaction()
    for record in records:
        producer.send(
            record.topic, record.value, partition=next(partitions[record.topic]), timestamp_ms=record.known_at
        )
    producer.flush()


@contextmanager
def _translated(servers: str) -> Iterator[None]:
    from kafka.errors import KafkaError

    try:
        yield
    except (KafkaError, OSError) as error:
        text = brief(error, 300) or type(error).__name__
        raise TransientError(
            f"Kafka at {servers} does not take the records: {text}", "check that it runs, and --kafka"
        ) from error
