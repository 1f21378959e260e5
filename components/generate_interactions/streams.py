"""Random streams that depend on the seed and on what they are for, never on who draws from them or when."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for; a number once given stays, for it decides what a seed means."""

    USERS = 0
    ITEMS = 1
    CALENDAR = 2
    SLOT = 3


def stream(seed: int, purpose: Purpose, index: int = 0) -> np.random.Generator:
    """The random stream number `index` for a purpose; equal arguments give equal draws, on any machine.

    Streams are children of one root in numpy's SeedSequence, which keeps them independent of one another.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(purpose), index))))
