"""The event pipeline on a cluster: from the demo's Kafka to the demo's tables, with consumers side by side."""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.shell.names import BUCKET, DATABASE
from tests.e2e.argo import Cluster
from tests.e2e.places import DEMO, Place
from tests.harness.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.xdist_group("event-aggregation")]
HOUR = timedelta(hours=1)
PRODUCE = (
    "LOG_DIR=/tmp/logs KAFKA_HEAP_OPTS=-Xmx96m /opt/kafka/bin/kafka-console-producer.sh"
    " --bootstrap-server kafka:9092 --topic gourmetgram.{topic}"
)
IMAGES = [str(uuid.uuid4()) for _ in range(3)]
NOW = datetime.now(UTC).replace(microsecond=0)
Windows = Counter[tuple[str, str, datetime]]


@pytest.fixture(scope="module")
def home(demo: Cluster) -> Place:
    """The demo itself, whose brokers are known by their names to nobody outside it."""
    return Place(demo.namespace, BUCKET, DATABASE, "catalog")


def views(times: Sequence[datetime]) -> list[dict[str, Any]]:
    """A view at each of the times, of the images in turn; a view has no zone."""
    return [
        {"event_type": "view", "image_id": IMAGES[n % 3], "viewed_at": at.replace(tzinfo=None).isoformat()}
        for n, at in enumerate(times)
    ]


def comments(times: Sequence[datetime]) -> list[dict[str, Any]]:
    """A comment at each of the times, each sent twice."""
    return [
        {"event_type": "comment", "comment_id": str(uuid.uuid4()), "image_id": IMAGES[0], "created_at": at.isoformat()}
        for at in times
    ] * 2


def produce(topic: str, values: Sequence[object], *more: str) -> None:
    """Append values to a topic, and lines that are no JSON."""
    text = "\n".join([*map(json.dumps, values), *more, ""])

    def sent() -> bool:
        try:
            DEMO.kubectl("exec", "-i", "kafka-0", "--", "sh", "-c", PRODUCE.format(topic=topic), text=text)
        except AssertionError as error:
            # On a starved node the cluster's DNS may not answer in time; then nothing has been sent.
            if "No resolvable bootstrap urls" not in str(error):
                raise
            return False
        return True

    wait_for(sent)


def counted(home: Place) -> Windows:
    """What the tables of windows say of the images of these tests."""
    return Counter(
        {
            (kind, row["image_id"], row["window_start"]): row["event_count"]
            for kind in ("view", "comment")
            for row in home.table(f"event_aggregations.{kind}_windows_5min").scan().to_arrow().to_pylist()
            if row["image_id"] in IMAGES
        }
    )


def truth(values: Sequence[dict[str, Any]]) -> Windows:
    """The same, counted from what was sent."""
    found: Windows = Counter()
    for one in {json.dumps(one, sort_keys=True) if "comment_id" in one else id(one): one for one in values}.values():
        at = datetime.fromisoformat(one.get("viewed_at") or one["created_at"]).replace(tzinfo=UTC)
        start = datetime.fromtimestamp(at.timestamp() // 300 * 300, UTC)
        found[one["event_type"], one["image_id"], start] += 1
    return found


@pytest.mark.turns(first=1)
def test_events_are_counted_once_and_late_ones_where_they_belong(home: Place) -> None:
    """Repeats count once, what is malformed is told, and a later run counts late events in their old windows."""
    seen = views([NOW - HOUR + timedelta(seconds=7 * n) for n in range(200)])
    said = comments([NOW - HOUR + timedelta(minutes=n) for n in range(20)])
    produce("views", seen, "no JSON")
    produce("comments", said)
    first = home.run("event-aggregation", consumers=3, most_rejected=0.1)
    assert first.phase == "Succeeded", first.explain()
    assert len(first.pods("consume-events")) > 1
    assert counted(home) == truth([*seen, *said])
    assert home.record(first.name)["rows_rejected"] >= 1

    late = views([NOW - 5 * HOUR + timedelta(seconds=n) for n in range(30)])
    produce("views", late)
    produce("comments", said)
    second = home.run("event-aggregation", consumers=3)
    assert second.phase == "Succeeded", second.explain()
    assert counted(home) == truth([*seen, *late, *said])
    keys = [receipt["stockpot.run-key"] for receipt in home.receipts("event_aggregations.events")]
    assert len(keys) == len(set(keys)) >= 2
