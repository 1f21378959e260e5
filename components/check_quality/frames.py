"""Parquet in, small pandas frames out, in the few native types that Great Expectations checks without a Python loop."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from components.check_quality.contract import BOOLEAN, INSTANT, NUMBER, TEXT
from components.iceberg import nested
from components.iceberg.misfits import between, floored, ticks_of
from components.shell import datasets
from components.shell.errors import ContractError

CHUNK_ROWS = 262_144
CHUNK_BYTES = 64 * 2**20
_BATCH_ROWS = 16_384
# In nanoseconds.
_MICROSECOND = 1000
_EXACT = 2**53
_NAMES = {
    "int32": "int", "int64": "long", "float": "float", "double": "double", "bool": "boolean", "string": "string",
    "large_string": "string", "string_view": "string", "binary": "binary", "large_binary": "binary",
    "date32[day]": "date", "timestamp[us]": "timestamp", "extension<arrow.uuid>": "uuid",
}  # fmt: skip
_UTC = ("UTC", "Etc/UTC", "+00:00", "Z")


def type_name(kind: pa.DataType) -> str:
    """What a contract calls the Arrow type; Arrow's own name where a contract has none for it."""
    if pa.types.is_dictionary(kind):
        return type_name(kind.value_type)
    if pa.types.is_timestamp(kind) and kind.unit == "us" and kind.tz in _UTC:
        return "timestamptz"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if nested.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name} {type_name(field.type)}' for field in kind)}>"
    return _NAMES.get(str(kind), str(kind))


def family(kind: pa.DataType) -> str:
    """What rules can be held against values of the Arrow type: `number`, `instant`, `boolean`, `text` or `other`."""
    if pa.types.is_dictionary(kind):
        return family(kind.value_type)
    tests = {
        NUMBER: (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
        INSTANT: (pa.types.is_timestamp, pa.types.is_date),
        BOOLEAN: (pa.types.is_boolean,),
        TEXT: (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
    }
    return next((name for name, checks in tests.items() if any(check(kind) for check in checks)), "other")


def is_float(kind: pa.DataType) -> bool:
    """Whether a value of the Arrow type may be NaN."""
    return is_float(kind.value_type) if pa.types.is_dictionary(kind) else bool(pa.types.is_floating(kind))


def agreed_schema(directory: Path) -> pa.Schema:
    """The schema that all files of the dataset share.

    Raises:
        ContractError: the dataset is unfinished, or its files differ.
    """
    first, *others = (pq.read_schema(path) for path in datasets.files(directory))
    if not all(other.equals(first) for other in others):
        raise ContractError(
            f"the files of dataset {directory.name} differ in their columns", "correct the step that wrote them"
        )
    return first


def chunks(directory: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The dataset's rows as tables of at most CHUNK_ROWS rows and about CHUNK_BYTES bytes, one at a time."""
    held: list[pa.RecordBatch] = []
    for batch in datasets.read_batches(directory, columns, _BATCH_ROWS):
        held.append(batch)
        if (
            sum(one.num_rows for one in held) > CHUNK_ROWS - _BATCH_ROWS
            or sum(one.nbytes for one in held) > CHUNK_BYTES
        ):
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def native_frame(table: pa.Table, offset: int, valued: Iterable[str]) -> pd.DataFrame:
    """The table as a frame of native types whose index counts the dataset's rows.

    Numbers become int64, or float64 where there are nulls (a NaN counts as null; numbers beyond float64's stay whole);
    instants microseconds since the epoch; texts categories. Columns outside `valued` are only asked whether they are
    null: they become zeros and NaN, so no long text is ever copied.
    """
    wanted = set(valued)
    frame = {
        name: _values(table[name].combine_chunks()) if name in wanted else _validity(table[name].combine_chunks())
        for name in table.column_names
    }
    return pd.DataFrame(frame, index=pd.RangeIndex(offset, offset + table.num_rows), copy=False)


def _values(array: pa.Array) -> "np.ndarray[Any, Any] | pd.Categorical":
    kind = family(array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if kind == TEXT:
        encoded = array.dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return pd.Categorical.from_codes(codes, categories=pd.Index(encoded.dictionary.to_pandas(), dtype=object))
    if kind == INSTANT:
        array = microseconds(array)
    # What is too large for int64 would wrap round to a negative number.
    whole = kind != NUMBER or (pa.types.is_integer(array.type) and not pa.types.is_uint64(array.type))
    if whole and array.null_count and _beyond_doubles(array):
        return array.cast(pa.int64()).to_pandas(integer_object_nulls=True).to_numpy()
    target = pa.int64() if whole and not array.null_count else pa.float64()
    return array.cast(target, safe=False).to_numpy(zero_copy_only=False)


def _beyond_doubles(array: pa.Array) -> bool:
    """Whether there are whole numbers of which two would be the same double."""
    ends = pc.min_max(array.cast(pa.int64())).as_py()
    return ends["min"] is not None and (ends["min"] < -_EXACT or ends["max"] > _EXACT)


def microseconds(array: pa.Array) -> pa.Array:
    """Whole microseconds from 1970 to each instant or day; the most that int64 counts for what lies beyond."""
    ticks, each = ticks_of(array).cast(pa.int64()), tick_nanoseconds(array.type)
    if each < _MICROSECOND:
        return floored(ticks, _MICROSECOND // each)
    factor = each // _MICROSECOND
    most = (2**63 - 1) // factor
    return pc.multiply(between(ticks, -most, most), factor)


def tick_nanoseconds(kind: pa.DataType) -> int:
    """Nanoseconds in the unit that the instants or days of a type are counted in."""
    if pa.types.is_date32(kind):
        return 86_400 * 10**9
    return {"s": 10**9, "ms": 10**6, "us": _MICROSECOND, "ns": 1}[getattr(kind, "unit", "ms")]


def _validity(array: pa.Array) -> "np.ndarray[Any, Any]":
    missing = pc.is_null(array, nan_is_null=pa.types.is_floating(array.type))
    if not pc.any(missing).as_py():
        return np.zeros(len(array), dtype=np.int8)
    return np.where(missing.to_numpy(zero_copy_only=False), np.nan, 0.0)
