"""Interactions from a config: slot by slot, each from its own random stream, in time order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa

from components.generate_interactions.calendar import DAY, Slot, draw_seconds, slots
from components.generate_interactions.config import DEVICES, Config
from components.generate_interactions.engagement import Engagement, click_probability, engage
from components.generate_interactions.identifiers import draw_identifiers, order
from components.generate_interactions.ordered import ordered_map
from components.generate_interactions.population import Ints, Items, Users, draw_items, draw_users
from components.generate_interactions.schemas import INTERACTIONS, ITEMS, TIME_OF_DAY_OF_HOUR, TIMES_OF_DAY, USERS
from components.generate_interactions.streams import Purpose, stream
from components.shell.uuids import spelled

_KEEPS_DEVICE = 0.8
_ROWS_PER_BATCH = 250_000
_MICROSECONDS = 1_000_000
_TIME_OF_DAY = np.array(TIME_OF_DAY_OF_HOUR)


@dataclass(frozen=True)
class World:
    """Everything that every slot draws from."""

    config: Config
    users: Users
    items: Items


def draw_world(config: Config) -> World:
    """The users and items of a config."""
    return World(config, draw_users(config), draw_items(config))


def interactions(world: World, workers: int = 2) -> Iterator[pa.RecordBatch]:
    """All interactions of a config as batches of about 250,000 rows, ordered by timestamp and interaction id.

    The rows depend on the config alone. `workers` threads fill batches ahead of the reader, a few at a time, so memory
    stays bounded however many rows there are.
    """
    return ordered_map(lambda group: _batch(world, group), _groups(slots(world.config, world.users)), workers)


def _groups(all_slots: Sequence[Slot]) -> Iterator[list[Slot]]:
    """Neighbouring slots, together until they hold enough rows for a batch; slots without rows are left out."""
    group: list[Slot] = []
    for slot in all_slots:
        if slot.rows:
            group.append(slot)
        if sum(member.rows for member in group) >= _ROWS_PER_BATCH:
            yield group
            group = []
    if group:
        yield group


def _batch(world: World, group: Sequence[Slot]) -> pa.RecordBatch:
    """The rows of neighbouring slots as one batch."""
    return pa.Table.from_batches([fill(world, slot) for slot in group]).combine_chunks().to_batches()[0]


def fill(world: World, slot: Slot) -> pa.RecordBatch:
    """The rows of one slot, from the slot's own random stream."""
    rng = stream(world.config.seed, Purpose.SLOT, slot.index)
    user = world.users.draw(rng, slot.day, slot.rows)
    item = world.items.draw(rng, slot.day, world.users.category[user])
    outcome = _outcome(rng, world, slot.day, user, item)
    keeps, other = rng.random(slot.rows) < _KEEPS_DEVICE, rng.integers(len(DEVICES), size=slot.rows)
    columns = {
        **_when(rng, world.config, slot),
        "user_id": user,
        "item_id": item,
        "click": outcome.click.astype(np.int32),
        "like": outcome.like.astype(np.int32),
        "share": outcome.share.astype(np.int32),
        "dwell_time": outcome.dwell_time,
        "device": _named(np.where(keeps, world.users.device[user], other), DEVICES),
    }
    return pa.RecordBatch.from_pydict(columns, schema=INTERACTIONS)


def _outcome(rng: np.random.Generator, world: World, day: int, user: Ints, item: Ints) -> Engagement:
    users, items = world.users, world.items
    match = items.category[item] == users.category[user]
    age = day - items.creation_day[item]
    return engage(
        rng, click_probability(world.config, items.quality[item], age, match, users.segment[user]), items.quality[item]
    )


def _when(rng: np.random.Generator, config: Config, slot: Slot) -> dict[str, Any]:
    """The columns that say which interaction and when, in the order of both."""
    seconds, identifiers = draw_seconds(rng, slot), draw_identifiers(rng, slot.rows)
    weekday = (config.start.weekday() + slot.day) % 7
    return {
        "interaction_id": spelled(identifiers[order(seconds, identifiers)]),
        "timestamp": _instants(_microseconds(config, slot.day) + seconds * _MICROSECONDS),
        "time_of_day": _named(_TIME_OF_DAY[seconds // 3600], TIMES_OF_DAY),
        "day_of_week": np.full(slot.rows, weekday, dtype=np.int32),
    }


def users_table(world: World) -> pa.RecordBatch:
    """The users of a world, in order of their sign-up."""
    config, users = world.config, world.users
    columns = [
        pa.array(np.arange(config.num_users)),
        _named(users.segment, [segment.name for segment in config.segments]),
        _instants(_microseconds(config, users.signup_day)),
        pa.array(users.category).cast(pa.int32()),
        _named(users.device, DEVICES),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=USERS)


def items_table(world: World) -> pa.RecordBatch:
    """The items of a world, in order of their creation."""
    config, items = world.config, world.items
    columns = [
        pa.array(np.arange(config.num_items)),
        pa.array(items.category).cast(pa.int32()),
        _instants(_microseconds(config, items.creation_day)),
        pa.array(items.quality),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=ITEMS)


def _microseconds(config: Config, day: "Ints | int") -> Any:
    """Midnight of days of the range, as microseconds since 1970."""
    start = datetime.combine(config.start, time(), UTC)
    return (int(start.timestamp()) + day * DAY) * _MICROSECONDS


def _instants(microseconds: Ints) -> pa.Array:
    return pa.array(microseconds).cast(pa.timestamp("us", tz="UTC"))


def _named(places: Ints, names: Sequence[str]) -> pa.Array:
    """The name at each place, as text."""
    return pa.array(names).take(pa.array(places))
