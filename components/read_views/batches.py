"""Files of views as columns of text with the numbers of their lines, a bounded piece at a time."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from components.read_views.bounded import LONGEST, longest, refuse_many
from components.shell.errors import ContractError
from components.shell.events.batch import Places
from components.shell.events.definition import Field
from components.shell.events.files import blocks, count
from components.shell.events.files import lines as lines_of
from components.shell.events.parse import digits, parse
from components.shell.uuids import as_text, is_uuids

PARQUET = ".parquet"
_ROWS = 131_072
_Piece = tuple[Places, pa.Table]


def lines(path: Path, fields: Sequence[Field]) -> Iterator[_Piece]:
    """The lines of a text file: their numbers, from 1 on, these fields of each as text, and `broken`.

    Blank lines are left out.

    Raises:
        ContractError: the file is damaged.
    """
    first = 1
    for block in blocks(path):
        size = count(block)
        for begin in range(0, size, _ROWS):
            numbers, values = lines_of(block, begin, min(begin + _ROWS, size))
            if len(values):
                yield numbers + first, parse(values, fields)
        first += size


def rows(path: Path, columns: Mapping[str, str], optional: Sequence[str]) -> Iterator[_Piece]:
    """The rows of a Parquet file: their numbers, from 1 on, and its columns as fields of text.

    Args:
        path: The file.
        columns: Which column each field is taken from.
        optional: Columns that may be missing.

    Raises:
        ContractError: it is no Parquet file, a column that is not optional is missing, or one cannot be text; or it
            stands for more than there is room for.
    """
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if missing := [name for name in columns.values() if name not in (*names, *optional)]:
                raise ContractError(f"column {missing[0]} is missing", f"the file has {', '.join(names)}")
            present = {field: name for field, name in columns.items() if name in names}
            refuse_many(file.metadata.num_rows, path.stat().st_size)
            kinds = {name: _kind(file.schema_arrow.field(name).type) for name in present.values()}
        first = 1
        for batch in _batches(path, kinds):
            texts = {field: _text(name, batch.column(name)) for field, name in present.items()}
            yield np.arange(first, first + batch.num_rows), pa.table(texts)
            first += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise ContractError(f"it is no Parquet file: {error}", "put it into the bucket again") from None


def _batches(path: Path, kinds: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    """The columns in batches; a text that is too long for anything a view says is cut, and held once."""
    for name, kind in kinds.items():
        # What cannot be text is refused before anything of it is read.
        _text(name, pa.array([], kind))
    lengths = longest(path, [name for name, kind in kinds.items() if _is_text(kind)])
    long = [name for name, length in lengths.items() if length > LONGEST]
    with pq.ParquetFile(path, read_dictionary=long) as file:
        for batch in file.iter_batches(_ROWS // 8 if long else _ROWS, columns=list(kinds)):
            yield _cut(batch, long)


def _cut(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.RecordBatch:
    for name in columns:
        column = batch.column(name)
        cut = pc.utf8_slice_codeunits(column.dictionary.cast(pa.string()), 0, LONGEST)
        index = batch.schema.get_field_index(name)
        batch = batch.set_column(index, name, pa.DictionaryArray.from_arrays(column.indices, cut))
    return batch


def _kind(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _text(field: str, column: pa.Array) -> pa.Array:
    """The column as a producer of JSON would have written it.

    Raises:
        ContractError: it cannot be an id, or no text.
    """
    kind = _kind(column.type)
    whole = pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0)
    number = pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if pa.types.is_timestamp(kind):
        # Without an offset it means UTC, and so it does with one, which says how it was shown.
        texts = column.cast(pa.int64()).cast(pa.timestamp(kind.unit)).cast(pa.string())
        return pc.binary_join_element_wise(texts, "Z", "") if field == "known_at" else texts
    if is_uuids(kind):
        return as_text(column)
    if whole or _is_text(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if number and not field.endswith("_id"):
        return pa.array([None if value is None else digits(str(value)) for value in column.to_pylist()], pa.string())
    raise ContractError(f"{field} is {kind}", "correct the type of its column")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
