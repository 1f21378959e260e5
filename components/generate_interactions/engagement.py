"""What a user does with an item they are shown: click, like, share, and how long they stay."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.generate_interactions.config import Config
from components.generate_interactions.population import Floats, Ints

_MATCH_BONUS = 1.5
_RECENCY_DAYS = 30
_HIGHEST_CLICK = 0.9
_LIKE_OF_CLICKS = 0.3
_SHARE_OF_CLICKS = 0.1
_MEAN_DWELL_SECONDS = 30.0
LONGEST_DWELL_SECONDS = 300.0

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Engagement:
    """The outcome of every row; without a click nothing else happens."""

    click: Flags
    like: Flags
    share: Flags
    dwell_time: Floats


def click_probability(config: Config, quality: Floats, age_days: Ints, match: Flags, segment: Ints) -> Floats:
    """Quality * category bonus * recency * the segment's engagement, scaled by the config's click rate.

    It is 0.9 at most. Recency is 1 / (1 + age / 30 days).
    """
    engagement = np.array([kind.engagement for kind in config.segments])[segment]
    recency = 1 / (1 + age_days / _RECENCY_DAYS)
    affinity = np.where(match, _MATCH_BONUS, 1.0)
    wanted: Floats = config.click_rate * quality * affinity * recency * engagement
    return np.minimum(wanted, _HIGHEST_CLICK)


def engage(rng: np.random.Generator, probability: Floats, quality: Floats) -> Engagement:
    """Outcomes drawn for rows with the given click probability.

    Of the clicks 30 % become likes; a click is shared with probability 0.1, twice that when liked; dwell time is
    exponential with a mean of 30 s * quality, in hundredths of a second, at most 300 s.
    """
    rows = len(probability)
    click = rng.random(rows) < probability
    like = click & (rng.random(rows) < _LIKE_OF_CLICKS)
    share = click & (rng.random(rows) < _SHARE_OF_CLICKS * (1 + like))
    dwell = np.minimum(rng.exponential(_MEAN_DWELL_SECONDS, rows) * quality, LONGEST_DWELL_SECONDS)
    return Engagement(click, like, share, np.where(click, np.round(dwell, 2), 0.0))
