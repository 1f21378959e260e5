"""Whatever becomes of events and ticks, the tables tell the truth; and the original's way does not, under the same."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from kafka.errors import KafkaTimeoutError

from components.consume_events.topics import held
from components.iceberg.catalog import load_table, open_catalog
from components.shell.errors import ContractError, SourceGoneError, SupersededError
from tests.components.event_tables.conftest import administer, make_views_again, remove_views
from tests.components.event_tables.original import METADATA_AGE_MS, Original, Way, interrupted
from tests.components.event_tables.scene import (
    ABORTED,
    HOUR,
    MALFORMED,
    REPEAT,
    T0,
    Sent,
    World,
    happened,
    run,
    wrong_events,
    wrong_windows,
)
from tests.harness.waiting import wait_for

pytestmark = [pytest.mark.xdist_group("event-tables"), pytest.mark.timeout(600)]

Fault = Callable[[World, Way], None]


def on_time(world: World, way: Way) -> None:
    """Three hours of events that are known when they happen, a tick after each."""
    for hour in range(3):
        world.send(happened(300, T0 + hour * HOUR))
        way(world, T0 + (hour + 1) * HOUR)


def hours(world: World, way: Way, change: Callable[[list[Sent], random.Random], list[Sent]]) -> None:
    """Three hours whose records are changed before they are sent, in the order in which the log takes them."""
    chance, waiting = random.Random(5), []
    for hour in range(3):
        waiting += change(happened(400, T0 + hour * HOUR), chance)
        tick = T0 + (hour + 1) * HOUR
        world.send(sorted((one for one in waiting if one.known_at <= tick), key=lambda one: one.known_at))
        waiting = [one for one in waiting if one.known_at > tick]
        way(world, tick)


def repeats(world: World, way: Way) -> None:
    """One in twenty of the comments and flags comes twice, in the same hour or in the next."""

    def change(events: list[Sent], chance: random.Random) -> list[Sent]:
        own = [one for one in events if one.kind != "view"]
        again = chance.sample(own, max(2, len(events) // 20))
        minutes = (timedelta(minutes=chance.randrange(1, 90)) for _ in again)
        return events + [
            replace(one, known_at=one.known_at + later, fate=REPEAT) for one, later in zip(again, minutes, strict=True)
        ]

    hours(world, way, change)


def late(world: World, way: Way) -> None:
    """Some events come up to two days late, and reopen windows that were counted long ago."""
    world.send(happened(200, T0 - 48 * HOUR))
    way(world, T0)

    def change(events: list[Sent], chance: random.Random) -> list[Sent]:
        return [
            replace(one, at=one.at - timedelta(minutes=chance.randrange(2880))) if chance.random() < 0.05 else one
            for one in events
        ]

    hours(world, way, change)


def shuffled(world: World, way: Way) -> None:
    """Events reach the log minutes later, in any order, across the hours."""

    def change(events: list[Sent], chance: random.Random) -> list[Sent]:
        return [replace(one, known_at=one.at + timedelta(seconds=chance.randrange(900))) for one in events]

    hours(world, way, change)


def aborted(world: World, way: Way) -> None:
    """A producer takes a transaction back and sends its records again."""
    for hour in range(2):
        events = happened(200, T0 + hour * HOUR)
        world.send([replace(one, fate=ABORTED) for one in events[:50]], abort=True)
        world.send(events)
        way(world, T0 + (hour + 1) * HOUR)


def partitions_added(world: World, way: Way) -> None:
    """Each topic grows from three partitions to five between two ticks."""
    world.send(happened(200, T0))
    way(world, T0 + HOUR)
    grow(world)
    world.send(happened(200, T0 + HOUR))
    way(world, T0 + 2 * HOUR)


def partitions_added_meanwhile(world: World, way: Way) -> None:
    """Each topic grows from three partitions to five in the middle of the reading."""
    for part in range(6):
        world.send(happened(200, T0 + part * HOUR / 6, HOUR / 6))
    with interrupted(world, way, lambda: grow(world)):
        way(world, T0 + HOUR)
    world.send(happened(200, T0 + HOUR))
    way(world, T0 + 2 * HOUR)


def grow(world: World) -> None:
    """Add two partitions to each topic, and wait until every client may know."""
    administer(world.broker, lambda admin: admin.create_partitions(dict.fromkeys(world.topics, 5)))
    wait_for(lambda: all(len(one.partitions) == 5 for one in held([world.broker.address], world.topics).values()))
    time.sleep(2 * METADATA_AGE_MS / 1000)


def three_missed_ticks(world: World, way: Way) -> None:
    """Nothing runs for three hours, and then the next tick comes."""
    for hour in range(5):
        world.send(happened(100, T0 + hour * HOUR))
        if hour in {0, 4}:
            way(world, T0 + (hour + 1) * HOUR)


def a_double_tick(world: World, way: Way) -> None:
    """The same tick comes twice."""
    world.send(happened(200, T0))
    way(world, T0 + HOUR)
    way(world, T0 + HOUR)


def the_clock_set_back(world: World, way: Way) -> None:
    """The scheduler's clock goes back by half an hour, as in the night when summer time ends, and then on."""
    world.send(happened(200, T0))
    way(world, T0 + HOUR)
    with suppress(SupersededError):
        way(world, T0 + HOUR / 2)
    world.send(happened(200, T0 + HOUR))
    way(world, T0 + 2 * HOUR)


def the_clock_set_forward(world: World, way: Way) -> None:
    """The scheduler's clock jumps an hour, as in the night when summer time begins: one tick is never due."""
    world.send(happened(200, T0))
    way(world, T0 + HOUR)
    world.send([*happened(200, T0 + HOUR), *happened(200, T0 + 2 * HOUR)])
    way(world, T0 + 3 * HOUR)


def a_broker_restarted(world: World, way: Way) -> None:
    """The broker dies in the middle of the reading and comes back two seconds later."""
    for part in range(6):
        world.send(happened(200, T0 + part * HOUR / 6, HOUR / 6))

    back = threading.Timer(2, world.broker.start)

    def event() -> None:
        world.broker.kill()
        back.start()

    with interrupted(world, way, event), suppress(KafkaTimeoutError):
        way(world, T0 + HOUR)
    back.join()


def malformed(world: World, way: Way) -> None:
    """One record in a hundred is no event; each is told of."""
    events = happened(300, T0)
    broken = [replace(one, kind="view", fate=MALFORMED) for one in events[::100]]
    world.send(sorted([*events, *broken], key=lambda one: one.known_at))
    way(world, T0 + HOUR)


FAULTS: list[Fault] = [
    repeats, late, shuffled, aborted, partitions_added_meanwhile, three_missed_ticks, a_double_tick,
    the_clock_set_back, the_clock_set_forward, a_broker_restarted, malformed,
]  # fmt: skip
# Each run of the original asks for the partitions anew: it gets over new ones that come between two runs.
HARMLESS: list[Fault] = [on_time, partitions_added]


def end(world: World) -> list[str]:
    """What is wrong with the windows once all that was sent is known."""
    return wrong_windows(world, max(one.known_at for one in world.sent) + HOUR)


@pytest.mark.turns
@pytest.mark.parametrize("fault", [*HARMLESS, *FAULTS])
def test_the_tables_tell_the_truth(fault: Fault, world: World) -> None:
    """After each fault, rows equal a plain count over what was sent, offsets tile, and every snapshot can be read."""
    fault(world, run)
    assert end(world) == []
    assert wrong_events(world) == []


@pytest.mark.parametrize("fault", HARMLESS)
def test_the_originals_way_is_right_while_nothing_goes_wrong(fault: Fault, world: World) -> None:
    """On time and in order, the harness finds nothing wrong with it."""
    fault(world, Original())
    assert end(world) == []


@pytest.mark.turns
@pytest.mark.parametrize("fault", FAULTS)
def test_the_originals_way_is_wrong_after_each_fault(fault: Fault, world: World) -> None:
    """The harness can tell: under the same fault it finds events missing, counted twice, or dropped in silence."""
    fault(world, Original())
    assert end(world) != []


def test_a_repeated_run_changes_nothing(world: World) -> None:
    """Run again at the same instant, no table gets another snapshot."""
    on_time(world, run)
    tables = [world.table, *world.windows.values()]
    before = [load_table(open_catalog(), each["name"]).metadata_location for each in tables]
    run(world, T0 + 3 * HOUR)
    assert [load_table(open_catalog(), each["name"]).metadata_location for each in tables] == before


def test_what_was_not_yet_known_is_counted_later(world: World) -> None:
    """An event that the log took after as_of is in no window before a run whose as_of lies behind that."""
    world.send([replace(one, known_at=one.at + HOUR) for one in happened(100, T0)])
    for minutes in (30, 60, 75, 120):
        run(world, T0 + timedelta(minutes=minutes))
        assert wrong_windows(world, T0 + timedelta(minutes=minutes)) == []
    assert wrong_events(world) == []


@pytest.mark.parametrize("lost", ["retention", "topic made again"])
def test_lost_history_stops_the_run_and_changes_nothing(lost: str, world: World) -> None:
    """Where retention passed the saved offset or a topic was made again, the run ends with 13 and the tables stay."""
    world.send(happened(100, T0))
    run(world, T0 + HOUR)
    if lost == "retention":
        world.send(happened(100, T0 + HOUR))
        remove_views(world)
        world.sent = world.sent[:100]
    else:
        make_views_again(world)
    with pytest.raises(SourceGoneError) as caught:
        run(world, T0 + 2 * HOUR)
    assert caught.value.exit_code == 13
    assert caught.value.todo
    assert end(world) == []
    assert wrong_events(world) == []


def test_too_many_malformed_records_change_nothing(world: World) -> None:
    """Above the threshold the run ends with 10, and no table has a snapshot."""
    events = happened(100, T0)
    world.send([*events, *(replace(one, kind="view", fate=MALFORMED) for one in events[:20])])
    with pytest.raises(ContractError):
        run(world, T0 + HOUR, consumers=1)
    for each in (world.table, *world.windows.values()):
        assert load_table(open_catalog(), each["name"]).current_snapshot() is None
