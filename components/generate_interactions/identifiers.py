"""Random UUIDs by the million, as Arrow text."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
# Where the 32 digits stand among the 36 characters of a UUID.
_PLACES = np.array([place for place in range(36) if place not in (8, 13, 18, 23)])

Bytes = npt.NDArray[np.uint8]


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


def as_text(identifiers: Bytes) -> pa.Array:
    """The identifiers as 36 characters each, such as `0b9c…-…`, without a Python object per row."""
    rows = len(identifiers)
    text = np.full((rows, 36), ord("-"), dtype=np.uint8)
    digits = np.empty((rows, 32), dtype=np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX[identifiers >> 4], _HEX[identifiers & 0x0F]
    text[:, _PLACES] = digits
    offsets = np.arange(0, 36 * (rows + 1), 36, dtype=np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))
