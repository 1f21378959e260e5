"""Topics from which the broker takes records in the middle, and groups that others join and leave."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from components.consume_events.offsets import continued
from components.consume_events.topics import commit_group, held
from components.shell.errors import TransientError
from tests.components.consume_events.test_consume import STAMP, images, views
from tests.harness.kafka.broker import Broker
from tests.harness.waiting import wait_for

pytestmark = pytest.mark.xdist_group("kafka")
_COMPACTED = {
    "cleanup_policy": "compact",
    "min_cleanable_dirty_ratio": "0.0",
    "segment_ms": "100",
    "delete_retention_ms": "0",
}


def _left(broker: Broker, name: str) -> list[int]:
    """The offsets that a plain consumer finds."""
    place, found = TopicPartition(name, 0), []
    with KafkaConsumer(bootstrap_servers=broker.address, group_id=None) as consumer:
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        end = consumer.end_offsets([place])[place]
        while consumer.position(place) < end:
            found += [record.offset for records in consumer.poll(1000).values() for record in records]
    return found


@pytest.fixture(name="compacted")
def _compacted(topic: Callable[..., str], kafka_broker: Broker) -> str:
    """A topic of twelve views with three keys, a tombstone, and one more view, of which most are compacted away."""
    name = topic(**_COMPACTED)
    with KafkaProducer(bootstrap_servers=kafka_broker.address) as producer:
        keyed = [(str(number % 3).encode(), value) for number, value in enumerate(views(12))]
        for key, value in [*keyed, (b"0", None)]:
            producer.send(name, value, key=key, timestamp_ms=STAMP)
        producer.flush()
        # A segment ends by the times of its records; only those before the last one are compacted.
        producer.send(name, views(1, 99)[0], key=b"last", timestamp_ms=STAMP + 1000)
        producer.flush()
    wait_for(lambda: len(_left(kafka_broker, name)) <= 4)
    return name


def test_what_compaction_leaves_is_read_once_and_the_loss_is_told(compacted, consumed, kafka_broker, caplog) -> None:
    """Holes in the offsets and tombstones stop nobody, spans still tile, and a warning says that events are lost."""
    with caplog.at_level(logging.WARNING):
        first = consumed({compacted: "view"})
    left = _left(kafka_broker, compacted)
    read = [event["offset"] for event in first.events] + [record["offset"] for record in first.rejected]
    assert sorted(read) == left
    assert images(first.events) == [10, 11, 99]
    assert {record["offset"] for record in first.rejected} <= {12}
    assert first.offsets[compacted]["partitions"]["0"] == {"start": 0, "end": 14}
    again = consumed({compacted: "view"}, first.offsets)
    assert (again.events, again.rejected) == ([], [])
    assert f"topic {compacted} is compacted" in caplog.text
    assert len(read) < 14  # the counter-test: who takes the offsets for the number of records counts too many


def test_members_that_come_and_go_take_nothing_from_a_run(topic, produce, consumed, kafka_broker, caplog) -> None:
    """Others share the pipeline's group and rebalance it while a run reads: each record is read all the same, once.

    The counter-test is in the same scene: the two members have only a part each.
    """
    name = topic(2)
    for partition in (0, 1):
        produce(name, views(10, 10 * partition), partition)
    # A commit before a rebalance would wait for the group, which waits for the other member.
    offers = {"bootstrap_servers": kafka_broker.address, "group_id": "stockpot", "auto_offset_reset": "earliest"}
    offers |= {"enable_auto_commit": False}
    with (
        KafkaConsumer(name, **offers) as one,
        KafkaConsumer(name, **offers) as other,
        ThreadPoolExecutor(2) as both,
    ):
        members = (one, other)

        def rebalanced() -> bool:
            # At once: who has joined waits for the other to join.
            list(both.map(lambda member: member.poll(1000), members))
            return all(len(member.assignment()) == 1 for member in members)

        wait_for(rebalanced)
        assert sorted(images(consumed({name: "view"}).events)) == list(range(20))
        # For displays only, so that a group with members costs no run: it is told.
        ends = continued({}, held([kafka_broker.address], [name]))
        with pytest.raises((TransientError, KafkaError)):
            commit_group([kafka_broker.address], "stockpot", ends)
    assert "is compacted" not in caplog.text
