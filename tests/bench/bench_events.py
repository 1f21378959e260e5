"""From a topic of 5,000,000 views to committed windows, against the bare client and against json.loads per message.

`bare` polls raw bytes with kafka-python and drops them; `loop` is the original's: a dictionary per message, counted
by image and window. Neither writes anything. `ours` is what the pipeline does: the steps' own commands, each in a
process of its own, two consumers side by side, from the topic to events and windows in Iceberg tables on S3.
"""

import json
import os
import random
import shutil
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow.compute as pc
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from components.begin_run.migrate import migrate
from components.iceberg.catalog import load_table, open_catalog
from pipelines.event_aggregation import DATASET, TABLE, TOPICS, WINDOWS
from stockpot.local.services import Wanted, in_use
from tests.bench.cost import Cost, alone, by_turns, median, run
from tests.bench.environments import step_command
from tests.bench.rows import Other, Row, least, most
from tests.harness.kafka.broker import Broker, missing

SMALL = 0.02
TARGETS = (least(5, "peer"), least(0.6, "limit"), most(600, "memory"))
EVENTS, PARTITIONS, ROUNDS, CONSUMERS = 5_000_000, 4, 3, 2
TOPIC, AS_OF = "gourmetgram.views", "2026-02-01T00:00:00Z"


def fill(address: str, events: int) -> None:
    """Append views of 5,000 images, packed as the product packs them."""
    KafkaAdminClient(bootstrap_servers=address).create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
    producer = KafkaProducer(bootstrap_servers=address, compression_type="gzip", linger_ms=50, batch_size=1 << 18)
    chance = random.Random(1)
    images = [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(5000)]
    start = datetime(2026, 1, 10)  # noqa: DTZ001 - written without an offset, as views are
    for number in range(events):
        at = start + timedelta(microseconds=17_291 * number)
        view = {"event_type": "view", "image_id": chance.choice(images), "viewed_at": at.isoformat()}
        stamp = int(at.replace(tzinfo=UTC).timestamp() * 1000)
        producer.send(TOPIC, json.dumps(view).encode(), partition=number % PARTITIONS, timestamp_ms=stamp)
    producer.close()


def polls(address: str, events: int, **settings: object):
    """What the bare client polls until it has `events` records."""
    consumer = KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, group_id=None, **settings)
    places = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    while events > 0:
        polled = consumer.poll(timeout_ms=1000)
        events -= sum(map(len, polled.values()))
        yield polled
    consumer.close()


def bare(address: str, events: int) -> None:
    """Poll raw bytes in large polls, and drop them."""
    large = {"max_poll_records": 65_536, "fetch_max_bytes": 16 << 20, "max_partition_fetch_bytes": 4 << 20}
    for _ in polls(address, events, isolation_level="read_committed", metrics_enabled=False, **large):
        pass


def loop(address: str, events: int) -> None:
    """The original's loop: a dictionary per message, counted by image and window."""
    windows: Counter[tuple[str, datetime]] = Counter()
    for polled in polls(address, events, value_deserializer=lambda value: json.loads(value.decode())):
        for records in polled.values():
            for record in records:
                at = datetime.fromisoformat(record.value["viewed_at"])
                windows[record.value["image_id"], at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)] += 1


def ours(address: str, events: int) -> dict[str, float]:
    """Run the steps as their images do; the seconds of each."""
    with tempfile.TemporaryDirectory(prefix="bench-events-") as scratch:
        home = Path(scratch)
        with in_use(home / "services", os.environ, Wanted(postgres=True, store=True)) as services:
            os.environ.update(services.for_people | {"KAFKA_BOOTSTRAP_SERVERS": address})
            migrate([TABLE, *WINDOWS.values()])
            began = time.perf_counter()
            seconds = Steps(home).run()
            seconds["all"] = time.perf_counter() - began
            table = load_table(open_catalog(), WINDOWS["view"].name)
            rows = table.scan(selected_fields=("event_count",)).to_arrow()
    assert pc.sum(rows["event_count"]).as_py() == events
    return seconds


@dataclass
class Steps:
    """The pipeline's steps, one after another but for the shares, which are taken side by side."""

    home: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self) -> dict[str, float]:
        """Run all; the seconds of each."""
        topics = {TOPIC: "view"}
        identity = {"pipeline": DATASET.name, "version": DATASET.version}
        tables = {"table": TABLE.document()}
        due = self.paths("after", "instant", "interval_start", "interval_end", "summary")
        begun = {"run_id": "bench", "as_of": AS_OF, "derived": [table.document() for table in WINDOWS.values()]}
        self.step("begin_run.stream", **begun, **identity, **tables, **due)
        plan = self.paths("offsets", "shares", "run_key", "records", "summary")
        after = due["after"].read_text()
        given = {"topics": topics, "kinds": TOPICS.kinds, "after": after, "consumers": CONSUMERS, "as_of": AS_OF}
        self.step("consume_events.plan", **given, **identity, **tables, **plan)
        shares = json.loads(plan["shares"].read_text())
        began = time.perf_counter()
        with ThreadPoolExecutor(CONSUMERS) as pool:
            staged = list(pool.map(self.share, range(len(shares)), shares))
        self.seconds["consumed and staged"] = time.perf_counter() - began
        key = {"run_key": plan["run_key"].read_text(), "as_of": AS_OF}
        interval = {name: due[name].read_text() for name in ("interval_start", "interval_end")}
        done = self.paths("snapshot_id", "receipt", "summary")
        given = {"staged": staged, "offsets": plan["offsets"].read_text()}
        self.step("event_tables.commit", **given, **key, **interval, **identity, **tables, **done)
        given = {
            "snapshot_id": done["snapshot_id"].read_text(),
            "windows": {kind: table.document() for kind, table in WINDOWS.items()},
            "as_of": AS_OF,
        }
        self.step("aggregate_windows", **given, **identity, **tables, **self.paths("receipts", "summary"))
        return self.seconds

    def share(self, number: int, share: object) -> object:
        """What one consumer has staged of its share."""
        home = self.home / f"share-{number}"
        read = {name: home / name for name in ("events", "rejected", "summary")}
        of_run = (self.home / "records").read_text()
        self.step("consume_events", topics={TOPIC: "view"}, kinds=TOPICS.kinds, spans=share, of_run=of_run, **read)
        given = {"events": read["events"], "consumed": read["summary"], "table": TABLE.document(), "as_of": AS_OF}
        key = (self.home / "run_key").read_text()
        self.step("event_tables.stage", run_key=key, staged=home / "staged", summary=home / "figures", **given)
        return json.loads((home / "staged").read_text())

    def paths(self, *names: str) -> dict[str, Path]:
        """Where a step leaves what it hands on."""
        return {name: self.home / name for name in names}

    def step(self, module: str, **flags: object) -> None:
        """Run a step's command."""
        self.seconds[module] = run(step_command(module), **flags).seconds


WAYS = {"bare": bare, "loop": loop, "ours": ours}


def timed(way: str, address: str, events: int) -> dict[str, float]:
    """Seconds that a way takes, without the start of its process and of services."""
    began = time.perf_counter()
    return WAYS[way](address, events) or {"all": time.perf_counter() - began}


def measured(way: str, address: str, events: int) -> Cost:
    """What a way costs."""
    cost, seconds = alone(timed, way, address, events)
    if way == "ours":
        print("   ", {name: round(value, 2) for name, value in seconds.items()}, flush=True)
    return replace(cost, seconds=seconds["all"])


def measure(_scratch: Path, scale: float) -> Iterator[Row]:
    """All three, which take turns."""
    events = int(EVENTS * scale)
    work = f"{events:,} views from a topic to committed windows"
    if reason := missing():
        yield Row(f"{work}: {reason}")
        return
    directory = Path(tempfile.mkdtemp(prefix="bench-kafka-"))
    broker = Broker(directory)
    try:
        broker.start()
        fill(broker.address, events)
        ways = {way: partial(measured, way, broker.address, events) for way in WAYS}
        found = by_turns(ways, ROUNDS, median)
    finally:
        broker.kill()
        shutil.rmtree(directory)
    theirs, bare = Other("json.loads per message", found["loop"]), Other("the bare client", found["bare"])
    yield Row(work, found["ours"], theirs, bare, TARGETS)
