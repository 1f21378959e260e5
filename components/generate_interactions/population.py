"""Who is there and what they can see: users and items with the day of their arrival."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.generate_interactions.config import CATEGORIES, Config
from components.generate_interactions.streams import Purpose, stream

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_QUALITY = (5.0, 2.0)
_MATCH = 3.0


@dataclass(frozen=True)
class Users:
    """Users in order of their sign-up, so that those present on a day are a prefix; the id is the place."""

    signup_day: Ints
    segment: Ints
    category: Ints
    device: Ints
    activity_so_far: Floats

    def present(self, day: int) -> int:
        """How many users have signed up by `day`."""
        return int(np.searchsorted(self.signup_day, day, side="right"))

    def draw(self, rng: np.random.Generator, day: int, rows: int) -> Ints:
        """Users present on `day`, each as often as its segment's activity says."""
        so_far = self.activity_so_far[: self.present(day)]
        return _searched(so_far, rng.random(rows) * so_far[-1])


@dataclass(frozen=True)
class Items:
    """Items in order of their creation; the id is the place. `by_category` lists the ids category by category."""

    creation_day: Ints
    category: Ints
    quality: Floats
    by_category: Ints
    category_start: Ints

    def draw(self, rng: np.random.Generator, day: int, preferred: Ints) -> Ints:
        """One item for each preferred category, by recency * quality * affinity among the items that exist on `day`.

        An item of the preferred category weighs three times its weight. That is a mixture: with some probability the
        draw is among all items by their plain weight, else among those of the category, for the two extra weights.
        """
        so_far = np.concatenate(([0.0], np.cumsum(self._weights(day))))
        low, high = so_far[self.category_start[:-1]], so_far[self.category_start[1:]]
        everything, extra = so_far[-1], (_MATCH - 1) * (high - low)
        own = rng.random(len(preferred)) * (everything + extra)[preferred] >= everything
        start = np.where(own, low[preferred], 0.0)
        width = np.where(own, (high - low)[preferred], everything)
        return self.by_category[_searched(so_far[1:], start + rng.random(len(preferred)) * width)]

    def _weights(self, day: int) -> Floats:
        """Recency * quality of every item in the order of `by_category`; zero for those that do not exist yet."""
        age = day - self.creation_day[self.by_category]
        return np.where(age >= 0, self.quality[self.by_category] / (np.maximum(age, 0) + 1), 0.0)


def _searched(so_far: Floats, points: Floats) -> Ints:
    """Places of the points on a running sum; a place whose own weight is zero is never hit."""
    last = np.searchsorted(so_far, so_far[-1], side="left")
    places: Ints = np.minimum(np.searchsorted(so_far, points, side="right"), last)
    return places


def draw_users(config: Config) -> Users:
    """The users of a config: arrival uniform over the range, segment and device by their shares, category uniform."""
    rng = stream(config.seed, Purpose.USERS)
    shares = [segment.share for segment in config.segments]
    segment = rng.choice(len(shares), size=config.num_users, p=np.array(shares) / sum(shares))
    activity = np.array([kind.activity for kind in config.segments])[segment]
    return Users(
        signup_day=_arrivals(rng, config.num_users, config.days),
        segment=segment,
        category=rng.integers(CATEGORIES, size=config.num_users),
        device=rng.choice(len(config.devices), size=config.num_users, p=np.array(config.devices) / sum(config.devices)),
        activity_so_far=np.cumsum(activity),
    )


def draw_items(config: Config) -> Items:
    """The items of a config: arrival and category uniform, base quality Beta(5, 2)."""
    rng = stream(config.seed, Purpose.ITEMS)
    category = rng.integers(CATEGORIES, size=config.num_items)
    by_category = np.argsort(category, kind="stable")
    return Items(
        creation_day=_arrivals(rng, config.num_items, config.days),
        category=category,
        quality=rng.beta(*_QUALITY, size=config.num_items),
        by_category=by_category,
        category_start=np.searchsorted(category[by_category], np.arange(CATEGORIES + 1)),
    )


def _arrivals(rng: np.random.Generator, count: int, days: int) -> Ints:
    """Days of arrival in ascending order, uniform over the range; the first arrives on the first day."""
    arrivals = np.sort(rng.integers(days, size=count))
    arrivals[0] = 0
    return arrivals
