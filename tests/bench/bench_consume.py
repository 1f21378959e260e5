"""Consumption of 5,000,000 views from a real broker, against the bare client and against json.loads per message."""

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
from datetime import datetime, timedelta
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from tests.kafka.broker import Broker, missing

EVENTS, PARTITIONS, ROUNDS = 5_000_000, 3, 3
LEAST_OF_BARE, LIMIT_MIB = 0.6, 600
TOPIC = "gourmetgram.views"
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
        producer.send(TOPIC, json.dumps(view).encode(), partition=number % PARTITIONS)
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


def step(address: str, events: int) -> None:
    """Run the step as its image does."""
    with tempfile.TemporaryDirectory(prefix="bench-consume-") as directory:
        paths = [
            text
            for name in ("events", "rejected", "offsets", "summary")
            for text in (f"--{name}", f"{directory}/{name}")
        ]
        command = [sys.executable, "-m", "components.consume_events", "--topics", json.dumps({TOPIC: "view"})]
        environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": address}
        subprocess.run(
            [*command, "--after", "{}", *paths], check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        summary = json.loads(Path(directory, "summary").read_text())
    assert summary["rows_out"] == events, summary


def measured(way: str, address: str, events: int) -> tuple[float, float]:
    """Seconds of `way` in a process of its own, and the peak memory of that process and its children in MiB."""
    command = [sys.executable, __file__, "--way", way, "--address", address, "--events", str(events)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    seconds, mebibytes = map(float, done.stdout.split())
    return seconds, mebibytes


def run_one(way: str, address: str, events: int) -> None:
    """Run `way` here and print its seconds and peak memory."""
    began = time.perf_counter()
    {"bare": bare, "loop": loop, "step": step}[way](address, events)
    seconds = time.perf_counter() - began
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(seconds, max(peaks) / 1024)


def compare(events: int) -> bool:
    """Print the rates, and whether the step keeps to its limits."""
    directory = Path(tempfile.mkdtemp(prefix="bench-kafka-"))
    broker = Broker(directory)
    try:
        broker.start()
        fill(broker.address, events)
        rounds = [
            {way: measured(way, broker.address, events) for way in ("bare", "loop", "step")} for _ in range(ROUNDS)
        ]
    finally:
        broker.kill()
        shutil.rmtree(directory)
    for way in ("bare", "loop", "step"):
        seconds = statistics.median(one[way][0] for one in rounds)
        print(f"{way:5} {events / seconds:10,.0f} events/s  {max(one[way][1] for one in rounds):6.0f} MiB at most")
    of_bare, of_loop = (statistics.median(one[way][0] / one["step"][0] for one in rounds) for way in ("bare", "loop"))
    peak = max(one["step"][1] for one in rounds)
    print(f"step: {of_bare:.2f} of the bare client (at least {LEAST_OF_BARE}), {of_loop:.2f} times the loop")
    return of_bare >= LEAST_OF_BARE and peak < LIMIT_MIB


def main() -> None:
    """Run the comparison; exit 1 below the target."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--scale", type=float, default=1.0)
    flags.add_argument("--way")
    flags.add_argument("--address")
    flags.add_argument("--events", type=int)
    given = flags.parse_args()
    if given.way:
        run_one(given.way, given.address, given.events)
    elif reason := missing():
        print(f"not measured: {reason}")
    elif not compare(int(EVENTS * given.scale)):
        sys.exit(1)


if __name__ == "__main__":
    main()
