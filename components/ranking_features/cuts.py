"""Where to cut: pure arithmetic on instants."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from components.feed.splits import SPLITS
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError

Instants = npt.NDArray[np.int64]


def check_shares(shares: Sequence[Any]) -> tuple[float, float, float]:
    """The shares of train, val and test.

    Raises:
        ConfigurationError: they are not three numbers above 0 that sum to 1.
    """
    if len(shares) != len(SPLITS) or any(
        isinstance(share, bool) or not isinstance(share, int | float) for share in shares
    ):
        raise ConfigurationError(f"shares are {list(shares)}", "give three numbers, for train, val and test")
    if min(shares) <= 0 or not math.isclose(sum(shares), 1, abs_tol=1e-9):
        raise ConfigurationError(
            f"shares {list(shares)} sum to {sum(shares):g}", "make each above 0 and all together 1"
        )
    train, val, test = (float(share) for share in shares)
    return train, val, test


def cuts(instants: Instants, shares: tuple[float, float, float]) -> tuple[int, int]:
    """The positions of the first val row and the first test row among rows ordered in time.

    A cut that would fall between rows of the same instant moves back to the first of them, so no instant is shared.

    Raises:
        ContractError: the rows are not ordered, or a split would be empty.
    """
    if (falls := np.flatnonzero(instants[1:] < instants[:-1])).size:
        raise ContractError(f"row {int(falls[0]) + 2} is earlier than the row before it", "order the rows by timestamp")
    targets = (round(len(instants) * shares[0]), round(len(instants) * (shares[0] + shares[1])))
    bounds = [
        int(np.searchsorted(instants, instants[min(position, len(instants) - 1)])) if len(instants) else 0
        for position in targets
    ]
    if not 0 < bounds[0] < bounds[1] < len(instants):
        raise ContractError(
            f"{counted(len(instants), 'row')} cannot be cut into three splits that share no instant", "bring more rows"
        )
    return bounds[0], bounds[1]
