"""Records in columns, with their values side by side in one buffer: no object per record."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]
_BREAK, _BLANK = 10, 32
# Between values of a topic there are a dozen bytes; where values were left out there can be megabytes.
_LONG = 1000


@dataclass(frozen=True)
class Values:
    """Values of records: value i is `text[starts[i]:ends[i]]`, or none where `missing[i]`.

    They stand in order, with anything between them; before each value there is a byte that belongs to none.
    """

    text: bytearray
    starts: Places
    ends: Places
    missing: Mask

    def __len__(self) -> int:
        """How many values there are."""
        return len(self.starts)

    def __getitem__(self, row: int) -> bytes | None:
        """The value of this row, or None."""
        return None if self.missing[row] else bytes(self.text[self.starts[row] : self.ends[row]])

    def listed(self) -> list[bytes | None]:
        """All values."""
        return [self[row] for row in range(len(self))]

    @property
    def data(self) -> NDArray[np.uint8]:
        """The text as numbers."""
        return np.frombuffer(self.text, np.uint8)

    def part(self, first: int, last: int) -> "Values":
        """Values `first` up to but not including `last`."""
        begin = int(self.ends[first - 1]) if first else 0
        rows = slice(first, last)
        text = self.text[begin : int(self.ends[last - 1])]
        return Values(text, self.starts[rows] - begin, self.ends[rows] - begin, self.missing[rows])

    def isolated(self, rows: Mask) -> "Values":
        """The values of these rows; between them is nothing but white space, one line break just before each."""
        text, starts, ends = bytearray(self.text), self.starts[rows], self.ends[rows]
        data = np.frombuffer(text, np.uint8)
        begins = np.concatenate([np.zeros(1, np.int64), ends])
        lengths = np.concatenate([starts, [len(text)]]) - begins
        long = lengths > _LONG
        for begin, length in zip(begins[long], lengths[long], strict=True):
            data[begin : begin + length] = _BLANK
        begins, lengths = begins[~long], lengths[~long]
        first = np.cumsum(lengths) - lengths
        data[np.arange(int(lengths.sum())) + np.repeat(begins - first, lengths)] = _BLANK
        data[starts - 1] = _BREAK
        return Values(text, starts, ends, self.missing[rows])


def listed(values: Sequence[bytes | None]) -> Values:
    """The values of a list."""
    lengths = np.array([0 if value is None else len(value) for value in values], np.int64)
    ends = np.cumsum(lengths + 1)
    missing = np.array([value is None for value in values], np.bool_)
    text = bytearray(b"".join(part for value in values for part in (b"\n", value or b"")))
    return Values(text, ends - lengths, ends, missing)


@dataclass(frozen=True)
class Batch:
    """Records of one topic, column by column; times are in milliseconds, or None where the source keeps none.

    `unreadable` says why nothing of these records can be read; their values tell of them then.
    """

    topic: str
    partitions: NDArray[np.int32]
    offsets: Places
    times: Places | None
    values: Values
    unreadable: str = ""

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.offsets)
