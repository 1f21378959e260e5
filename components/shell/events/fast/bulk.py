"""Whole batches of values read at once: texts that look alike by their places, the others by Arrow's JSON reader.

Where Arrow's stumbles, or might be more lenient than the plain reader, the values in question are left to that one.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from components.shell.events.batch import Mask, Places, Values
from components.shell.events.definition import Field
from components.shell.events.fast.alike import alike
from components.shell.events.parse import BROKEN, DEEPEST, LONGEST, has_many_brackets, one_by_one

_SHORT = 2 * DEEPEST
# A batch with something odd in it is cut into so many pieces, and so is each piece that has it, down to the smallest.
_PIECES, _SMALLEST = 32, 64
# Arrow's reader takes these for numbers, in the places where numbers stand.
_NO_NUMBER = re.compile(rb"[\s:,\[-](?:NaN|Inf)")


def at_once(values: Values, fields: Sequence[Field]) -> pa.Table:
    """The same as `parse.one_by_one`; values with fields that lie deeper than the object itself are left to that."""
    if any("." in field.path for field in fields):
        return one_by_one(values.listed(), fields)
    same, columns = alike(values, [field.path for field in fields])
    table = pa.table({**columns, BROKEN.name: pa.nulls(int(same.sum()), BROKEN.type)})
    if same.all():
        return table
    rest = _parsed(values.isolated(~same), fields)
    return _joined([(same, table), (~same, rest)]) if same.any() else rest


def _parsed(values: Values, fields: Sequence[Field]) -> pa.Table:
    odd = _odd(values)
    if not odd.any():
        return _read(values, fields)
    rest = one_by_one([values[int(row)] for row in np.flatnonzero(odd)], fields)
    return rest if odd.all() else _joined([(~odd, _read(values.isolated(~odd), fields)), (odd, rest)])


def _joined(parts: Sequence[tuple[Mask, pa.Table]]) -> pa.Table:
    """Tables of these rows, with each row in its place."""
    rows = np.concatenate([np.flatnonzero(mask) for mask, _ in parts])
    return pa.concat_tables([table for _, table in parts]).take(pa.array(np.argsort(rows))).combine_chunks()


def _odd(values: Values) -> Mask:
    """Values to be looked at one by one.

    All others begin with a brace, end with one and have no line break: no value can run into the next. With that, as
    many rows as values means that each value is one row: no value can be less than one.
    """
    data, lengths = values.data, values.ends - values.starts
    odd = values.missing | (lengths < 2)  # noqa: PLR2004 - a pair of braces
    odd[~odd] = (data[values.starts[~odd]] != ord("{")) | (data[values.ends[~odd] - 1] != ord("}"))
    for row in np.flatnonzero(lengths > _SHORT):
        odd[row] |= lengths[row] > LONGEST or has_many_brackets(values.text[values.starts[row] : values.ends[row]])
    if values.text.count(b"\n") != len(values):
        odd |= np.bincount(_rows(values, np.flatnonzero(data == ord("\n"))), minlength=len(values)) > 1
    # The plain searches come first: they are many times faster, and nearly always all that is needed.
    if b"\0" in values.text:
        odd[_rows(values, np.flatnonzero(data == 0))] = True
    if b"NaN" in values.text or b"Inf" in values.text:
        places = [match.start() for match in _NO_NUMBER.finditer(values.text)]
        odd[_rows(values, np.array(places, np.int64))] = True
    return odd


def _rows(values: Values, places: Places) -> Places:
    """The values in which these places of the text lie; the line break before a value counts to it."""
    return np.searchsorted(values.starts - 1, places, side="right") - 1


def _read(values: Values, fields: Sequence[Field]) -> pa.Table:
    whole = bulk(values, fields)
    if whole is not None:
        return whole
    count = len(values)
    if count <= _SMALLEST:
        return one_by_one([values[row] for row in range(count)], fields)
    size = max(_SMALLEST, -(-count // _PIECES))
    bounds = [(first, min(first + size, count)) for first in range(0, count, size)]
    return pa.concat_tables([_read(values.part(*bound), fields) for bound in bounds]).combine_chunks()


def bulk(values: Values, fields: Sequence[Field]) -> pa.Table | None:
    """All values read at once, or None where one of them needs a closer look; none of them may be odd."""
    schema = pa.schema([(field.path, pa.string()) for field in fields])
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    reading = pj.ReadOptions(use_threads=False, block_size=len(values.text) + 1)
    try:
        values.text.decode()
        table = pj.read_json(pa.py_buffer(values.text), read_options=reading, parse_options=options)
        table.validate(full=True)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    if table.num_rows != len(values):
        return None
    return table.append_column(BROKEN, pa.nulls(len(values), pa.string())).combine_chunks()
