"""Values of records as columns of text.

What a value holds is what Python's JSON reader sees in it: of a key that comes twice the last one counts, `NaN` and
`Infinity` are no JSON. Whole batches go through Arrow's, which is many times faster; where that stumbles, or might be
more lenient, the values in question are read one by one instead.
"""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from components.shell.events.alike import alike
from components.shell.events.batch import Mask, Places, Values

_BROKEN = pa.field("broken", pa.string())
_KIND = "event_type"
_LONGEST = 1 << 20
# The limit keeps both readers clear of the depth of their stacks.
_DEEPEST = 500
_SHORT = 2 * _DEEPEST
_BOM = b"\xef\xbb\xbf"
# A longer number is no id and no instant, and is not worth computing with.
_LONGEST_NUMBER = 128
# A batch with something odd in it is cut into so many pieces, and so is each piece that has it, down to the smallest.
_PIECES, _SMALLEST = 32, 64
# Arrow's reader takes these for numbers, in the places where numbers stand.
_NO_NUMBER = re.compile(rb"[\s:,\[-](?:NaN|Inf)")
# Possessive, and content with a text that has no end, so that no value takes more than one pass.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def parse(values: Values, fields: Sequence[str]) -> pa.Table:
    """These fields of each value as columns of text, and `broken`: why it is no event's JSON, null where it is.

    A field that is missing is null, like one that is null. A number is its digits, without an exponent; what is neither
    text nor number, or a fraction where an id should be, is an empty text.
    """
    same, found = alike(values, fields)
    table = pa.table({**found, _BROKEN.name: pa.nulls(int(same.sum()), _BROKEN.type)})
    if same.all():
        return table
    rest = _parsed(values.isolated(~same), fields)
    return _joined([(same, table), (~same, rest)]) if same.any() else rest


def broken(count: int, fields: Sequence[str], reason: str) -> pa.Table:
    """The same of so many values of which nothing can be read, for this reason."""
    nothing = {name: pa.nulls(count, pa.string()) for name in fields}
    return pa.table({**nothing, _BROKEN.name: pa.repeat(pa.scalar(reason), count)})


def _parsed(values: Values, fields: Sequence[str]) -> pa.Table:
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
        odd[row] |= lengths[row] > _LONGEST or _brackets(values.text[values.starts[row] : values.ends[row]])
    if values.text.count(b"\n") != len(values):
        odd |= np.bincount(_rows(values, np.flatnonzero(data == ord("\n"))), minlength=len(values)) > 1
    # The plain searches come first: they are many times faster, and nearly always all that is needed.
    if b"\0" in values.text:
        odd[_rows(values, np.flatnonzero(data == 0))] = True
    if b"NaN" in values.text or b"Inf" in values.text:
        places = [found.start() for found in _NO_NUMBER.finditer(values.text)]
        odd[_rows(values, np.array(places, np.int64))] = True
    return odd


def _rows(values: Values, places: Places) -> Places:
    """The values in which these places of the text lie; the line break before a value counts to it."""
    return np.searchsorted(values.starts - 1, places, side="right") - 1


def _brackets(value: bytes | bytearray) -> bool:
    """Whether there are enough brackets for a value that is nested too deep."""
    return value.count(b"{") + value.count(b"[") > _DEEPEST


def _is_deep(value: bytes) -> bool:
    letters = np.frombuffer(_TEXT.sub(b"", value), np.uint8)
    opens, closes = (np.isin(letters, np.frombuffer(pair, np.uint8)).astype(np.int64) for pair in (b"{[", b"}]"))
    return bool(np.cumsum(opens - closes).max(initial=0) > _DEEPEST)


def _read(values: Values, fields: Sequence[str]) -> pa.Table:
    whole = bulk(values, fields)
    if whole is not None:
        return whole
    count = len(values)
    if count <= _SMALLEST:
        return one_by_one([values[row] for row in range(count)], fields)
    size = max(_SMALLEST, -(-count // _PIECES))
    bounds = [(first, min(first + size, count)) for first in range(0, count, size)]
    return pa.concat_tables([_read(values.part(*bound), fields) for bound in bounds]).combine_chunks()


def bulk(values: Values, fields: Sequence[str]) -> pa.Table | None:
    """All values read at once, or None where one of them needs a closer look; none of them may be odd."""
    schema = pa.schema([(name, pa.string()) for name in fields])
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
    return table.append_column(_BROKEN, pa.nulls(len(values), pa.string())).combine_chunks()


def one_by_one(values: Sequence[bytes | None], fields: Sequence[str]) -> pa.Table:
    """The same as `parse`, with a plain look at each value."""
    schema = pa.schema([(name, pa.string()) for name in fields]).append(_BROKEN)
    return pa.Table.from_pylist([_fields(value, fields) for value in values], schema=schema)


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _fields(value: bytes | None, fields: Sequence[str]) -> dict[str, str | None]:
    reason, found = _event(value)
    if reason:
        return {"broken": reason}
    if not isinstance(found.get(_KIND), str | None) or isinstance(found.get(_KIND), _Number):
        return {"broken": f"{_KIND} is no text"}
    texts = {name: _text(name, found.get(name)) for name in fields}
    for name, text in texts.items():
        if text is not None and not _is_unicode(text):
            return {"broken": f"{name} is no Unicode"}
    return texts


def _text(name: str, field: Any) -> str | None:
    """The field as text: a number as it would be written without an exponent; empty where it is neither."""
    if field is None or type(field) is str:
        return field
    if not isinstance(field, _Number):
        return ""
    text = digits(field)
    return "" if "." in text and name.endswith("_id") else text


def digits(number: str) -> str:
    """The number in digits, such as `1700000000.5`; empty where it has too many of them."""
    found = Decimal(number) if len(number) <= _LONGEST_NUMBER else Decimal(0)
    if abs(found.adjusted()) >= _LONGEST_NUMBER or len(number) > _LONGEST_NUMBER:
        return ""
    text = f"{found:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if found else "0"


def _event(value: bytes | None) -> tuple[str, dict[str, Any]]:
    """Why the value is no JSON object, or the object."""
    if value is None:
        return "no value", {}
    if len(value) > _LONGEST:
        return "longer than 1 MiB", {}
    try:
        text = value.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        return "not UTF-8", {}
    if _brackets(value) and _is_deep(value):
        return "nested too deep", {}
    try:
        found = json.loads(text, parse_constant=_refuse, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return "no JSON", {}
    return ("", found) if isinstance(found, dict) else ("no JSON object", {})


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
