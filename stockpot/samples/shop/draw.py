"""Random numbers that depend on what they are for, and on nothing that was drawn before them."""

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_MANTISSA = float(1 << 53)


def hashed(seed: int, purpose: str, *numbers: Numbers | int) -> Bits:
    """64 bits for each row of numbers: splitmix64 (Steele, Lea and Flood, 2014), over one number after the other."""
    state = np.full(1, zlib.crc32(purpose.encode()) * seed % (1 << 64), dtype=np.uint64)
    for number in numbers:
        state = _mixed(state + np.atleast_1d(np.asarray(number, dtype=np.int64)).astype(np.uint64) + _GOLDEN)
    return state


def _mixed(state: Bits) -> Bits:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))


def share(seed: int, purpose: str, *numbers: Numbers | int) -> Shares:
    """A number in [0, 1) for each row of numbers."""
    return np.asarray((hashed(seed, purpose, *numbers) >> np.uint64(11)) / _MANTISSA)


def chance(probability: float, seed: int, purpose: str, *numbers: Numbers | int) -> Flags:
    """Whether it happens, for each row of numbers."""
    return np.asarray(share(seed, purpose, *numbers) < probability)


def below(limit: int | Numbers, at: Shares) -> Numbers:
    """Whole numbers in [0, limit), by numbers in [0, 1)."""
    return np.asarray(at * limit, dtype=np.int64)


def geometric(mean: float, at: Shares) -> Numbers:
    """Whole numbers from 0 with that mean, each less likely than the one before."""
    return np.asarray(np.log1p(-at) / np.log(mean / (1 + mean)), dtype=np.int64)


def pick(weights: Shares, at: Shares) -> Numbers:
    """Indexes drawn with these weights."""
    edges = np.cumsum(weights)
    return np.asarray(np.searchsorted(edges, at * edges[-1], side="right"), dtype=np.int64)


def words(choices: Sequence[str], at: Shares) -> npt.NDArray[np.object_]:
    """One of the words for each number in [0, 1)."""
    return np.asarray(choices, dtype=object)[below(len(choices), at)]
