"""A scene for each load mode: what is there before, the load that is tried, one that overtakes it, and the oracle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.begin_run.migrate import migrate
from components.begin_run.plan_dataset import Dataset, plan
from components.begin_run.plan_interval import run_key
from components.event_tables.append import append
from components.event_tables.offsets import canonical
from components.event_tables.staged import staged_events
from components.iceberg.commits import Outcome
from components.iceberg.cuts import load_of
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.iceberg.versions import VERSION_COLUMNS
from components.load_iceberg.differing import Rules
from components.load_iceberg.versioning import Load
from components.load_iceberg.versioning import load as load_versions
from components.shell.datasets import write_dataset
from components.shell.keys import key_of
from pipelines.event_aggregation import TABLE as EVENTS_TABLE
from tests.components.load_iceberg.scene import (
    DAY,
    EPOCH,
    NAME,
    PIPELINE,
    SCHEMA,
    T0,
    TABLE,
    Job,
    job,
    table_now,
    violations,
)

Rows = Sequence[tuple[Any, ...]]
EVENTS = EVENTS_TABLE.document()
Scores = Mapping[str, float | None]


class Whole(Job):
    """A load that replaces the whole table."""

    @property
    def receipt(self) -> Receipt:
        """What the load is asked to commit."""
        found = plan(self.end, self.end, Dataset(PIPELINE, NAME, self.version, "postgres", {}), ())
        return Receipt(found.run_key, PIPELINE, found.start, found.end, self.end, self.version)


class Cut(Job):
    """A load of one cut, `start`, with what was known at `end`."""

    @property
    def receipt(self) -> Receipt:
        """What the load is asked to commit."""
        return load_of(PIPELINE, NAME, self.version, self.start, self.end, 1)


@dataclass(frozen=True)
class Share:
    """Events of a topic from one offset to another, known at `end`."""

    first: int
    last: int
    end: datetime
    name: str = EVENTS["name"]

    @property
    def rows(self) -> Rows:
        """The events, one an offset."""
        return [("views", 0, at, "view", None, f"i{at}", T0 + at * DAY, T0 + at * DAY) for at in range(*self.span)]

    @property
    def span(self) -> tuple[int, int]:
        """The offsets, half-open."""
        return self.first, self.last

    @property
    def receipt(self) -> Receipt:
        """What the load is asked to commit, but for its rows."""
        offsets = canonical({"views": {"partitions": {"0": {"start": self.first, "end": self.last}}}})
        return Receipt(key_of(offsets), PIPELINE, EPOCH, self.end, self.end, "1", len(self.rows), offsets=offsets)

    @property
    def table(self) -> pa.Table:
        """The rows as Arrow, as the table has them."""
        return self._events().append_column("loaded_as_of", pa.repeat(pa.scalar(self.end, INSTANT), len(self.rows)))

    def _events(self) -> pa.Table:
        rows = [dict(zip(EVENT_SCHEMA.names, row, strict=True)) for row in self.rows]
        return pa.Table.from_pylist(rows, EVENT_SCHEMA)

    def write(self, directory: Path) -> Path:
        """Write the events as a dataset, as the step before would."""
        write_dataset(directory, EVENT_SCHEMA, self._events().to_batches())
        return directory

    def load(self, directory: Path) -> Outcome:
        """Stage and commit the events in `directory`, as two steps do."""
        receipt = self.receipt
        staged = staged_events(table_now(self.name), receipt.run_key, self.end, directory)
        attempt = key_of(staged.manifest, 12)
        definition = replace(parse_definition(EVENTS), name=self.name)
        return append(definition, replace(receipt, attempt=attempt), [staged.manifest])


INSTANT = pa.timestamp("us", "UTC")
VERSIONED = ("image_id", "score", "version", "known_at", "valid_from", "valid_to", "is_deleted")
EVENT_SCHEMA = pa.schema(
    {
        "topic": pa.string(),
        "partition": pa.int32(),
        "offset": pa.int64(),
        "event_type": pa.string(),
        "event_id": pa.string(),
        "image_id": pa.string(),
        "event_time": INSTANT,
        "known_at": INSTANT,
    }
)


VERSIONS_NAME = "moderation.versions"
VERSIONS: dict[str, Any] = {
    "name": VERSIONS_NAME,
    "columns": ["image_id string!", "score double", *VERSION_COLUMNS],
    "partition": {"image_id": "bucket[3]"},
}
STATE_SCHEMA = pa.schema({"image_id": pa.string(), "score": pa.float64()})


@dataclass(frozen=True)
class State:
    """What there was at `end`: the score of each image; `start` is the instant of the run before."""

    start: datetime
    end: datetime
    scores: Scores
    name: str = VERSIONS_NAME
    version: str = "1"

    @property
    def receipt(self) -> Receipt:
        """What the load is asked to commit."""
        key = run_key(PIPELINE, VERSIONS_NAME, self.version, self.start, self.end)
        return Receipt(key, PIPELINE, self.start, self.end, self.end, self.version)

    @property
    def table(self) -> pa.Table:
        """The state as a naive writer would add it: as first versions."""
        rows = [
            {"image_id": image, "score": score, "version": 1, "known_at": self.end, "valid_from": self.end,
             "valid_to": None, "is_deleted": False}
            for image, score in self.scores.items()
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, table_now(self.name).schema().as_arrow())

    def write(self, directory: Path) -> Path:
        """Write the state as a dataset, as the step before would."""
        rows = [{"image_id": image, "score": score} for image, score in self.scores.items()]
        write_dataset(directory, STATE_SCHEMA, pa.Table.from_pylist(rows, STATE_SCHEMA).to_batches())
        return directory

    def load(self, directory: Path) -> Outcome:
        """Load the dataset in `directory` in this process."""
        definition = replace(parse_definition(VERSIONS), name=self.name)
        return load_versions(Load(definition, self.receipt, Rules(("image_id",), ("score",))), directory)


@dataclass(frozen=True)
class Case:
    """A mode's table with what is in it, the load that is tried, and one that wins over it when it comes first.

    `held` is what the table has once the load has come, and `newer_held` once the other has.
    """

    table: Mapping[str, Any]
    before: Sequence[Any]
    load: Any
    newer: Any
    held: Rows
    newer_held: Rows
    columns: Sequence[str] = tuple(SCHEMA.names)

    def fill(self, directory: Path) -> None:
        """Make the table, with what is there before."""
        migrate([parse_definition(self.table)])
        for number, each in enumerate(self.before):
            each.load(each.write(directory / f"before-{number}"))

    def wrong(self, load: Any) -> list[str]:
        """What is wrong with the table of the load, once that has come."""
        return violations(self.held, load.name, columns=self.columns)

    def wrong_since(self, newer: Any) -> list[str]:
        """What is wrong with the table, once the newer load has come."""
        return violations(self.newer_held, newer.name, columns=self.columns)


def whole(end: datetime) -> Whole:
    """A table of six rows that all lie before `end`."""
    return Whole(EPOCH, end, job(EPOCH, end).rows)


def cut(at: datetime, known: datetime) -> Cut:
    """Six rows that carry one cut, as they were known then."""
    return Cut(at, known, tuple((f"{known:%d}-{number}", at, number, number / 4) for number in range(6)))


def cases() -> dict[str, Case]:
    """The case of each mode."""
    first, then, again = job(EPOCH, T0), job(T0, T0 + DAY), job(T0, T0 + DAY, version="2")
    third, cuts = job(T0, T0 + DAY, version="3"), [cut(T0 + n * DAY, T0 + n * DAY) for n in (0, 1)]
    anew, better = cut(T0 + DAY, T0 + 2 * DAY), cut(T0 + DAY, T0 + 3 * DAY)
    wholes, shares = [whole(T0 + n * DAY) for n in range(3)], [Share(0, 6, T0), Share(6, 12, T0 + DAY)]
    more = Share(6, 18, T0 + 2 * DAY)
    events = [row for one in shares for row in one.rows]
    kept = ({"a": 1.0, "b": 2.0, "c": None}, {"a": 1.0, "b": 3.0, "d": 4.0}, {"a": 9.0, "b": 2.0, "c": None})
    states = [State(EPOCH if n == 0 else T0 + (n - 1) * DAY, T0 + n * DAY, one) for n, one in enumerate(kept)]
    # The newest is planned before the one in the middle comes, or fails.
    states[2] = replace(states[2], start=T0)
    t1, t2 = states[1].end, states[2].end
    after = [
        ("a", 1.0, 1, T0, T0, None, False),
        ("b", 2.0, 1, T0, T0, t1, False),
        ("b", 3.0, 2, t1, t1, None, False),
        ("c", None, 1, T0, T0, t1, False),
        ("c", None, 2, t1, t1, None, True),
        ("d", 4.0, 1, t1, t1, None, False),
    ]
    since = [
        ("a", 1.0, 1, T0, T0, t2, False),
        ("a", 9.0, 2, t2, t2, None, False),
        ("b", 2.0, 1, T0, T0, None, False),
        ("c", None, 1, T0, T0, None, False),
    ]
    return {
        "IncrementalByTime": Case(
            TABLE, [first, then], again, third, [*first.rows, *again.rows], [*first.rows, *third.rows]
        ),
        "FullRefresh": Case(TABLE, wholes[:1], wholes[1], wholes[2], wholes[1].rows, wholes[2].rows),
        "Snapshot": Case(TABLE, cuts, anew, better, [*cuts[0].rows, *anew.rows], [*cuts[0].rows, *better.rows]),
        "Versioned": Case(VERSIONS, states[:1], states[1], states[2], after, since, VERSIONED),
        "AppendStream": Case(
            EVENTS, shares[:1], shares[1], more, events, [*shares[0].rows, *more.rows], EVENT_SCHEMA.names
        ),
    }
