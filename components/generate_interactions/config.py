"""What to generate: the config file, checked key by key."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH
from components.shell.yaml_documents import yaml_documents

_EXAMPLE = "see docs/feed-ranking.md for an example"
_TOP = ("data_generation",)
_REQUIRED = ("num_users", "num_items", "num_interactions", "date_range")
_OPTIONAL = ("seed", "segments", "devices", "click_rate")
DEVICES = ("mobile", "desktop", "tablet")
CATEGORIES = 10
_LONGEST_DAYS = 36_525


@dataclass(frozen=True)
class Segment:
    """A kind of user: its share of all users, how often they come, and how readily they click."""

    name: str
    share: float
    activity: float
    engagement: float = 1.0


SEGMENTS = (Segment("power", 0.1, 100, 1.5), Segment("regular", 0.3, 20, 1.0), Segment("casual", 0.6, 5, 0.7))


@dataclass(frozen=True)
class Config:
    """Everything the generated dataset depends on; days are UTC, `end` is the first day after the range."""

    num_users: int
    num_items: int
    num_interactions: int
    start: date
    end: date
    seed: int = 42
    segments: tuple[Segment, ...] = SEGMENTS
    devices: tuple[float, ...] = (0.6, 0.3, 0.1)
    click_rate: float = 0.25

    @property
    def days(self) -> int:
        """Days in the range."""
        return (self.end - self.start).days


def parse_config(text: str) -> Config:
    """The config in a YAML text with the key `data_generation`.

    Raises:
        ConfigurationError: the text is no such config; the message names the first key that is wrong.
    """
    try:
        documents = yaml_documents(text.encode(errors="surrogateescape"), "the config")
    except ConfigurationError as error:
        raise _wrong(error.message) from None
    value = documents[0] if len(documents) == 1 else None
    section = _mapping(
        _mapping(value, "the config", _TOP, _TOP)["data_generation"], "data_generation", _REQUIRED, _OPTIONAL
    )
    start, end = _date_range(section["date_range"])
    return Config(
        num_users=_count(section, "num_users"),
        num_items=_count(section, "num_items"),
        num_interactions=_count(section, "num_interactions"),
        start=start,
        end=end,
        seed=_count(section, "seed", least=0) if "seed" in section else Config.seed,
        segments=_segments(section["segments"]) if "segments" in section else SEGMENTS,
        devices=_devices(section["devices"]) if "devices" in section else Config.devices,
        click_rate=_number(section, "click_rate", 0, 1) if "click_rate" in section else Config.click_rate,
    )


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError(what, _EXAMPLE)


def _mapping(value: Any, name: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """The value as a mapping that has all required keys and no unknown one."""
    if not isinstance(value, Mapping):
        raise _wrong(f"{name} must be a mapping with the keys {', '.join(required or optional)}")
    known = (*required, *optional)
    for key in value:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            raise _wrong(
                f"{name} has an unknown key '{key}'; "
                + (f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}")
            )
    if missing := next((key for key in required if key not in value), None):
        raise _wrong(f"{name} has no key '{missing}'")
    return value


def _number(section: Mapping[str, Any], key: str, least: float, most: float = math.inf) -> float:
    """The number under `key`, which lies between `least` and `most`."""
    value = section[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most or math.isinf(value):
        bounds = f"of at least {least}" if math.isinf(most) else f"from {least} to {most}"
        raise _wrong(f"{key} is {value!r} and must be a number {bounds}")
    return float(value)


def _count(section: Mapping[str, Any], key: str, least: int = 1) -> int:
    value = _number(section, key, least)
    if value != int(value):
        raise _wrong(f"{key} is {value!r} and must be a whole number")
    return int(section[key])


def _date_range(value: Any) -> tuple[date, date]:
    section = _mapping(value, "date_range", ("start", "end"))
    start, end = _day(section, "start"), _day(section, "end")
    if end <= start:
        raise _wrong(f"date_range is empty: its end {end} is not after its start {start}")
    if (end - start).days > _LONGEST_DAYS:
        raise _wrong(f"date_range is longer than a century: {start} to {end}")
    if start < EPOCH.date():
        raise _wrong(f"date_range begins at {start}, before 1970, from when on the table is filled")
    return start, end


def _day(section: Mapping[str, Any], key: str) -> date:
    try:
        return date.fromisoformat(str(section[key]))
    except ValueError:
        raise _wrong(f"date_range.{key} is '{section[key]}' and must be a day such as 2025-01-01") from None


def _segments(value: Any) -> tuple[Segment, ...]:
    if not isinstance(value, Mapping) or not value:
        raise _wrong("segments must be a mapping of names to share, activity and engagement")
    segments = tuple(_segment(str(name), section) for name, section in value.items())
    _sum_to_one("the shares of segments", [segment.share for segment in segments])
    if not any(segment.share * segment.activity for segment in segments):
        raise _wrong("segments have no activity at all, so nobody could interact")
    return segments


def _segment(name: str, value: Any) -> Segment:
    section = _mapping(value, f"segments.{name}", ("share", "activity"), ("engagement",))
    engagement = _number(section, "engagement", 0) if "engagement" in section else 1.0
    return Segment(name, _number(section, "share", 0, 1), _number(section, "activity", 0), engagement)


def _devices(value: Any) -> tuple[float, ...]:
    section = _mapping(value, "devices", DEVICES)
    shares = tuple(_number(section, name, 0, 1) for name in DEVICES)
    _sum_to_one("the shares of devices", shares)
    return shares


def _sum_to_one(name: str, shares: "list[float] | tuple[float, ...]") -> None:
    if not math.isclose(sum(shares), 1, abs_tol=1e-9):
        raise _wrong(f"{name} sum to {sum(shares):g} and must sum to 1")
