"""Random UUIDs by the million."""

import numpy as np
import numpy.typing as npt

from components.shell.uuids import Bytes


def draw_identifiers(rng: np.random.Generator, rows: int) -> Bytes:
    """Random UUIDs of version 4 (RFC 9562) as an array of `rows` * 16 bytes."""
    raw = rng.integers(256, size=(rows, 16), dtype=np.uint8)
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    return raw


def order(seconds: npt.NDArray[np.int64], identifiers: Bytes) -> npt.NDArray[np.intp]:
    """The order of the identifiers that sorts them within rows of the same second; `seconds` ascend already.

    The first eight bytes decide; that two rows of one second agree in them does not happen in practice.
    """
    high = np.ascontiguousarray(identifiers[:, :8]).view(">u8").ravel().astype(np.uint64)
    return np.lexsort((high, seconds))
