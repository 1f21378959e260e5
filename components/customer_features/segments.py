"""Segments: names for ranges of scores, of which a customer has the first that fits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from components.shell.errors import ConfigurationError

OTHERS, NO_PURCHASE = "Others", "No purchase"
# The bounds of R's package rfm 0.3.0, by its manual.
DEFAULT = (
    "Champions R5 F5 M5",
    "Potential Loyalist R3-5 F3-5 M2-5",
    "Loyal Customers R2-4 F2-4 M2-4",
    "Promising R3-4 F1-4 M3-5",
    "New Customers R4-5 F1-3 M1-5",
    "Can't Lose Them R1-2 F3-4 M4-5",
    "At Risk R1-2 F2-5 M4-5",
    "Need Attention R1-3 F3-5 M3-5",
    "About To Sleep R2-3 F1-3 M1-4",
    "Lost R1 F1-5 M1-5",
)
_RANGE = r"(\d)(?:-(\d))?"
_SEGMENT = re.compile(rf"(\S.*?) R{_RANGE} F{_RANGE} M{_RANGE}")


@dataclass(frozen=True)
class Segment:
    """A name, and the least and greatest scores of recency, frequency and money that have it."""

    name: str
    bounds: tuple[tuple[int, int], ...]


def segments_of(texts: Sequence[str], bins: int) -> tuple[Segment, ...]:
    """The segments that are written so; none means the ten of R's rfm, which are for five bins.

    Raises:
        ConfigurationError: one is written in another way, or has scores that there are not.
    """
    return tuple(_segment(text, bins) for text in texts or DEFAULT)


def _segment(text: object, bins: int) -> Segment:
    match = _SEGMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ConfigurationError(f"{text!r} is no segment", 'write "Loyal Customers R2-4 F2-4 M2-4"')
    name, *scores = match.groups()
    bounds = tuple((int(least), int(most or least)) for least, most in zip(scores[::2], scores[1::2], strict=True))
    if any(not 1 <= least <= most <= bins for least, most in bounds):
        raise ConfigurationError(f"segment '{text}' has scores that are not 1 to {bins}", "give segments of your bins")
    return Segment(name, bounds)
