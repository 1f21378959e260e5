"""When things happen: the profile of a day, and the slots into which the range is cut."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from components.generate_interactions.config import Config
from components.generate_interactions.population import Floats, Ints, Users
from components.generate_interactions.streams import Purpose, stream
from components.shell.errors import ConfigurationError

DAY = 86_400
# Most traffic lies in a Beta(2, 2) hump that ends at midnight, on weekdays from noon on, at weekends from eight.
_HUMP_FROM_HOUR = (12, 8)
# The rest comes at any hour; without it a feed would have no mornings.
_ROUND_THE_CLOCK = 0.1
_WEEKEND_WEIGHT = 1.2
_ROWS_PER_SLOT = 250_000


@dataclass(frozen=True)
class Slot:
    """A stretch of a day, from second `start` to before second `end`, and how many interactions fall into it."""

    index: int
    day: int
    weekend: bool
    start: int
    end: int
    rows: int


def is_weekend(config: Config) -> npt.NDArray[np.bool_]:
    """Whether each day of the range is a Saturday or a Sunday."""
    return (config.start.weekday() + np.arange(config.days)) % 7 >= 5  # noqa: PLR2004 - Saturday


def profile(*, weekend: bool) -> Floats:
    """The distribution function of the second of the day: 86,401 values from 0 to 1.

    Beta(2, 2) has the distribution function 3x² - 2x³.
    """
    second = np.arange(DAY + 1)
    hump_from = _HUMP_FROM_HOUR[weekend] * 3600
    x = np.clip((second - hump_from) / (DAY - hump_from), 0, 1)
    return _ROUND_THE_CLOCK * second / DAY + (1 - _ROUND_THE_CLOCK) * (3 * x**2 - 2 * x**3)


PROFILES = (profile(weekend=False), profile(weekend=True))


def day_shares(config: Config, users: Users) -> Floats:
    """The share of all interactions expected on each day: the activity of those present, at weekends a fifth more.

    Raises:
        ConfigurationError: no user with any activity ever arrives.
    """
    so_far = np.concatenate(([0.0], users.activity_so_far))
    activity = so_far[np.searchsorted(users.signup_day, np.arange(config.days), side="right")]
    weight = activity * np.where(is_weekend(config), _WEEKEND_WEIGHT, 1.0)
    if not weight.any():
        raise ConfigurationError(
            "all users fell into segments without activity", "raise num_users or the activity of the segments"
        )
    return np.asarray(weight / weight.sum())


def slots(config: Config, users: Users) -> list[Slot]:
    """The slots of the range in time order; their rows add up to the number of interactions.

    How many rows a slot gets is drawn once for all slots, so every slot can then be filled by whoever comes first.
    """
    shares, weekend = day_shares(config, users).tolist(), is_weekend(config).tolist()
    parts = [
        (day, weekend[day], start, end, share)
        for day in range(config.days)
        for start, end, share in _parts(shares[day], PROFILES[weekend[day]], config.num_interactions)
    ]
    chances = np.array([share for *_, share in parts])
    rows = stream(config.seed, Purpose.CALENDAR).multinomial(config.num_interactions, chances / chances.sum())
    return [Slot(index, *part[:4], int(count)) for index, (part, count) in enumerate(zip(parts, rows, strict=True))]


def _parts(share: float, distribution: Floats, interactions: int) -> list[tuple[int, int, float]]:
    """A day as one stretch, or as several of about equal probability where more than 250,000 rows are expected."""
    count = max(1, int(np.ceil(share * interactions / _ROWS_PER_SLOT)))
    edges = np.unique(np.searchsorted(distribution, np.arange(count + 1) / count))
    return [
        (int(start), int(end), share * float(distribution[end] - distribution[start])) for start, end in pairwise(edges)
    ]


def draw_seconds(rng: np.random.Generator, slot: Slot) -> Ints:
    """Seconds of the day for the rows of a slot, in ascending order."""
    distribution = PROFILES[slot.weekend]
    low, high = distribution[slot.start], distribution[slot.end]
    points = low + np.sort(rng.random(slot.rows)) * (high - low)
    seconds = np.searchsorted(distribution, points, side="right") - 1
    inside: Ints = np.clip(seconds, slot.start, slot.end - 1)
    return inside
