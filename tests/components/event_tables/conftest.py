"""A world for each test: topics of its own on a real broker, tables of its own in a real catalog and store."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from components.consume_events.topics import held
from tests.components.event_tables.scene import World
from tests.harness.kafka.broker import Broker
from tests.harness.waiting import wait_for


@pytest.fixture
def world(kafka_broker: Broker, catalog_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> World:
    """Three topics with three partitions each, and the empty tables."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_broker.address)
    mark = uuid.uuid4().hex[:8]
    found = World(kafka_broker, {f"{kind}s-{mark}": kind for kind in ("view", "comment", "flag")})
    administer(kafka_broker, lambda admin: admin.create_topics([topic(name) for name in found.topics]))
    found.migrate()
    return found


def topic(name: str) -> NewTopic:
    """A topic with three partitions."""
    return NewTopic(name, 3, 1)


def remove_views(world: World) -> None:
    """Remove all views from their topic, as retention does."""
    name = next(iter(world.topics))
    spans = held([world.broker.address], [name])[name].partitions
    ends = {TopicPartition(name, number): span.end for number, span in spans.items()}
    administer(world.broker, lambda admin: admin.delete_records(ends))


def make_views_again(world: World) -> None:
    """Delete the topic of views and make it again."""
    name = next(iter(world.topics))
    administer(world.broker, lambda admin: admin.delete_topics([name]))
    administer(world.broker, lambda admin: wait_for(lambda: name not in admin.list_topics()))
    administer(world.broker, lambda admin: admin.create_topics([topic(name)]))


def administer(broker: Broker, work: Callable[[KafkaAdminClient], Any]) -> None:
    """Do something as an administrator of the broker."""
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    try:
        work(admin)
    finally:
        admin.close()
