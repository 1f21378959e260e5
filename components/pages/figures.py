"""Numbers, instants and durations as a reader likes them."""

import math
from datetime import UTC, datetime

NONE = "\N{EN DASH}"

_MINUTE = 60
_TEN_SECONDS = 10
_FOUR_DIGITS = 10_000


def count(value: float | None) -> str:
    """`12,345`, or a dash where there is none."""
    return NONE if value is None else f"{value:,.0f}"


def short(value: float) -> str:
    """`987`, `12.3k`, `4.56M`: at most three digits of what has more than four."""
    for least, unit in ((1_000_000, "M"), (10_000, "k")):
        if abs(value) >= least:
            whole = value / (1_000_000 if unit == "M" else 1_000)
            return f"{whole:.3g}{unit}" if whole < 999.5 else f"{whole:,.0f}{unit}"  # noqa: PLR2004 - four digits
    return number(value)


def number(value: object) -> str:
    """A number with at most four significant digits after the point, anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    is_whole = float(value).is_integer() or abs(value) >= _FOUR_DIGITS
    return f"{value:,.0f}" if is_whole else f"{value:,.4g}"


def share(part: float, whole: float) -> str:
    """`16.8 %`, or a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else NONE


def duration(seconds: float | None) -> str:
    """`0.42 s`, `12.3 s`, `2 min 05 s` or `1 h 02 min`."""
    if seconds is None:
        return NONE
    if seconds < _MINUTE:
        return f"{seconds:.2f} s" if seconds < _TEN_SECONDS else f"{seconds:.1f} s"
    hours, minutes, rest = _on_a_clock(seconds)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def short_duration(seconds: float | None) -> str:
    """`0.42 s`, `12.3 s`, `2m05s` or `1h02m`: six characters, so that no list is wider where things take longer."""
    if seconds is None or seconds < _MINUTE:
        return duration(seconds)
    hours, minutes, rest = _on_a_clock(seconds)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest:02d}s"


def _on_a_clock(seconds: float) -> tuple[int, int, int]:
    minutes, rest = divmod(round(seconds), _MINUTE)
    return *divmod(minutes, _MINUTE), rest


def instant(value: datetime | None) -> str:
    """`2026-01-15 00:00:00 UTC`, or a dash where there is none."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if value else NONE


def short_instant(value: datetime | None) -> str:
    """`2026-01-15` at midnight UTC, else `2026-01-15 06:30`, or a dash where there is none."""
    if value is None:
        return NONE
    text = f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return text.removesuffix(" 00:00")


def nice_step(least: float) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that is not below `least`; 1 where `least` is nothing."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * 0.999999)
