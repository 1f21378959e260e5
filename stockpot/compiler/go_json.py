"""Lists and objects in the writing of Go's `json.Marshal`, in which Kubeflow Pipelines and Argo hand them on."""

import json
import re
from decimal import Decimal
from typing import Any

# A text or a number of JSON; within texts nothing else is looked for.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*')
# So that HTML may hold the JSON.
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_SHORTEST, _LONGEST = 1e-6, 1e21

BOOLEANS = {True: ["1", "t", "T", "TRUE", "true", "True"], False: ["0", "f", "F", "FALSE", "false", "False"]}
"""The words that Go's `ParseBool` takes for a truth."""


def go_json(value: Any) -> str:
    """The JSON of a list or an object: compact, keys in order, every number a double.

    Raises:
        ValueError: a number is not finite, which JSON cannot say.

    Source: `floatEncoder` and `HTMLEscape` of Go's `encoding/json`; `PbValueToText` of KFP's `backend/src/v2`.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True, allow_nan=False)
    return _TOKEN.sub(lambda match: _written(match[0]), text)


def decimal(number: float) -> str:
    """All digits of a number and no exponent, as Go's `FormatFloat` writes it by `'f'`."""
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def double(number: float | str) -> float:
    """A number as a double, a whole one as an integer of the digits that Go writes.

    Raises:
        ValueError: it is no number.
        OverflowError: it has no room in a double.
    """
    held = float(number)
    return int(decimal(held)) if held.is_integer() and str(held) != "-0.0" and abs(held) < _LONGEST else held


def _written(token: str) -> str:
    if token.startswith('"'):
        return token.translate(_ESCAPED)
    number = float(token)
    if number == 0 or _SHORTEST <= abs(number) < _LONGEST:
        return decimal(number)
    return repr(number).replace("e-0", "e-")
