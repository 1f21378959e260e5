"""Arrays as files of NumPy (`.npy`), and sparse ones as SciPy reads them (`.npz`), written while they are read."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from components.shell.counts import counted

Part = npt.NDArray[Any]


@dataclass(frozen=True)
class Whole:
    """An array that comes in parts: its type and shape, and the parts in their order."""

    dtype: str
    shape: tuple[int, ...]
    parts: Iterable[Part]


def write_npy(stream: IO[bytes], array: Whole) -> None:
    """Write the array; a part is in memory at a time.

    Raises:
        ValueError: the parts have more or fewer elements than the shape says.
    """
    header = {"descr": array.dtype, "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(stream, header)
    written = 0
    for part in array.parts:
        stream.write(np.ascontiguousarray(part, array.dtype).tobytes())
        written += part.size
    if written != int(np.prod(array.shape)):
        raise ValueError(f"{counted(written, 'element')} came for the shape {array.shape}")


def write_npz(stream: IO[bytes], arrays: Mapping[str, Whole]) -> None:
    """Write the arrays by their names, uncompressed, as `numpy.savez` does."""
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            # Of one instant, so that the same arrays are the same file.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                write_npy(member, array)


def sparse(shape: tuple[int, int], values: Whole, indices: Whole, ends: Whole) -> dict[str, Whole]:
    """The arrays of a matrix of compressed sparse rows, by the names that `scipy.sparse.load_npz` looks for."""
    return {
        "indices": indices,
        "indptr": Whole(ends.dtype, (shape[0] + 1,), _from_zero(ends)),
        "format": Whole("|S3", (), [np.array(b"csr")]),
        "shape": Whole("<i8", (2,), [np.array(shape)]),
        "data": values,
    }


def _from_zero(ends: Whole) -> Iterator[Part]:
    yield np.zeros(1)
    yield from ends.parts
