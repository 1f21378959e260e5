"""Small configs and what they generate."""

from datetime import date
from typing import Any

import pyarrow as pa

from components.generate_interactions.config import Config
from components.generate_interactions.generate import World, draw_world, interactions

SEEDS = (1, 7, 2026)


def config(**changes: Any) -> Config:
    """A config of moderate size over 120 days, with changes."""
    usual = {"num_users": 2_000, "num_items": 4_000, "num_interactions": 100_000, "seed": 1}
    return Config(**{**usual, "start": date(2025, 1, 1), "end": date(2025, 5, 1), **changes})


def generated(world: World, workers: int = 2) -> pa.Table:
    """All interactions of a world."""
    return pa.Table.from_batches(interactions(world, workers))


def world(**changes: Any) -> World:
    """The world of a config with changes."""
    return draw_world(config(**changes))
