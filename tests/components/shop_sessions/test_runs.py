"""Runs one after the other, some killed and some twice, are one run over everything; on a real catalog and store."""

import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from components.check_quality import __main__ as check_quality
from components.iceberg.catalog import load_table, open_catalog
from components.maintain_tables import erase
from components.shell import datasets
from components.shell.errors import ContractError, SupersededError
from components.shop_sessions import commit
from components.shop_sessions.funnels import Funnel
from components.shop_sessions.reading import Landed
from components.shop_sessions.rows import COLUMNS
from components.shop_sessions.settings import Settings
from pipelines import erase_gone
from pipelines.events_and_funnels import CONTRACTS
from tests.components.shop_sessions import oracle
from tests.components.shop_sessions.world import Made, Row, World, rows

START = datetime(2026, 1, 10, 22, 30, tzinfo=UTC)
MINUTE, TICK = timedelta(minutes=1), timedelta(minutes=15)
OF_SESSIONS = [each for each in erase_gone.TABLES if each["table"].rpartition(".")[2] in (*COLUMNS, "events")]
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def event(number: int, minutes: float, kind: str = "view", **more: Any) -> Row:
    """An event of customer a, so many minutes after the start."""
    told = {"session_id": None, "customer_id": "a", "article_id": "01", "campaign_id": None, "anonymous_id": None}
    return {**told, "event_id": f"{number:03}", "event_type": kind, "event_time": START + minutes * MINUTE, **more}


def require_same(world: World, as_of: datetime) -> None:
    """Tables are what plain loops make of all events at once."""
    made = [oracle.row(each, as_of, world.told) for each in oracle.sessions(world.source, world.told)]
    expected = sorted(made, key=lambda row: str(row["session_key"]))
    found = sorted(rows("sessions"), key=lambda row: str(row["session_key"]))
    assert [{name: row[name] for name in expected[0]} for row in found] == expected
    ids = [str(row["event_id"]) for row in world.source]
    events = rows("session_events")
    assert sorted(row["event_id"] for row in events) == sorted(ids)
    assert sorted({row["session_key"] for row in events}) == [row["session_key"] for row in expected]
    assert sorted(row["event_id"] for row in rows("events")) == sorted(ids)
    first = [row for row in rows("funnel_daily") if row["step"] == 1]
    assert sum(row["sessions"] for row in first) == sum(row["views"] > 0 for row in expected)
    every = rows("customer_behaviour")
    cuts = {row["cut_at"] for row in every}
    assert len({cut.date() for cut in cuts}) == len(cuts)
    for cut in cuts:
        told = {row["customer_id"]: row for row in every if row["cut_at"] == cut}
        _require_behaviour([row for row in world.source if world.known[str(row["event_id"])] <= cut], told, cut)


def _require_behaviour(events: Sequence[Row], told: dict[str, Row], cut: datetime) -> None:
    """Whoever is known by the cut has all their events, and those of the last day."""
    assert set(told) == {row["customer_id"] for row in events} - {None}
    for customer, row in told.items():
        theirs = [each["event_time"] for each in events if each["customer_id"] == customer]
        assert row["total_events"] == len(theirs)
        assert row["total_events_1d"] == sum(at > cut - timedelta(days=1) for at in theirs)
        assert row["last_event_at"] == max(theirs)


def dies_after(commits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the process end behind so many commits."""
    left, real = [commits], commit.renew

    def renewed(*given: Any) -> Any:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(*given)

    monkeypatch.setattr(commit, "renew", renewed)


def test_late_events_kills_and_twins_leave_what_one_run_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run dies behind its first commit; the next brings a yet earlier event, which moves the session's day."""
    world, as_of = World(Settings(max_session_hours=72)), START + timedelta(hours=26)
    first = [event(1, 1540), event(2, 1545, "cart"), event(3, 800, customer_id="b"), event(4, 10, customer_id=None)]
    world.run(first, as_of)
    require_same(world, as_of)
    # It begins the session on the day of UTC before; nobody commits that but in the first table.
    half = world.compute([event(5, 1515)], as_of + TICK)
    with monkeypatch.context() as patched:
        dies_after(1, patched)
        with pytest.raises(KeyboardInterrupt):
            half.commit()
    # A second attempt meets what the first one has left.
    world.compute([], as_of + TICK)
    # This one begins it on the day before that: no session begins any more on the day that was committed by half.
    world.run([event(100 + number, 1515 - 29 * number, "wishlist") for number in range(1, 51)], as_of + 2 * TICK)
    require_same(world, as_of + 2 * TICK)
    with pytest.raises(SupersededError):
        half.commit()
    # A twin computes the same and commits it a second time; and a tick comes twice.
    twins = [world.compute(new, as_of + 3 * TICK) for new in ([event(7, 1550, "buy")], [])]
    for twin in twins:
        twin.commit()
    world.run([], as_of + 3 * TICK)
    require_same(world, as_of + 3 * TICK)


def test_a_run_may_do_without_the_funnel_that_the_table_knows() -> None:
    """How far sessions came in it is null then; and one event of long ago has a day of its own."""
    world, as_of = World(Settings(funnels=(Funnel("bought", ("view", "buy")),))), START + timedelta(hours=26)
    world.run([event(1, 0), event(2, 5, "buy"), event(3, -60 * 24 * 4000, customer_id="b")], as_of)
    assert {row["shop_steps"] for row in rows("sessions")} == {None}
    assert {row["funnel"] for row in rows("funnel_daily")} == {"bought"}
    require_same(world, as_of)


def test_a_run_that_dies_may_have_been_told_other_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reached further back than the next one, and moved a session to a day on which others begin: these stay."""
    world, as_of = World(), START + timedelta(days=8)
    world.run([event(1, 0, customer_id="x"), event(2, 100, customer_id="y")], as_of)
    world.told = Settings(reopen_days=30)
    half = world.compute([event(3, 80, customer_id="y")], as_of + TICK)
    with monkeypatch.context() as patched:
        dies_after(1, patched)
        with pytest.raises(KeyboardInterrupt):
            half.commit()
    world.told = Settings()
    world.run([], as_of + 2 * TICK)
    require_same(world, as_of + 2 * TICK)


def test_ticks_in_any_order_of_arrival_are_one_run() -> None:
    """Some sixty events of four days, of which each tick finds some, early ones last; the longest chain is cut."""
    by_chance, at = random.Random(3), 0.0
    events = []
    for number in range(60):
        at += by_chance.choice([0, 1, 20, 30, 31, 29, 29, 29, 400])
        events.append(event(number, at, by_chance.choice(["view", "cart", "purchase", "click"]),
                            customer_id=by_chance.choice(["a", "a", "b"])))  # fmt: skip
    events += [event(100 + number, 29 * number, customer_id="kiosk") for number in range(60)]
    by_chance.shuffle(events)
    world, as_of = World(Settings(reopen_days=30)), START + timedelta(days=5)
    world_ticks = [events[:40], events[40:41], [], events[41:]]
    for number, new in enumerate(world_ticks):
        world.run(new, as_of + number * TICK)
    # What was created over a day before the last run is not found by a source without known_at in the pipeline; here
    # the whole source is read each time.
    require_same(world, as_of + 3 * TICK)


def test_an_event_that_the_source_corrects_is_the_same_event(tmp_path: Path) -> None:
    """Within the day it is told by its id, another hour or type notwithstanding; as it landed first, it stays."""
    world, midnight = World(), START.replace(hour=0, minute=0) + timedelta(days=1)
    first, second, moved = -20 * 60, -2 * 60, -10 * 60
    world.run([event(1, first)], midnight - 2 * TICK)
    world.run([event(2, second)], midnight - TICK)
    world.source = [event(1, first, "product_view"), event(2, moved)]
    made = world.run([event(3, moved + 5)], midnight)
    require_promised(made, tmp_path)
    found = sorted((row["event_id"], row["event_type"], row["event_time"]) for row in rows("events"))
    happened = {"001": first, "002": second, "003": moved + 5}
    assert found == [(name, "view", START + at * MINUTE) for name, at in happened.items()]


MIDNIGHT = datetime(2026, 1, 11, tzinfo=UTC)
MOVED = {
    "beyond midnight": (-10, 5, timedelta()),
    "back before midnight": (5, -10, TICK),
    "by a day": (-12 * 3600, 12 * 3600, timedelta(hours=11, minutes=45)),
}


@pytest.mark.parametrize(("landed", "corrected", "first"), MOVED.values(), ids=list(MOVED))
def test_an_event_whose_time_is_corrected_is_the_same_event(
    landed: int, corrected: int, first: timedelta, tmp_path: Path
) -> None:
    """On another day too, in a shop where nothing else happens; as it landed first, it stays."""
    world, second = World(), timedelta(seconds=1)
    world.run([event(17, 0, event_time=MIDNIGHT + landed * second)], MIDNIGHT + first)
    world.source = [event(17, 0, event_time=MIDNIGHT + corrected * second)]
    made = world.run([event(18, 0, event_time=MIDNIGHT + corrected * second)], MIDNIGHT + first + 2 * TICK)
    require_promised(made, tmp_path)
    found = {row["event_id"]: row["event_time"] for row in rows("events")}
    assert found == {"017": MIDNIGHT + landed * second, "018": MIDNIGHT + corrected * second}
    assert len(rows("events")) == len(rows("session_events")) == 2


def snapshots() -> dict[str, int]:
    """How many commits each table has had."""
    catalog = open_catalog()
    return {name: len(load_table(catalog, f"retail.{name}").snapshots()) for name in ("events", *COLUMNS)}


def test_each_day_has_one_cut_of_behaviour() -> None:
    """The first run of a day of UTC makes it, an early event of the day before that comes later is in the next one."""
    world, midnight = World(), START.replace(hour=0, minute=0) + timedelta(days=1)
    runs = [(-TICK, [event(1, 1)]), (timedelta(), [event(2, 80)]), (TICK, [event(3, 85)]), (2 * TICK, [])]
    told = [world.run(new, midnight + after).summary.details for after, new in runs]
    assert ["events_of_guests" in each for each in told] == [True, True, False, False]
    world.run([], midnight + timedelta(days=1, hours=5))
    found = {row["cut_at"]: row["total_events"] for row in rows("customer_behaviour")}
    assert found == {midnight - TICK: 1, midnight: 2, midnight + timedelta(days=1, hours=5): 3}


def test_a_cut_reads_four_columns_of_all_events() -> None:
    """Ids alone would be most of what is read, and are not counted."""
    World().run([event(1, 1)], START + TICK)
    events = load_table(open_catalog(), "retail.events")
    current = events.current_snapshot()
    assert current is not None
    every = Landed(events, current.snapshot_id, (), None, START + TICK).every()
    assert every.scan.schema.names == ["customer_id", "event_type", "event_time", "known_at"]


def test_a_table_of_which_nothing_changes_is_not_committed() -> None:
    """A quiet run leaves the receipt of events and no other; what comes too late moves the receipt of sessions on."""
    world, noon = World(), -10.5 * 60
    as_of = START + (noon + 60) * MINUTE
    world.run([event(1, noon)], as_of)
    world.run([], as_of + TICK)
    before = snapshots()
    for number in range(2, 5):
        world.run([], as_of + number * TICK)
    assert snapshots() == before | {"events": before["events"] + 3}
    made = world.run([event(2, -6 * 1440)], as_of + 5 * TICK)
    assert made.summary.details["too_late"] == 1
    assert world.run([], as_of + 6 * TICK).summary.details["events"] == 0
    assert snapshots() == before | {"events": before["events"] + 5, "sessions": before["sessions"] + 1}
    world.run([event(3, noon + 100)], as_of + 7 * TICK)
    assert {name for name, number in snapshots().items() if number == before[name]} == {"customer_behaviour"}


def test_events_that_nobody_knows_stop_the_run_before_anything_is_derived() -> None:
    """They have landed by then: once they have a name, the next run makes sessions of them."""
    world = World()
    with pytest.raises(ContractError, match="2 of 3 events, new or of the last day, are of no known type"):
        world.run([event(1, 0, "look"), event(2, 1, "look"), event(3, 2)], START + timedelta(hours=1))
    assert rows("sessions") == []
    world.told = Settings(event_types={"look": "view", "view": "view"})
    world.run([], START + timedelta(hours=2))
    assert [row["views"] for row in rows("sessions")] == [3]


def test_events_of_a_clock_that_is_fast_are_judged_too() -> None:
    """They lie behind the run's instant, and so on no last day."""
    world = World(ahead=5 * MINUTE)
    world.run([event(1, 0)], START + TICK)
    with pytest.raises(ContractError, match="3 of 4 events, new or of the last day, are of no known type"):
        world.run([event(number, 31, "look") for number in (2, 3, 4)], START + 2 * TICK)


def test_types_that_are_known_to_be_other_stop_nothing() -> None:
    """A shop may have more of them than of all others."""
    world = World(told=Settings(event_types={"scroll": "other", "view": "view"}))
    world.run([event(1, 0, "scroll"), event(2, 1, "scroll"), event(3, 2)], START + timedelta(hours=1))
    assert [(row["others"], row["views"]) for row in rows("sessions")] == [(2, 1)]
    with pytest.raises(ContractError, match="5 of 9 events, new or of the last day, are of no known type"):
        world.run(
            [*(event(4 + number, 3, "look") for number in range(5)), event(9, 5, "scroll")], START + timedelta(hours=2)
        )


def require_promised(made: Made, to: Path) -> None:
    """What was computed keeps its contracts, by the step that a run holds it to."""
    for name, contract in CONTRACTS.items():
        outputs = {each: to / f"{name}.{each}" for each in ("results", "report", "summary")}
        check_quality.main(rows=made.at / name, contract=contract.document(), as_of=made.as_of, **outputs)


def test_a_session_that_lost_its_first_event_breaks_its_contract(tmp_path: Path) -> None:
    """Its other events are still numbered without a gap."""
    made = World().compute([event(1, 0), event(2, 1), event(3, 2)], START + timedelta(hours=1))
    require_promised(made, tmp_path)
    place = made.at / "session_events"
    kept = [batch.filter(pc.greater(batch["position"], 1)) for batch in datasets.read_batches(place)]
    shutil.rmtree(place)
    datasets.write_dataset(place, kept[0].schema, kept)
    with pytest.raises(ContractError, match="from 1 on, without a gap, but 1 gap"):
        require_promised(made, tmp_path)


def test_events_have_the_category_of_their_time(tmp_path: Path) -> None:
    """The version known by then; the first one where none was; of an article without any, none."""
    kinds = {"article_id": pa.string(), "category_id": pa.string(), "version": pa.int32(),
             "known_at": pa.timestamp("us", "UTC")}  # fmt: skip
    versions = [("01", "shirts", 1, 10.0), ("01", "sale", 2, 20.0), ("02", "hats", 1, 50.0)]
    listed = [dict(zip(kinds, (*row, START + at * MINUTE), strict=True)) for *row, at in versions]
    schema = pa.schema(kinds)
    datasets.write_dataset(tmp_path / "versions", schema, [pa.RecordBatch.from_pylist(listed, schema)])
    world = World(versions=tmp_path / "versions")
    articles = {1: ("01", 5), 2: ("01", 10), 3: ("01", 20), 4: ("02", 21), 5: ("03", 22), 6: (None, 23)}
    as_of = START + timedelta(1)
    made = world.run([event(number, at, article_id=name) for number, (name, at) in articles.items()], as_of)
    require_promised(made, tmp_path)
    found = [row["category_id"] for row in sorted(rows("session_events"), key=lambda row: row["event_id"])]
    assert found == ["shirts", "shirts", "sale", "hats", None, None]
    assert made.summary.details["attributes_from"] == {"versions": 2, "first_known": 2}


def test_a_day_becomes_final_though_nothing_happens_any_more() -> None:
    """Its last session closes before midnight; the first run behind that says so, and nobody comes the day after."""
    world, day = World(), datetime(2026, 1, 10, tzinfo=UTC)
    world.run([event(1, -120)], day + timedelta(hours=21))
    world.run([], day + timedelta(hours=23))
    assert {row["is_final"] for row in rows("funnel_daily")} == {False}
    for number in range(4):
        world.run([], day + timedelta(days=1) + (number + 1) * TICK)
    assert {row["is_final"] for row in rows("funnel_daily")} == {True}


def test_a_session_of_long_ago_is_counted_with_those_of_a_day_that_changes() -> None:
    """A closes four days behind B, whose session began three days before the local day that both are counted on."""
    funnel = Funnel("people", ("view", "buy"), scope="customer", window_minutes=60)
    world = World(Settings(max_session_hours=96, gap_minutes=720, funnels=(funnel,)))
    first = datetime(2026, 1, 2, 20, tzinfo=UTC)
    own = [("click", 0), ("click", 12), ("click", 24), ("click", 36), ("click", 48), ("view", 60), ("buy", 60.5)]
    others = [*(172.5 + 12 * number for number in range(8)), 267.5]
    told = {"session_id": None, "article_id": "01", "campaign_id": None, "anonymous_id": None}
    happened = [("b", *each) for each in own] + [("a", "click", hours) for hours in others]
    events = [{**told, "event_id": f"{number:03}", "customer_id": name, "event_type": kind,
               "event_time": first + timedelta(hours=hours)}
              for number, (name, kind, hours) in enumerate(happened)]  # fmt: skip
    as_of = datetime(2026, 1, 14, 12, tzinfo=UTC)
    world.run(events, as_of)
    before = [row for row in rows("funnel_daily") if row["day"].day == 5]
    assert [row["sessions"] for row in sorted(before, key=lambda row: int(row["step"]))] == [1, 1]
    made = world.run([], as_of + TICK)
    assert made.summary.details["days"] == 1
    assert [row for row in rows("funnel_daily") if row["day"].day == 5] == before


def test_a_session_is_closed_by_a_run_that_is_told_to_wait_less() -> None:
    """It began on a day of which a run of that lateness would have closed all before."""
    world, as_of = World(Settings(lateness_minutes=2880)), datetime(2026, 1, 14, 11, 45, tzinfo=UTC)
    world.run([event(1, 0, event_time=as_of - timedelta(hours=47))], as_of)
    assert [row["is_closed"] for row in rows("sessions")] == [False]
    world.told = Settings()
    world.run([], as_of + TICK)
    assert [row["is_closed"] for row in rows("sessions")] == [True]
    assert {row["is_final"] for row in rows("funnel_daily")} == {True}
    require_same(world, as_of + TICK)


def test_a_day_is_final_by_a_run_that_is_told_to_wait_less() -> None:
    """Its sessions were closed long ago, so that nothing else would have it made anew."""
    world, as_of = World(Settings(lateness_minutes=2880)), datetime(2026, 1, 14, 11, 45, tzinfo=UTC)
    world.run([event(1, 0, event_time=as_of - timedelta(hours=59))], as_of)
    assert {row["is_closed"] for row in rows("sessions")} == {True}
    assert {row["is_final"] for row in rows("funnel_daily")} == {False}
    world.told = Settings()
    world.run([], as_of + TICK)
    assert {row["is_final"] for row in rows("funnel_daily")} == {True}
    require_same(world, as_of + TICK)


def test_what_landed_while_no_sessions_were_made_is_not_too_late() -> None:
    """For five days the events had no known type, and runs stopped behind their landing; then they have one."""
    world = World()
    world.run([event(1, 0)], START + timedelta(hours=1))
    for number in range(1, 6):
        with pytest.raises(ContractError, match="of no known type"):
            world.run([event(1 + number, number * 1440, "look")], START + timedelta(days=number, hours=1))
    world.told = Settings(event_types={"look": "view", "view": "view"})
    made = world.run([], START + timedelta(days=5, hours=2))
    assert made.summary.details["too_late"] == 0
    require_same(world, START + timedelta(days=5, hours=2))


def test_a_customer_who_is_forgotten_leaves_all_tables(tmp_path: Path) -> None:
    """Guests stay, and those who are known; a source without customers forgets nobody; the next run goes on."""
    world, as_of = World(), START + timedelta(hours=2)
    mine = [event(1, 0), event(2, 1, customer_id="b"), event(3, 2, customer_id=None)]
    world.run(mine, as_of)
    schema = pa.schema({"customer_id": pa.string()})
    for name, known in (("transactions", ["b"]), ("customers", [])):
        datasets.write_dataset(tmp_path / name, schema, [pa.RecordBatch.from_pydict({"customer_id": known}, schema)])
    given: dict[str, Any] = {"raw": tmp_path, "tables": OF_SESSIONS, "as_of": "2026-02-01T00:00:00Z", "keep_days": 30,
                             "dry_run": False, "summary": tmp_path / "summary"}  # fmt: skip
    with pytest.raises(ContractError, match="1 of 3 rows of retail"):
        erase.main(**given, most_gone=0.2)
    with pytest.raises(ContractError, match="customers has no rows"):
        erase.main(**given, most_gone=0.5)
    assert len(rows("events")) == 3
    datasets.write_dataset(tmp_path / "customers", schema, [pa.RecordBatch.from_pydict({"customer_id": ["c"]}, schema)])
    erase.main(**given, most_gone=0.5)
    for table in ("events", "sessions", "session_events"):
        assert sorted(row["customer_id"] or "" for row in rows(table)) == ["", "b"]
    assert [row["customer_id"] for row in rows("customer_behaviour")] == ["b"]
    world.source = mine[1:]
    world.run([event(4, 3, customer_id="b")], as_of + TICK)
    require_same(world, as_of + TICK)
