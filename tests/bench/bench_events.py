"""From a topic of 5,000,000 views to committed windows, against the bare client and against json.loads per message.

`bare` polls raw bytes with kafka-python and drops them; `loop` is the original's: a dictionary per message, counted
by image and window. Neither writes anything. `ours` is what the pipeline does: the steps' own commands, each in a
process of its own, two consumers side by side, from the topic to events and windows in Iceberg tables on S3.
"""

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from components.begin_run.migrate import migrate
from components.iceberg.catalog import load_table, open_catalog
from pipelines.event_aggregation import DATASET, TABLE, TOPICS, WINDOWS
from stockpot.local.services import Wanted, in_use
from tests.bench.environments import step_command
from tests.harness.kafka.broker import Broker, missing

EVENTS, PARTITIONS, ROUNDS, CONSUMERS = 5_000_000, 4, 3, 2
LEAST_OF_LOOP, LEAST_OF_BARE, LIMIT_MIB = 5.0, 0.6, 600
TOPIC, AS_OF = "gourmetgram.views", "2026-02-01T00:00:00Z"
ROOT = Path(__file__).parents[2]


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
        texts = {
            flag: json.dumps(value) if isinstance(value, dict | list) else str(value) for flag, value in flags.items()
        }
        given = [part for flag, text in texts.items() for part in (f"--{flag.replace('_', '-')}", text)]
        command = step_command(module)
        began = time.perf_counter()
        subprocess.run([*command, *given], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        self.seconds[module] = time.perf_counter() - began


def measured(way: str, address: str, events: int) -> dict[str, float]:
    """Seconds and processor seconds of `way` in a process of its own, and the largest of its processes in MiB."""
    command = [sys.executable, __file__, "--way", way, "--address", address, "--events", str(events)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_one(way: str, address: str, events: int) -> None:
    """Run `way` here and print its figures."""
    began = time.perf_counter()
    seconds = WAYS[way](address, events) or {"all": time.perf_counter() - began}
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds["processor"] = sum(each.ru_utime + each.ru_stime for each in used)
    # The services of `ours` are children too, but never larger than this.
    print(json.dumps({**seconds, "mebibytes": used[way == "ours"].ru_maxrss / 1024}))


def compare(events: int, rounds: int) -> bool:
    """Print the rates, and whether ours keeps to its limits."""
    directory = Path(tempfile.mkdtemp(prefix="bench-kafka-"))
    broker = Broker(directory)
    try:
        broker.start()
        fill(broker.address, events)
        found = [{way: measured(way, broker.address, events) for way in WAYS} for _ in range(rounds)]
    finally:
        broker.kill()
        shutil.rmtree(directory)
    for way in WAYS:
        seconds, processor = (statistics.median(one[way][name] for one in found) for name in ("all", "processor"))
        largest = max(one[way]["mebibytes"] for one in found)
        print(f"{way:5} {events / seconds:10,.0f} events/s  {processor:6.1f} s of a processor  {largest:6.0f} MiB")
    print({name: round(value, 2) for name, value in found[-1]["ours"].items()})
    of_bare, of_loop = (
        statistics.median(one[way]["all"] / one["ours"]["all"] for one in found) for way in ("bare", "loop")
    )
    print(
        f"ours: {of_bare:.2f} of bare (at least {LEAST_OF_BARE}), {of_loop:.2f} of the loop (at least {LEAST_OF_LOOP})"
    )
    return of_bare >= LEAST_OF_BARE and of_loop >= LEAST_OF_LOOP and largest < LIMIT_MIB


WAYS = {"bare": bare, "loop": loop, "ours": ours}


def main() -> None:
    """Run the comparison; exit 1 below the target."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--scale", type=float, default=1.0)
    flags.add_argument("--rounds", type=int, default=ROUNDS)
    flags.add_argument("--way")
    flags.add_argument("--address")
    flags.add_argument("--events", type=int)
    given = flags.parse_args()
    if given.way:
        run_one(given.way, given.address, given.events)
    elif reason := missing():
        print(f"not measured: {reason}")
    elif not compare(int(EVENTS * given.scale), given.rounds):
        sys.exit(1)


if __name__ == "__main__":
    main()
