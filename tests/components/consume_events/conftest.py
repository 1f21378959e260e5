"""A topic to fill, on a real broker, and the step's work on it."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from components.consume_events.consume import Outputs, Request, consume
from components.consume_events.offsets import continued, describe, parse_offsets, parse_topics
from components.consume_events.source import Kafka
from components.shell.datasets import files
from components.shell.events.definition import Event
from components.shell.summary import Summary, read_summary
from pipelines.gourmetgram import EVENTS
from tests.harness.kafka.broker import Broker

# Some second in January 2026; records are stamped with it where a test says nothing else.
STAMP = 1_768_046_400_000


@dataclass(frozen=True)
class Consumed:
    """What a run of the step left."""

    events: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    offsets: dict[str, Any]
    summary: Summary


@pytest.fixture
def admin(kafka_broker: Broker) -> Iterator[KafkaAdminClient]:
    """An administrator of the broker."""
    client = KafkaAdminClient(bootstrap_servers=kafka_broker.address)
    yield client
    client.close()


@pytest.fixture
def topic(admin: KafkaAdminClient) -> Callable[..., str]:
    """A function that makes a topic of its own name."""

    def make(partitions: int = 1, name: str = "", **settings: str) -> str:
        name = name or f"topic-{uuid.uuid4().hex[:12]}"
        configs = {key.replace("_", "."): value for key, value in settings.items()}
        admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
        return name

    return make


@pytest.fixture
def produce(kafka_broker: Broker) -> Callable[..., None]:
    """A function that appends values to a partition and waits until they are there."""

    def append(topic: str, values: Sequence[bytes | None], partition: int = 0, stamp: int = STAMP) -> None:
        # A producer of its own each time: an old one does not know of new partitions and topics made again.
        producer = KafkaProducer(
            bootstrap_servers=kafka_broker.address, acks="all", compression_type="gzip", max_request_size=20_000_000
        )
        for value in values:
            key = b"" if value is None else None
            producer.send(topic, value, key=key, partition=partition, timestamp_ms=stamp)
        producer.flush()
        producer.close()

    return append


@pytest.fixture
def consumed(kafka_broker: Broker, tmp_path: Path) -> Callable[..., Consumed]:
    """A function that runs the step's work and reads what it left."""

    def run(
        topics: Mapping[str, str],
        after: Mapping[str, Any] | None = None,
        most_rejected: float = 1.0,
        events: Mapping[str, Event] = EVENTS,
    ) -> Consumed:
        outputs = Outputs(*(tmp_path / name for name in ("events", "rejected", "summary")))
        source = Kafka([kafka_broker.address])
        topics = parse_topics(topics, events)
        spans = continued(parse_offsets(after or {}), source.held(topics))
        consume(source, Request(topics, spans, most_rejected, events=tuple(events.values())), outputs)
        events_read, rejected = (pq.read_table(files(path)).to_pylist() for path in (outputs.events, outputs.rejected))
        return Consumed(events_read, rejected, describe(spans), read_summary(outputs.summary))

    return run
