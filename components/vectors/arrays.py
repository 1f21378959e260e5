"""Columns of vectors as arrays, and arrays as columns."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from components.shell.errors import ContractError

Floats = npt.NDArray[np.float32]


def numbers(column: pa.Array) -> Floats:
    """A column of vectors as an array.

    Raises:
        ContractError: they are of different dimensions.
    """
    flat = np.asarray(column.flatten(), dtype=np.float32)
    if not len(column):
        return np.empty((0, 0), np.float32)
    if len(flat) % len(column) or len(np.unique(np.diff(np.asarray(column.offsets)))) > 1:
        raise ContractError("vectors of several dimensions stand beside each other", "compute all of them anew")
    return flat.reshape(len(column), -1)


def lists(vectors: Floats) -> pa.Array:
    """An array as a column of vectors."""
    offsets: npt.NDArray[np.int32] = np.arange(len(vectors) + 1, dtype=np.int32) * vectors.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(vectors.ravel()))
