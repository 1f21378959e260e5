"""Values of records as columns of text.

What a value holds is what Python's JSON reader sees in it. Whole batches go through Arrow's, which is many times
faster; where that stumbles, or might be more lenient, the piece in question is read value by value instead.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.json as pj

FIELDS = ("event_type", "image_id", "comment_id", "flag_id", "viewed_at", "created_at")
_FIELDS = pa.schema([(name, pa.string()) for name in FIELDS])
_BROKEN = pa.field("broken", pa.string())
_OPTIONS = pj.ParseOptions(explicit_schema=_FIELDS, unexpected_field_behavior="ignore")
_LONGEST = 1 << 20
# An event is flat; its values are text. The limit keeps both readers clear of the depth of their stacks.
_MOST_BRACKETS = 500
_SHORT = 2 * _MOST_BRACKETS
_PIECE = 1024
# Arrow's reader takes these for numbers, in the places where numbers stand.
_NO_NUMBER = re.compile(rb"[\s:,\[-](?:NaN|Inf)")
# Possessive, and content with a text that has no end, so that no value takes more than one pass.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def parse(values: Sequence[bytes | None]) -> pa.Table:
    """The fields of each value as columns of text, and `broken`: why it is no event's JSON, null where it is.

    A field that is missing is null, like one that is null.
    """
    whole = _bulk(values)
    if whole is not None:
        return whole
    if len(values) <= _PIECE:
        return one_by_one(values)
    pieces = [values[start : start + _PIECE] for start in range(0, len(values), _PIECE)]
    return pa.concat_tables([parse(piece) for piece in pieces]).combine_chunks()


def _bulk(values: Sequence[bytes | None]) -> pa.Table | None:
    """All values read at once, or None where one of them needs a closer look."""
    if not values or None in values:
        return None
    text = b"\n".join(values)  # type: ignore[arg-type]
    if not _lines_are_values(text, len(values)) or not _harmless(text, values):
        return None
    reading = pj.ReadOptions(use_threads=False, block_size=len(text) + 1)
    try:
        table = pj.read_json(pa.BufferReader(text), read_options=reading, parse_options=_OPTIONS)
        table.validate(full=True)
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(values):
        return None
    return table.append_column(_BROKEN, pa.nulls(len(values), pa.string()))


def _lines_are_values(text: bytes, count: int) -> bool:
    """Whether no value can run into the next: each begins with a brace, ends with one, and has no line break.

    With that, as many rows as values means that each value is one row: no value can be less than one.
    """
    framed = text.startswith(b"{") and text.endswith(b"}")
    return framed and text.count(b"\n") == count - 1 == text.count(b"}\n{")


def _harmless(text: bytes, values: Sequence[bytes | None]) -> bool:
    """Whether no value is too long or too deep, and there is nothing that Arrow's reader takes and JSON does not."""
    long = [value for value in values if value is not None and len(value) > _SHORT]
    if any(len(value) > _LONGEST or _brackets(value) > _MOST_BRACKETS for value in long):
        return False
    # The plain search comes first: it is many times faster, and nearly always all that is needed.
    if b"\0" in text or ((b"NaN" in text or b"Inf" in text) and _NO_NUMBER.search(text)):
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _brackets(value: bytes) -> int:
    return value.count(b"{") + value.count(b"[")


def one_by_one(values: Sequence[bytes | None]) -> pa.Table:
    """The same as `parse`, with a plain look at each value."""
    rows = [_fields(value) for value in values]
    return pa.Table.from_pylist(rows, schema=_FIELDS.append(_BROKEN))


def _fields(value: bytes | None) -> dict[str, str | None]:
    reason, found = _event(value)
    if reason:
        return {"broken": reason}
    for name in FIELDS:
        field = found.get(name)
        if field is not None and not isinstance(field, str):
            return {"broken": f"{name} is no text"}
        if isinstance(field, str) and not _is_unicode(field):
            return {"broken": f"{name} is no Unicode"}
    return {name: found.get(name) for name in FIELDS}


def _event(value: bytes | None) -> tuple[str, dict[str, Any]]:
    """Why the value is no JSON object, or the object."""
    if value is None:
        return "no value", {}
    if len(value) > _LONGEST:
        return "longer than 1 MiB", {}
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return "not UTF-8", {}
    if _brackets(value) > _MOST_BRACKETS and _brackets(_TEXT.sub(b"", value)) > _MOST_BRACKETS:
        return "nested too deep", {}
    try:
        # Text such as a number of 5,000 digits is no concern of ours, while Python's int refuses it.
        found = json.loads(text, parse_constant=_refuse, parse_int=float)
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
