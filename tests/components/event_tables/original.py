"""The original's way to fill the tables: the last hour by wall clock, and an append.

Each test's counter-test shows it to be not enough.
"""

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from kafka import ConsumerRebalanceListener, KafkaConsumer

from components.consume_events import source as source_module
from components.consume_events import topics as topics_module
from components.iceberg.catalog import load_table, open_catalog
from tests.components.event_tables.scene import FIVE_MINUTES, HOUR, World, run

METADATA_AGE_MS = 200
PATIENCE_MS = 700


class Original:
    """The original's way: the last hour by wall clock, a dictionary per message, and an append.

    It subscribes to all topics as a consumer group, begins where a group without offsets begins, with the earliest
    record, never commits an offset, seeks to the hour's first record where the log has one, skips what happened before
    the hour, and stops at the first event from after it (dags/redpanda_event_aggregation.py of its repository).
    """

    def __call__(self, world: World, as_of: datetime) -> None:
        """One hourly run."""
        counted = self._counted(world, as_of)
        for topic, kind in world.topics.items():
            rows = [_row(image, start, number, as_of) for (image, start), number in counted[topic].items()]
            if rows:
                append(world.windows[kind]["name"], rows)

    def _counted(self, world: World, as_of: datetime) -> dict[str, Counter[tuple[str, datetime]]]:
        counted: dict[str, Counter[tuple[str, datetime]]] = {topic: Counter() for topic in world.topics}
        consumer = _subscribed(world)
        since = as_of - HOUR
        milliseconds = int(since.timestamp() * 1000)
        for place, found in consumer.offsets_for_times(dict.fromkeys(consumer.assignment(), milliseconds)).items():
            if found:
                consumer.seek(place, found.offset)
        for record in topics_polled(consumer):
            try:
                told = json.loads(record.value.decode())
                at = datetime.fromisoformat(told.get("viewed_at") or told["created_at"]).replace(tzinfo=UTC)
            except ValueError:
                continue
            if at < since:
                continue
            if at >= as_of:
                break
            window = told["image_id"], at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)
            counted[record.topic][window] += 1
        consumer.close(autocommit=False)
        return counted


class _Forgetting(ConsumerRebalanceListener):
    """What the original's client (kafka-python-ng 2.2) does when its group gets other partitions, and ours does not.

    It forgets all positions; as the group has committed none, reading begins with the earliest record again.
    """

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing."""

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Begin again."""
        if assigned:
            self._consumer.seek_to_beginning(*assigned)


def _subscribed(world: World) -> Any:
    """A consumer of all topics, with its partitions."""
    consumer = KafkaConsumer(
        bootstrap_servers=world.broker.address,
        # The original's group has one name. As it never keeps anything, a new one is the same, and waits for no dead.
        group_id=f"airflow_event_aggregator-{uuid.uuid4()}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        # Small fetches and a short memory let a short run be like a long one: it has a middle, and is older than what
        # the client knows of partitions, which is five minutes by default.
        max_poll_records=100,
        max_partition_fetch_bytes=5000,
        metadata_max_age_ms=METADATA_AGE_MS,
    )
    consumer.subscribe(list(world.topics), listener=_Forgetting(consumer))
    deadline = time.monotonic() + 20
    while {place.topic for place in consumer.assignment()} < world.topics.keys():
        assert time.monotonic() < deadline, "the group gave no partitions"
        consumer.poll(timeout_ms=1000)
    return consumer


def topics_polled(consumer: Any) -> Iterator[Any]:
    """What a consumer brings until it brings nothing for a while; the original waits for 30 seconds."""
    while polled := consumer.poll(timeout_ms=PATIENCE_MS):
        for records in polled.values():
            yield from records


def _row(image: str, start: datetime, number: int, as_of: datetime) -> dict[str, Any]:
    times = {"window_start": start, "window_end": start + FIVE_MINUTES, "processed_at": as_of}
    return {"image_id": image, "event_count": number, **times}


def append(name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows to a table, and nothing else."""
    table = load_table(open_catalog(), name)
    table.append(pa.Table.from_pylist(list(rows), schema=table.schema().as_arrow()))


Way = Callable[[World, datetime], None]


@contextmanager
def interrupted(world: World, way: Way, event: Callable[[], None]) -> Iterator[None]:
    """Let `event` happen once, in the middle of the reading."""
    begun: list[bool] = []

    def once() -> None:
        if not begun:
            begun.append(True)
            event()

    reads = topics_module.batches if way is run else topics_polled

    def reading(*given: Any) -> Iterator[Any]:
        for found in reads(*given):
            yield found
            once()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topics_module, "_BATCH_ROWS", 50)
        patch.setattr(topics_module, "_FETCH_BYTES", 100)
        if way is run:
            patch.setattr(source_module.topics, "batches", reading)
        else:
            patch.setitem(globals(), "topics_polled", reading)
        yield
    assert begun, "the reading had no middle"
