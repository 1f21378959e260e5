"""The scene of the tests of events: what was sent to real topics, what must be in the tables, and the way there.

`run` is what the pipeline does, step by step, by the steps' own commands.
"""

import itertools
import json
import random
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from components.aggregate_windows import __main__ as windows
from components.begin_run import stream
from components.begin_run.migrate import migrate
from components.consume_events import __main__ as consume
from components.consume_events import plan as plan_offsets
from components.event_tables import commit, stage
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import receipts
from components.iceberg.tables import parse_definition
from components.shell.instants import format_instant
from components.shell.summary import read_summary
from pipelines.event_aggregation import DATASET, TABLE, TOPICS, WINDOWS
from tests.harness.kafka.broker import Broker

HOUR = timedelta(hours=1)
FIVE_MINUTES = timedelta(minutes=5)
T0 = datetime(2026, 3, 28, 22, tzinfo=UTC)
PLACE = ("topic", "partition", "offset")
MOST_REJECTED = 0.05
# Two of the three tables of windows show all that there is to see of commits, at two thirds of the time.
_TWO = ("view", "comment")
IMAGES = [str(uuid.UUID(int=number)) for number in range(1, 8)]
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
    table: Tables = field(default_factory=TABLE.document)
    windows: Tables = field(default_factory=lambda: {kind: table.document() for kind, table in WINDOWS.items()})
    kinds: list[Any] = field(default_factory=lambda: TOPICS.kinds)
    events_dir: str = ""
    sent: list[Sent] = field(default_factory=list)
    rejected: int = 0
    _turn: Iterator[int] = field(default_factory=itertools.count)

    @property
    def source(self) -> dict[str, Any]:
        """Where the events come from, and what they are."""
        return {"topics": self.topics, "kinds": self.kinds, "events_dir": self.events_dir}

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
    identity = {"pipeline": DATASET.name, "version": DATASET.version, "table": world.table}
    due = ("after", "instant", "interval_start", "interval_end", "summary")
    begun = {"run_id": f"run-{as_of:%d-%H}", "as_of": format_instant(as_of), "derived": list(world.windows.values())}
    stream.main(**begun, **identity, **{name: scratch / name for name in due})
    outputs = {name: scratch / name for name in ("offsets", "shares", "run_key", "records", "summary")}
    given = {"after": json.loads((scratch / "after").read_text()), "consumers": consumers, "as_of": as_of, **options}
    plan_offsets.main(**world.source, **given, **identity, **outputs)
    shares = json.loads((scratch / "shares").read_text())
    return [_staged(world, as_of, scratch / f"share-{number}", share) for number, share in enumerate(shares)]


def _staged(world: World, as_of: datetime, scratch: Path, share: Mapping[str, Any]) -> Any:
    scratch.mkdir()
    outputs = {name: scratch / name for name in ("events", "rejected", "summary")}
    given = {"spans": dict(share), "of_run": int((scratch.parent / "records").read_text()), **world.source}
    consume.main(most_rejected=MOST_REJECTED, **given, **outputs)
    world.rejected += read_summary(scratch / "summary").rows_rejected
    given = {"events": scratch / "events", "consumed": scratch / "summary", "as_of": as_of, "table": dict(world.table)}
    key = (scratch.parent / "run_key").read_text()
    stage.main(run_key=key, staged=scratch / "staged", summary=scratch / "figures", **given)
    return json.loads((scratch / "staged").read_text())


def land(world: World, as_of: datetime, scratch: Path, staged: list[Any]) -> None:
    """Commit what was staged, and the windows that it changes."""
    commit_staged(world, as_of, scratch, staged)
    count_anew(world, as_of, scratch)


def commit_staged(world: World, as_of: datetime, scratch: Path, staged: list[Any]) -> None:
    """Commit what was staged."""
    outputs = {name: scratch / name for name in ("snapshot_id", "receipt", "summary")}
    commit.main(
        staged=staged,
        offsets=json.loads((scratch / "offsets").read_text()),
        run_key=(scratch / "run_key").read_text(),
        interval_start=datetime.fromisoformat((scratch / "interval_start").read_text()),
        interval_end=as_of,
        most_rejected=MOST_REJECTED,
        **_identity(world, as_of),
        **outputs,
    )


def count_anew(world: World, as_of: datetime, scratch: Path) -> None:
    """Commit the windows that the events committed there change."""
    given = {"snapshot_id": int((scratch / "snapshot_id").read_text()), "windows": dict(world.windows)}
    given |= _identity(world, as_of)
    windows.main(receipts=scratch / "receipts", summary=scratch / "summary", **given)


def _identity(world: World, as_of: datetime) -> dict[str, Any]:
    return {"pipeline": DATASET.name, "version": DATASET.version, "table": dict(world.table), "as_of": as_of}


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
        keys = Counter(receipt.run_key for receipt in receipts(each, DATASET.name))
        wrong += [f"key {key} was committed {number} times" for key, number in keys.items() if number > 1]
    there = [receipt for receipt in receipts(table, DATASET.name) if table.snapshot_by_id(receipt.snapshot_id)]
    return wrong + _untiled([json.loads(receipt.offsets) for receipt in there], begun or {})


def ends_of(world: World) -> Ends:
    """Where the table of events ends, by topic and partition, as its last commit says."""
    told = json.loads(receipts(load_table(open_catalog(), world.table["name"]), DATASET.name)[0].offsets)
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
