"""Cuts beside each other: in any order, known better later, and after their receipts have expired."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyiceberg.table import Table as IcebergTable

from components.begin_run.migrate import migrate
from components.begin_run.plan_snapshot import plan
from components.iceberg.coverage import INSTANT, remember
from components.iceberg.cuts import cut_of, held_cuts, load_of, presumed_cuts
from components.iceberg.receipts import Receipt, resolve
from components.shell.errors import ConfigurationError, ContractError, SupersededError
from components.shell.schema import Table
from stockpot.backfill.filling import Filling, arguments, intervals_of
from stockpot.backfill.intervals import Past, State
from stockpot.dataset import Dataset
from stockpot.definition import Schedule
from stockpot.modes import Snapshot
from tests.components.load_iceberg.modes import Cut, cut
from tests.components.load_iceberg.scene import DAY, DEFINITION, EPOCH, NAME, PIPELINE, T0, TABLE, table_now, violations

IDENTITY = (PIPELINE, NAME, "1")


def at(day: int) -> datetime:
    """The cut of a day."""
    return T0 + day * DAY


def forms(table: IcebergTable) -> dict[str, str]:
    """The table's properties, each key, mark and number as one digit."""
    return {key: re.sub(r"\b[0-9a-f]{12,32}\b|\d+", "0", text) for key, text in table.properties.items()}


@pytest.fixture
def loaded(catalog_env: dict[str, str], tmp_path: Path):
    """A function that loads cuts into the table, one after the other."""
    migrate([DEFINITION])
    count = iter(range(1000))

    def load(*cuts: Cut) -> None:
        for each in cuts:
            each.load(each.write(tmp_path / str(next(count))))

    return load


def test_cuts_come_in_any_order_and_better_known_again(loaded) -> None:
    """A gap is filled behind a later cut; what is known later replaces that cut alone, and less known never does."""
    first, second, third = (cut(at(day), at(day)) for day in range(3))
    loaded(third, first)
    loaded(second)
    better = cut(at(1), at(5))
    loaded(better)
    newer = replace(cut(at(0), at(0)), version="2")
    loaded(newer)
    assert violations([*newer.rows, *better.rows, *third.rows]) == []
    for stale in (second, first):
        with pytest.raises(SupersededError, match=f"this run of cut {stale.start:%Y-%m-%dT%H}.* has been overtaken"):
            loaded(stale)
    assert violations([*newer.rows, *better.rows, *third.rows]) == []


def test_a_row_at_another_instant_than_the_cut_is_refused(loaded) -> None:
    """Before it or after it: exit 10, and nothing is in the table."""
    for wrong in (at(0) - INSTANT, at(0) + INSTANT):
        each = cut(at(0), at(0))
        with pytest.raises(ContractError, match=r"lies (before|outside)"):
            loaded(replace(each, rows=(*each.rows, ("x", wrong, 0, None))))
    assert violations([]) == []


def test_expired_cuts_are_told_by_their_rows(loaded) -> None:
    """What is there is not written over with less known, a gap can be filled, and a compaction changes none of it."""
    loaded(*(cut(at(day), at(day)) for day in (0, 1, 3)))
    table = table_now()
    kept = forms(table)
    table.overwrite(table.scan().to_arrow())
    loaded(*(cut(at(day), at(day)) for day in (4, 6)))
    last = table_now().current_snapshot()
    old = [one.snapshot_id for one in table_now().snapshots() if one != last]
    table_now().maintenance.expire_snapshots().by_ids(old).commit()
    table = table_now()
    assert held_cuts(table, "uploaded_at", EPOCH, at(9)) == {at(day) for day in (0, 1, 3, 4, 6)}
    assert [one.interval_start for one in presumed_cuts(table, PIPELINE, "uploaded_at", at(1), at(9))] == [
        at(1), at(3), at(4),
    ]  # fmt: skip
    # Nothing that grows with the cuts is kept beside them.
    assert forms(table) == kept
    with pytest.raises(SupersededError, match="is committed with what was known at"):
        loaded(cut(at(1), at(1)))
    loaded(cut(at(2), at(2)), cut(at(3), at(8)))
    wanted = [(0, 0), (1, 1), (2, 2), (3, 8), (4, 4), (6, 6)]
    assert violations([row for day, known in wanted for row in cut(at(day), at(known)).rows]) == []


def test_a_backfill_fills_the_ticks_that_were_missed(loaded, catalog_env: dict[str, str]) -> None:
    """Each missing cut with the tick it belongs to; the ones that are there are left, or run in a later generation."""
    loaded(*(cut(at(day), at(day)) for day in (0, 1, 3)))
    dataset = Dataset("moderation-training", "1", "", Table.parse(TABLE), Snapshot())
    one = Filling(PIPELINE, Schedule(cron="0 12 * * *"), dataset)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stockpot.backfill.past._attempts", lambda _pipeline: [])
        found = intervals_of(one, (at(0), at(6)), at(4))
    states = [State.DONE, State.DONE, State.MISSING, State.DONE, State.MISSING, State.NOT_DUE]
    assert [(each.start, each.as_of, each.state) for each in found] == [
        (at(day), at(day), state) for day, state in enumerate(states)
    ]
    assert [each.generation for each in found] == [2, 2, 1, 2, 1, 1]
    assert arguments(one, found[2], {}) == ["--as-of", "2026-03-03T12:00:00Z", "--param", "generation=1"]


def test_the_ticks_of_a_day_have_one_cut() -> None:
    """It begins with the day of the zone, and is run with the last tick there was."""
    dataset = Dataset("p", "1", "", Table.parse(TABLE), Snapshot(each="day"))
    one = Filling("p", Schedule(cron="0 */6 * * *"), dataset, {"timezone": "Europe/Berlin"})
    midnights = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((28, 23), (29, 22), (30, 22))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stockpot.backfill.filling.past", lambda *_given: Past(()))
        bounds = datetime(2026, 3, 28, 22, 30, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
        found = intervals_of(one, bounds, datetime(2026, 3, 30, 13, tzinfo=UTC))
    assert [each.start for each in found] == midnights
    ticks = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((29, 18), (30, 12), (31, 0))]
    assert [each.as_of for each in found] == ticks
    assert [each.state for each in found] == [State.MISSING, State.MISSING, State.NOT_DUE]


@pytest.mark.parametrize(
    ("zone", "as_of", "wanted"),
    [
        ("UTC", "2026-03-29T02:00:00+00:00", "2026-03-29T00:00:00+00:00"),
        ("Europe/Berlin", "2026-03-29T02:00:00+00:00", "2026-03-28T23:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25T23:30:00+00:00", "2026-10-25T23:00:00+00:00"),
        ("America/New_York", "2026-03-01T02:00:00+00:00", "2026-02-28T05:00:00+00:00"),
        # Clocks went from midnight to one o'clock: the day began with that instant.
        ("America/Sao_Paulo", "2018-11-04T12:00:00+00:00", "2018-11-04T03:00:00+00:00"),
        # A day without any: the island moved over the date line.
        ("Pacific/Apia", "2011-12-30T12:00:00+00:00", "2011-12-30T10:00:00+00:00"),
    ],
)
def test_a_day_begins_with_its_first_instant(zone: str, as_of: str, wanted: str) -> None:
    """Whatever the clocks do, and never after the run."""
    found = cut_of(datetime.fromisoformat(as_of), "day", zone)
    assert found == datetime.fromisoformat(wanted) <= datetime.fromisoformat(as_of)


@pytest.mark.parametrize("zone", ["Europe/Berlyn", "../etc/passwd", ""])
def test_a_zone_that_is_none_is_told(zone: str) -> None:
    """With exit 11, and one line."""
    with pytest.raises(ConfigurationError, match="is unknown - name one such as Europe/Berlin"):
        cut_of(T0, "day", zone)


def test_a_plan_tells_why() -> None:
    """First, next, filled, replaced, repeated; a future cut, an older definition or less known are refused."""
    day = [load_of(*IDENTITY, at(n), at(n), 1) for n in range(6)]

    def planned(cut: datetime, known: datetime, *committed: Receipt, generation: int = 1, version: str = "1") -> str:
        identity = (PIPELINE, NAME, version)
        return plan(cut, known, at(9), identity, generation, committed).why

    assert planned(at(1), at(1)) == "first"
    assert planned(at(2), at(2), day[1]) == "next"
    assert planned(at(2), at(2), day[3], day[1]) == "filled"
    assert planned(at(3), at(4), day[3], day[1]) == "replaced"
    assert planned(at(3), at(3), day[3], generation=2) == "replaced"
    assert planned(at(3), at(3), day[3], version="1.10") == "replaced"
    assert planned(at(3), at(3), day[5], day[3]) == "repeated"
    with pytest.raises(SupersededError):
        planned(at(3), at(3), load_of(*IDENTITY, at(3), at(4), 1))
    with pytest.raises(SupersededError):
        planned(at(3), at(3), load_of(PIPELINE, NAME, "2", at(3), at(3), 1))
    for wrong, known, generation in ((at(4), at(3), 1), (EPOCH, at(3), 1), (at(3), at(3), 0), (at(10), at(10), 1)):
        with pytest.raises(ConfigurationError):
            planned(wrong, known, generation=generation)


def test_a_short_interval_is_no_cut() -> None:
    """Runs of a schedule that follow each other within a microsecond continue the table, and leave no gap."""
    load = load_of(*IDENTITY, at(1), at(1), 1)
    assert (load.is_cut, replace(load, generation=0).is_cut) == (True, False)


def test_a_thousand_cuts_are_no_burden() -> None:
    """Of them all the table's properties keep as much as of one, and whether a cut may come is seen at once."""
    many = [
        load_of(*IDENTITY, EPOCH + n * timedelta(days=2), EPOCH + n * timedelta(days=2), 1) for n in range(1000, 0, -1)
    ]
    empty = SimpleNamespace(properties={})
    assert remember(empty, PIPELINE, many) == remember(empty, PIPELINE, many[:1])
    begun = time.process_time()
    assert [resolve(many, each) for each in many[::100]] == many[::100]
    assert resolve(many, load_of(*IDENTITY, EPOCH + DAY, EPOCH + DAY, 1)) is None
    assert time.process_time() - begun < 2
