"""UUIDs as the texts of 36 characters that people know, a whole column at a time."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

BYTES = 16
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
# Where the 32 digits stand among the 36 characters of a UUID.
_DIGITS = np.array([index for index in range(36) if index not in (8, 13, 18, 23)])

Bytes = npt.NDArray[np.uint8]


def is_uuids(kind: pa.DataType) -> bool:
    """Whether a column of the type holds UUIDs: as such, or as 16 bytes, for not all writers of Parquet say more."""
    return bool(kind == pa.uuid() or kind == pa.binary(BYTES))


def as_text(column: pa.Array) -> pa.Array:
    """The UUIDs of a column as texts; nulls stay."""
    stored = column.storage if isinstance(column, pa.ExtensionArray) else column
    known = stored.fill_null(bytes(BYTES))
    raw = np.frombuffer(known.buffers()[1], dtype=np.uint8, count=BYTES * (known.offset + len(known)))
    texts = spelled(raw.reshape(-1, BYTES)[known.offset :])
    return pc.if_else(stored.is_valid(), texts, pa.scalar(None, pa.string())) if stored.null_count else texts


def spelled(identifiers: Bytes) -> pa.Array:
    """Rows of 16 bytes as 36 characters each, such as `0b9c…-…`, without a Python object per row."""
    rows = len(identifiers)
    text = np.full((rows, 36), ord("-"), dtype=np.uint8)
    digits = np.empty((rows, 32), dtype=np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX[identifiers >> 4], _HEX[identifiers & 0x0F]
    text[:, _DIGITS] = digits
    offsets = np.arange(0, 36 * (rows + 1), 36, dtype=np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))
