"""A run that fills two tables, in every order in which two runs may come between each other."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from components.begin_run import interval, snapshot
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.load_iceberg.load import load
from components.shell.datasets import write_dataset
from components.shell.errors import SupersededError
from components.shell.instants import format_instant, parse_instant
from tests.components.load_iceberg.scene import DAY, T0, table_now

MODES: Mapping[str, tuple[ModuleType, Mapping[str, Any], tuple[str, ...], int]] = {
    "interval": (interval, {"label_delay_seconds": 0}, ("views_start", "past", "held"), 0),
    "snapshot": (snapshot, {"each": "day"}, (), 1),
}
HANDED = ("instant", "interval_start", "interval_end", "run_key")
# Two runs of three stages: which of the six turns are the first one's.
ORDERS = list(combinations(range(6), 3))


def definition(name: str) -> dict[str, Any]:
    """A table with an instant and the number of facts that were known."""
    return {"name": name, "columns": ["at timestamptz!", "known long!"], "interval_column": "at"}


@dataclass
class Running:
    """A run in its stages: it begins, commits the table beside, then its own."""

    mode: str
    as_of: datetime
    tables: tuple[str, str]
    place: Path
    begun: dict[str, str] = field(default_factory=dict)

    def stages(self) -> Iterator[None]:
        """Do the next stage at each turn."""
        self._begin()
        yield
        own, beside = self.tables
        self._load(beside)
        yield
        self._load(own)

    def _begin(self) -> None:
        module, given, more, _ = MODES[self.mode]
        self.place.mkdir(parents=True, exist_ok=True)
        paths = {name: self.place / name for name in (*HANDED, "summary", *more)}
        own, beside = map(definition, self.tables)
        about = {"run_id": "", "as_of": format_instant(self.as_of), "pipeline": "p", "version": "1"}
        module.main(table=own, also=[beside], **about, **given, **paths)
        self.begun = {name: paths[name].read_text() for name in HANDED}

    def _load(self, name: str) -> None:
        start, end = parse_instant(self.begun["interval_start"]), parse_instant(self.begun["interval_end"])
        rows = self.place / f"rows-{name}"
        write_dataset(rows, SCHEMA, pa.Table.from_pylist(self.rows(start, end), schema=SCHEMA).to_batches())
        generation = MODES[self.mode][3]
        receipt = Receipt(self.begun["run_key"], "p", start, end, self.as_of, "1", generation=generation)
        load(parse_definition(definition(name)), receipt, rows)

    def rows(self, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """A row a day, or the one of the cut, which says how much was known at the run's instant."""
        if self.mode == "snapshot":
            return [{"at": start, "known": int((self.as_of - T0) / timedelta(hours=1))}]
        return [{"at": at, "known": 0} for at in (T0 + n * DAY for n in range(10)) if start <= at < end]


SCHEMA = pa.schema([pa.field("at", pa.timestamp("us", "UTC")), pa.field("known", pa.int64())])


def turn(stages: Iterator[None]) -> None:
    """Do the run's next stage; one that was overtaken has ended."""
    with suppress(StopIteration, SupersededError):
        next(stages)


def held(name: str) -> list[tuple[Any, ...]]:
    """The rows of a table, in their order."""
    return sorted(tuple(row.values()) for row in table_now(name).scan().to_arrow().to_pylist())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("first", ORDERS[::3])
def test_whoever_comes_between_the_next_run_leaves_both_tables_right(
    mode: str, first: tuple[int, ...], catalog_env: dict[str, str], tmp_path: Path
) -> None:
    """Both tables are those of the later run, once it has ended or been repeated."""
    tables, later = ("kitchen.own", "kitchen.beside"), T0 + timedelta(hours=5 if mode == "snapshot" else 29)
    runs = [Running(mode, as_of, tables, tmp_path / str(as_of)) for as_of in (T0 + timedelta(hours=1), later)]
    stages = [run.stages() for run in runs]
    for number in range(6):
        turn(stages[number not in first])
    for _ in range(2):
        again = runs[1].stages()
        for _ in range(3):
            turn(again)
    own, beside = map(held, tables)
    assert own == beside
    assert own == [tuple(row.values()) for row in runs[1].rows(*span(mode, later))]


def span(mode: str, as_of: datetime) -> tuple[datetime, datetime]:
    """All that runs up to this instant have to fill."""
    cut = as_of.replace(hour=0)
    return (T0, as_of) if mode == "interval" else (cut, cut + timedelta(microseconds=1))


@pytest.mark.parametrize("stopped", [0, 1, 2])
def test_a_run_that_died_is_made_good_by_the_next_tick(
    stopped: int, catalog_env: dict[str, str], tmp_path: Path
) -> None:
    """Wherever it died: the next run fills what its own table lacks, and the table beside is written anew with it."""
    tables, ticks = ("kitchen.own", "kitchen.beside"), [T0 + timedelta(hours=1) + n * DAY for n in range(3)]
    for tick, turns in zip(ticks, (3, stopped, 3), strict=True):
        stages = Running("interval", tick, tables, tmp_path / str(tick)).stages()
        for _ in range(turns):
            turn(stages)
    own, beside = map(held, tables)
    assert own == beside
    assert [at for at, _ in own] == [T0 + n * DAY for n in range(3)]
