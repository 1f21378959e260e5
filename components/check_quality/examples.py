"""Values that break a rule, as a person may see them: short, and instants as instants."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from components.check_quality.contract import INSTANT, Rule
from components.shell.counts import counted
from components.shell.instants import EPOCH, format_instant

LONGEST = 40


def shown(rule: Rule, values: Sequence[Any]) -> tuple[str, ...]:
    """The values as texts; a rule about nulls has none to show."""
    if rule.kind == "not_null":
        return ()
    return tuple(_instant(value) if rule.family == INSTANT else _text(value) for value in values)


def _instant(value: float) -> str:
    try:
        return format_instant(EPOCH + timedelta(microseconds=int(value)))
    except OverflowError:
        return f"{counted(int(value), 'microsecond')} after 1970"


def _moment(value: datetime) -> str:
    """The instant; one without a zone as if it were in UTC."""
    try:
        return format_instant(value if value.tzinfo else value.replace(tzinfo=UTC))
    except NotImplementedError:
        # What pandas says of those that Python cannot count.
        return "an instant outside the years 1 to 9999"


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_text(one)}" for name, one in value.items())
    if isinstance(value, datetime) and not pd.isna(value):
        return _moment(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return short(str(value))


def short(value: str, longest: int = LONGEST) -> str:
    """The text on one line, cut where it is long."""
    text = " ".join(value.split())
    return text if len(text) <= longest else f"{text[:longest]}… ({counted(len(text), 'character')})"
