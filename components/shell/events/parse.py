"""Values of records as columns of text.

What a value holds is what Python's JSON reader sees in it: of a key that comes twice the last one counts, `NaN` and
`Infinity` are no JSON. The folder `fast` reads most values at once, and sees the same in them.
"""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa

from components.shell.events import switch
from components.shell.events.batch import Values
from components.shell.events.definition import BOOLEAN, ID, STRING, UUID, Field

BROKEN = pa.field("broken", pa.string())
LONGEST = 1 << 20
# The limit keeps both readers clear of the depth of their stacks.
DEEPEST = 500
_BOM = b"\xef\xbb\xbf"
# A longer number is no id and no instant, and is not worth computing with.
_LONGEST_NUMBER = 128
# Possessive, and content with a text that has no end, so that no value takes more than one pass.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def parse(values: Values, fields: Sequence[Field]) -> pa.Table:
    """These fields of each value as columns of text by path, and `broken`: why it is no event's JSON, null where it is.

    A field that is missing is null, like one that is null. A number is its digits, without an exponent; what is neither
    text nor number, or a fraction where an id should be, is an empty text.
    """
    if switch.is_fast():
        from components.shell.events.fast.bulk import at_once

        return at_once(values, fields)
    return one_by_one(values.listed(), fields)


def broken(count: int, fields: Sequence[Field], reason: str) -> pa.Table:
    """The same of so many values of which nothing can be read, for this reason."""
    nothing = {field.path: pa.nulls(count, pa.string()) for field in fields}
    return pa.table({**nothing, BROKEN.name: pa.repeat(pa.scalar(reason), count)})


def one_by_one(values: Sequence[bytes | None], fields: Sequence[Field]) -> pa.Table:
    """The same as `parse`, with a plain look at each value."""
    schema = pa.schema([(field.path, pa.string()) for field in fields]).append(BROKEN)
    return pa.Table.from_pylist([_fields(value, fields) for value in values], schema=schema)


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _fields(value: bytes | None, fields: Sequence[Field]) -> dict[str, str | None]:
    reason, document = _event(value)
    if reason:
        return {"broken": reason}
    values = {field.path: _at(document, field.path) for field in fields}
    for field in fields:
        if field.type == STRING and type(values[field.path]) not in (str, type(None)):
            return {"broken": f"{field.path} is no text"}
    texts = {field.path: _text(field, values[field.path]) for field in fields}
    for path, text in texts.items():
        if text is not None and not _is_unicode(text):
            return {"broken": f"{path} is no Unicode"}
    return texts


def _at(node: Any, path: str) -> Any:
    """What stands at the path; None where there is nothing, or no object on the way."""
    for key in path.split("."):
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _text(field: Field, value: Any) -> str | None:
    """The field as text: a number as it would be written without an exponent; empty where it is neither."""
    if value is None or type(value) is str:
        return value
    if field.type == BOOLEAN and isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, _Number):
        return ""
    text = digits(value)
    return "" if "." in text and field.type in (ID, UUID) else text


def digits(number: str) -> str:
    """The number in digits, such as `1700000000.5`; empty where it has too many of them."""
    value = Decimal(number) if len(number) <= _LONGEST_NUMBER else Decimal(0)
    if abs(value.adjusted()) >= _LONGEST_NUMBER or len(number) > _LONGEST_NUMBER:
        return ""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if value else "0"


def _event(value: bytes | None) -> tuple[str, dict[str, Any]]:
    """Why the value is no JSON object, or the object."""
    if value is None:
        return "no value", {}
    if len(value) > LONGEST:
        return "longer than 1 MiB", {}
    try:
        text = value.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        return "not UTF-8", {}
    if has_many_brackets(value) and _is_deep(value):
        return "nested too deep", {}
    try:
        document = json.loads(text, parse_constant=_refuse, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return "no JSON", {}
    return ("", document) if isinstance(document, dict) else ("no JSON object", {})


def has_many_brackets(value: bytes | bytearray) -> bool:
    """Whether there are enough brackets for a value that is nested too deep."""
    return value.count(b"{") + value.count(b"[") > DEEPEST


def _is_deep(value: bytes) -> bool:
    letters = np.frombuffer(_TEXT.sub(b"", value), np.uint8)
    opens, closes = (np.isin(letters, np.frombuffer(pair, np.uint8)).astype(np.int64) for pair in (b"{[", b"}]"))
    return bool(np.cumsum(opens - closes).max(initial=0) > DEEPEST)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
