"""A backfill of event-aggregation from a real broker: hour by hour, from offsets by time."""

import json
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from tests.harness import tables
from tests.harness.kafka.broker import Broker
from tests.stockpot.backfill.test_backfill import Home

T0 = datetime(2026, 1, 10, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# Before the first interval, two hours, and after the last one.
VIEWS = [T0 - 30 * MINUTE, *(T0 + n * 20 * MINUTE + MINUTE for n in range(6)), T0 + 2 * HOUR + MINUTE]
pytestmark = [pytest.mark.xdist_group("kafka"), pytest.mark.timeout(1200)]


def _produce(broker: Broker) -> str:
    """The name of a topic that holds the views, each stamped with the second after it happened."""
    topic = f"views-{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    # The records are older than a broker keeps them unless it is told otherwise.
    admin.create_topics([NewTopic(topic, 2, 1, topic_configs={"retention.ms": "-1"})])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=broker.address, acks="all")
    for number, at in enumerate(VIEWS):
        view = {
            "event_type": "view",
            "image_id": str(uuid.UUID(int=1)),
            "viewed_at": at.replace(tzinfo=None).isoformat(),
        }
        stamp = int((at + timedelta(seconds=1)).timestamp() * 1000)
        producer.send(topic, json.dumps(view).encode(), partition=number % 2, timestamp_ms=stamp)
    producer.flush()
    producer.close()
    return topic


@pytest.mark.turns
def test_a_topic_is_replayed_hour_by_hour(kafka_broker: Broker, scratch: Path) -> None:
    """Each run lands what became known in its hour, and nothing from before the first or after the last."""
    home = Home(scratch / "stream")
    home.environment["KAFKA_BOOTSTRAP_SERVERS"] = kafka_broker.address
    topics = json.dumps({_produce(kafka_broker): "view"})
    code, _, err = home.command("services", "up")
    assert code == 0, err
    try:
        span = ("--from", "2026-01-10T12:00:00Z", "--to", "2026-01-10T14:00:00Z", "--output", "json")
        code, out, err = home.command("backfill", "event-aggregation", *span, "--param", f"topics={topics}")
        assert code == 0, err
        assert [one["exit_code"] for one in json.loads(out)] == [0, 0]
        rows = tables.rows(home.path, "event_aggregations.events")
        landed = Counter(datetime.fromisoformat(row["loaded_as_of"]) for row in rows)
        assert landed == {T0 + n * HOUR: 3 for n in (1, 2)}
        windows = tables.rows(home.path, "event_aggregations.view_windows_5min")
        assert sum(row["event_count"] for row in windows) == 6
        _, out, _ = home.command("backfill", "event-aggregation", *span, "--dry-run")
        assert {one["state"] for one in json.loads(out)} == {"done"}
        earlier = ("--from", "2026-01-10T11:00:00Z", "--to", "2026-01-10T13:00:00Z", "--output", "json")
        _, out, _ = home.command("backfill", "event-aggregation", *earlier, "--dry-run")
        assert [one["state"] for one in json.loads(out)] == ["passed", "done"], "what was left out is not done"
    finally:
        home.command("services", "down")
