"""Unique keys of any number of rows, in eight bytes a row."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from components.check_quality.frames import chunks, is_float
from components.iceberg.misfits import lies_in_years, ticks_of
from components.shell.datasets import read_manifest

_RowNumbers = np.ndarray[Any, np.dtype[np.int64]]
_Digests = np.ndarray[Any, np.dtype[np.uint64]]
# Enough to count and show; beyond it a count of repeated keys is a lower bound.
MOST_CANDIDATES = 1_000_000
# An odd constant (2**64 divided by the golden ratio), so that the order of the columns counts.
_MIX = np.uint64(0x9E3779B97F4A7C15)


def candidates(directory: Path, columns: Sequence[str], most: int = MOST_CANDIDATES) -> tuple[pd.DataFrame, bool]:
    """The rows that may share their key with another row, at most `most` of them, and whether that is all.

    Keys are compared by a 64-bit hash; whoever shares a hash is a candidate, so every repeated key is among them and
    the rare false alarm is sorted out by comparing the keys themselves. A row without a part of its key is like no
    other. The index counts the dataset's rows.
    """
    suspects = _repeated(_all_digests(directory, columns))
    tables: list[pa.Table] = []
    row_numbers: list[_RowNumbers] = []
    taken = offset = 0
    for table, digest in _digests(directory, columns) if len(suspects) else ():
        (rows,) = np.nonzero(np.isin(digest, suspects) & _are_known(table))
        rows = rows[: most + 1 - taken]
        if len(rows):
            tables.append(table.take(pa.array(rows)))
            row_numbers.append(rows + offset)
        taken += len(rows)
        offset += table.num_rows
        if taken > most:
            break
    if not tables:
        return pd.DataFrame(columns=list(columns)), True
    frame = _sayable(pa.concat_tables(tables)).to_pandas(types_mapper=pd.ArrowDtype)
    return frame.set_axis(np.concatenate(row_numbers), axis="index").iloc[:most], taken <= most


def _are_known(table: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether each row has all of its key."""
    known = np.ones(table.num_rows, np.bool_)
    for column in table.columns:
        known &= np.asarray(pc.is_valid(column))
    return known


def _sayable(table: pa.Table) -> pa.Table:
    """The table with whole numbers in place of instants where some lie outside the years that Python has."""
    for index, name in enumerate(table.column_names):
        column = table[name].combine_chunks()
        if not lies_in_years(column):
            table = table.set_column(index, name, ticks_of(column))
    return table


def _all_digests(directory: Path, columns: Sequence[str]) -> _Digests:
    """The hashes of all rows: the only thing that is held as a whole."""
    digests = np.empty(read_manifest(directory).rows, np.uint64)
    start = 0
    for _, digest in _digests(directory, columns):
        digests[start : start + len(digest)] = digest
        start += len(digest)
    return digests


def _digests(directory: Path, columns: Sequence[str]) -> Iterator[tuple[pa.Table, _Digests]]:
    for chunk in chunks(directory, columns):
        table = _known(chunk)
        digest = np.zeros(table.num_rows, np.uint64)
        for name in columns:
            digest = digest * _MIX + _digest(table[name].combine_chunks())
        yield table, digest


def _known(table: pa.Table) -> pa.Table:
    """The table with null in place of NaN."""
    for index, field in enumerate(table.schema):
        if is_float(field.type):
            column = table[field.name].combine_chunks()
            column = column.dictionary_decode() if pa.types.is_dictionary(field.type) else column
            known = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
            table = table.set_column(index, field.name, known)
    return table


def _digest(array: pa.Array) -> _Digests:
    """A hash per value that depends on the value alone, never on its neighbours; nulls share one."""
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    values = pd.util.hash_array(encoded.dictionary.to_numpy(zero_copy_only=False), categorize=False)
    codes = encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    digests: _Digests = np.append(values, np.uint64(0))[codes]
    return digests


def _repeated(digests: _Digests) -> _Digests:
    digests.sort()
    return np.unique(digests[1:][digests[1:] == digests[:-1]])
