"""The scene of the tests of events: what was sent to real topics, what must be in the tables, and two ways there.

`run` is what the pipeline does, step by step, by the steps' own commands. `Original` consumes the last hour by wall
clock and appends, which each test's counter-test shows to be not enough.
"""

import itertools
import json
import random
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer

from components.aggregate_windows import __main__ as windows
from components.consume_events import __main__ as consume
from components.consume_events import plan as plan_offsets
from components.consume_events import source as source_module
from components.consume_events import topics as topics_module
from components.event_tables import commit, plan, stage
from components.migrate.migrate import migrate
from components.shell.catalog import load_table, open_catalog
from components.shell.instants import format_instant
from components.shell.receipts import receipts
from components.shell.summary import read_summary
from components.shell.tables import parse_definition
from pipelines.event_aggregation import KINDS, NAME, TABLE, VERSION, WINDOWS
from tests.kafka.broker import Broker

HOUR = timedelta(hours=1)
FIVE_MINUTES = timedelta(minutes=5)
T0 = datetime(2026, 3, 28, 22, tzinfo=UTC)
PLACE = ("topic", "partition", "offset")
MOST_REJECTED = 0.05
# Two of the three tables of windows show all that there is to see of commits, at two thirds of the time.
_TWO = ("view", "comment")
IMAGES = [str(uuid.UUID(int=number)) for number in range(1, 8)]
METADATA_AGE_MS = 200
PATIENCE_MS = 700
EVENT, REPEAT, ABORTED, MALFORMED = "event", "repeat", "aborted", "malformed"

Window = tuple[str, str, datetime]
Tables = Mapping[str, Any]
Ends = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Sent:
    """A record: what it tells of, when the log took it, and what becomes of it."""

    kind: str
    image: str
    at: datetime
    known_at: datetime
    own_id: str
    fate: str = EVENT

    @property
    def value(self) -> bytes:
        """The record's value, as the product writes it."""
        if self.fate == MALFORMED:
            return b'{"event_type": "view", "image_id": '
        told = {"event_type": self.kind, "image_id": self.image}
        if self.kind == "view":
            return json.dumps({**told, "viewed_at": self.at.replace(tzinfo=None).isoformat()}).encode()
        return json.dumps({**told, f"{self.kind}_id": self.own_id, "created_at": self.at.isoformat()}).encode()

    @property
    def window(self) -> Window:
        """The window that the event is in."""
        start = self.at - (self.at - datetime(1970, 1, 1, tzinfo=UTC)) % FIVE_MINUTES
        return self.kind, self.image, start


def happened(count: int, start: datetime, length: timedelta = HOUR, seed: int = 1) -> list[Sent]:
    """So many events of all kinds within `length` after `start`, each known when it happens."""
    chance = random.Random(f"{seed} {start}")
    found = []
    for number in range(count):
        at = start + length * number / count
        kind = chance.choices(("view", "comment", "flag"), (8, 1, 1))[0]
        found.append(Sent(kind, chance.choice(IMAGES), at, at, str(uuid.UUID(int=chance.getrandbits(128)))))
    return found


@dataclass
class World:
    """Topics on a broker, everything that was sent to them, and the tables to fill."""

    broker: Broker
    topics: dict[str, str]
    table: Tables = field(default_factory=lambda: TABLE)
    windows: Tables = field(default_factory=lambda: WINDOWS)
    kinds: list[Any] = field(default_factory=lambda: KINDS)
    sent: list[Sent] = field(default_factory=list)
    rejected: int = 0
    _turn: Iterator[int] = field(default_factory=itertools.count)

    def migrate(self) -> None:
        """Make the tables."""
        migrate([parse_definition(self.table), *map(parse_definition, self.windows.values())])

    def send(self, records: Sequence[Sent], *, abort: bool = False) -> None:
        """Append records of its kinds in order, turn by turn to each partition; or in a transaction that is aborted."""
        names = {kind: name for name, kind in self.topics.items()}
        records = [one for one in records if one.kind in names]
        settings = {"transactional_id": uuid.uuid4().hex} if abort else {}
        producer = KafkaProducer(bootstrap_servers=self.broker.address, acks="all", compression_type="gzip", **settings)
        if abort:
            producer.init_transactions()
            producer.begin_transaction()
        for record in records:
            name = names[record.kind]
            partitions = sorted(producer.partitions_for(name))
            place = partitions[next(self._turn) % len(partitions)]
            stamp = int(record.known_at.timestamp() * 1000)
            producer.send(name, record.value, partition=place, timestamp_ms=stamp)
        producer.flush()
        if abort:
            producer.abort_transaction()
        producer.close()
        self.sent += records

    def truth(self, as_of: datetime) -> Counter[Window]:
        """The oracle: a plain count over what was sent, of what was known at `as_of`."""
        return Counter(one.window for one in self.sent if one.fate == EVENT and one.known_at <= as_of)


def narrow(world: World) -> None:
    """Leave to the world the topics and windows of two kinds alone."""
    world.topics = {name: kind for name, kind in world.topics.items() if kind in _TWO}
    world.windows = {kind: world.windows[kind] for kind in _TWO}


def run(world: World, as_of: datetime, consumers: int = 2, **options: Any) -> None:
    """What the pipeline does at `as_of`."""
    with tempfile.TemporaryDirectory(prefix="run-") as scratch:
        staged = stage_all(world, as_of, Path(scratch), consumers, **options)
        land(world, as_of, Path(scratch), staged)


def stage_all(world: World, as_of: datetime, scratch: Path, consumers: int = 1, **options: Any) -> list[Any]:
    """What is staged of all that is new; plan, offsets and key lie in `scratch`. `options` are those of the offsets."""
    identity = {"pipeline": NAME, "version": VERSION, "table": world.table}
    due = ("after", "instant", "interval_start", "interval_end", "summary")
    plan.main(plan.Arguments(as_of=format_instant(as_of), **identity, **{name: scratch / name for name in due}))
    outputs = {name: scratch / name for name in ("offsets", "shares", "run_key", "records", "summary")}
    given = {"after": json.loads((scratch / "after").read_text()), "consumers": consumers, "as_of": as_of, **options}
    plan_offsets.main(plan_offsets.Arguments(topics=world.topics, kinds=world.kinds, **given, **identity, **outputs))
    shares = json.loads((scratch / "shares").read_text())
    places = (scratch / f"share-{number}" for number in range(len(shares)))
    return [_staged(world, as_of, *one, options.get("events_dir", "")) for one in zip(places, shares, strict=True)]


def _staged(world: World, as_of: datetime, scratch: Path, share: Mapping[str, Any], events_dir: str) -> Any:
    scratch.mkdir()
    outputs = {name: scratch / name for name in ("events", "rejected", "summary")}
    given = {"spans": dict(share), "of_run": int((scratch.parent / "records").read_text()), "events_dir": events_dir}
    consume.main(
        consume.Arguments(topics=world.topics, kinds=world.kinds, most_rejected=MOST_REJECTED, **given, **outputs)
    )
    world.rejected += read_summary(scratch / "summary").rows_rejected
    given = {"events": scratch / "events", "consumed": scratch / "summary", "as_of": as_of, "table": dict(world.table)}
    key = (scratch.parent / "run_key").read_text()
    stage.main(stage.Arguments(run_key=key, staged=scratch / "staged", summary=scratch / "figures", **given))
    return json.loads((scratch / "staged").read_text())


def land(world: World, as_of: datetime, scratch: Path, staged: list[Any]) -> None:
    """Commit what was staged, and the windows that it changes."""
    commit_staged(world, as_of, scratch, staged)
    count_anew(world, as_of, scratch)


def commit_staged(world: World, as_of: datetime, scratch: Path, staged: list[Any]) -> None:
    """Commit what was staged."""
    outputs = {name: scratch / name for name in ("snapshot_id", "receipt", "summary")}
    commit.main(
        commit.Arguments(
            staged=staged,
            offsets=json.loads((scratch / "offsets").read_text()),
            run_key=(scratch / "run_key").read_text(),
            interval_start=datetime.fromisoformat((scratch / "interval_start").read_text()),
            interval_end=as_of,
            most_rejected=MOST_REJECTED,
            **_identity(world, as_of),
            **outputs,
        )
    )


def count_anew(world: World, as_of: datetime, scratch: Path) -> None:
    """Commit the windows that the events committed there change."""
    given = {"snapshot_id": int((scratch / "snapshot_id").read_text()), "windows": dict(world.windows)}
    given |= _identity(world, as_of)
    windows.main(windows.Arguments(receipts=scratch / "receipts", summary=scratch / "summary", **given))


def _identity(world: World, as_of: datetime) -> dict[str, Any]:
    return {"pipeline": NAME, "version": VERSION, "table": dict(world.table), "as_of": as_of}


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


def wrong_windows(world: World, as_of: datetime) -> list[str]:
    """How the tables of windows differ from the oracle, and how many malformed records nobody was told of."""
    wrong = []
    found: Counter[Window] = Counter()
    for kind, definition in world.windows.items():
        for row in load_table(open_catalog(), definition["name"]).scan().to_arrow().to_pylist():
            window = kind, row["image_id"], row["window_start"]
            if window in found:
                wrong.append(f"{window} is there twice")
            if row["window_end"] - row["window_start"] != FIVE_MINUTES or row["processed_at"] > as_of:
                wrong.append(f"{window} has wrong times")
            found[window] += row["event_count"]
    truth = world.truth(as_of)
    wrong += [f"{(found - truth).total()} events too many"] if found - truth else []
    wrong += [f"{(truth - found).total()} events missing"] if truth - found else []
    malformed = sum(one.fate == MALFORMED for one in world.sent)
    return wrong + ([] if world.rejected == malformed else [f"{malformed} malformed, {world.rejected} told"])


def wrong_events(world: World, begun: Ends | None = None) -> list[str]:
    """How the table of events differs from what was sent, and what is wrong with its snapshots and offsets.

    `begun` is where the commits ended whose snapshots have expired.
    """
    table = load_table(open_catalog(), world.table["name"])
    rows = table.scan().to_arrow().to_pylist()
    found = Counter((row["event_type"], row["image_id"], row["event_time"], row["known_at"]) for row in rows)
    truth = Counter((one.kind, one.image, one.at, one.known_at) for one in world.sent if one.fate == EVENT)
    wrong = [] if found == truth else [f"{(found - truth).total()} too many, {(truth - found).total()} missing"]
    ids = Counter((row["event_type"], row["event_id"] or tuple(row[name] for name in PLACE)) for row in rows)
    wrong += [f"{key} is there twice" for key, number in ids.items() if number > 1]
    for definition in (world.table, *world.windows.values()):
        each = load_table(open_catalog(), definition["name"])
        snapshots = each.snapshots()
        # Of many, some ten will do.
        for snapshot in snapshots[:: len(snapshots) // 10 + 1]:
            read = each.scan(snapshot_id=snapshot.snapshot_id).to_arrow().num_rows
            if snapshot.summary is None or str(read) != snapshot.summary["total-records"]:
                wrong.append(f"snapshot {snapshot.snapshot_id} of {definition['name']} cannot be read whole")
        keys = Counter(receipt.run_key for receipt in receipts(each, NAME))
        wrong += [f"key {key} was committed {number} times" for key, number in keys.items() if number > 1]
    there = [receipt for receipt in receipts(table, NAME) if table.snapshot_by_id(receipt.snapshot_id)]
    return wrong + _untiled([json.loads(receipt.offsets) for receipt in there], begun or {})


def ends_of(world: World) -> Ends:
    """Where the table of events ends, by topic and partition, as its last commit says."""
    told = json.loads(receipts(load_table(open_catalog(), world.table["name"]), NAME)[0].offsets)
    return {(topic, number): span["end"] for topic, one in told.items() for number, span in one["partitions"].items()}


def _untiled(newest_first: Sequence[Mapping[str, Any]], begun: Ends) -> list[str]:
    """Where the offsets of the commits leave a gap or overlap, the first of them being one that goes on at `begun`."""
    ends = dict(begun)
    wrong = []
    for offsets in reversed(newest_first):
        for topic, told in offsets.items():
            for number, span in told["partitions"].items():
                if span["start"] != ends.get((topic, number), 0):
                    wrong.append(f"{topic}/{number} goes on at {span['start']}")
                ends[topic, number] = span["end"]
    return wrong


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
