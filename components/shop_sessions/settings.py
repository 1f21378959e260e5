"""The settings of a run, checked when they are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from components.retail.kinds import EVENT_TYPES, KINDS
from components.shell.bounds import require_within
from components.shell.errors import ConfigurationError
from components.shell.instants import zone_of
from components.shell.projection import near
from components.shop_sessions.funnels import SHOP, Funnel

GAP, GIVEN_THEN_GAP, GIVEN = "gap", "given_then_gap", "given"
MODES = (GAP, GIVEN_THEN_GAP, GIVEN)
OTHER = "other"
"""The kind of an event whose type is known to be none of the others, or not known."""
_DAY_HOURS = 24
LONGEST_HOURS = 31 * _DAY_HOURS
"""What lasts longer is no visit. Each new event has up to four times as many hours on either side of it read again."""
_BOUNDS = {
    "max_session_hours": (_DAY_HOURS, LONGEST_HOURS),
    "gap_minutes": (1, 60 * LONGEST_HOURS),
    # Until then sessions stay open, and nobody trains on them.
    "lateness_minutes": (0, 60 * LONGEST_HOURS),
    # Events from before 2000 do not land, so a century reaches all there are.
    "reopen_days": (1, 36_525),
    # The table counts the events of a session in an int.
    "max_session_events": (1, 2**31 - 1),
}
"""What each number may be, from and to."""


@dataclass(frozen=True)
class Settings:
    """The parameters of the step beside its times."""

    gap_minutes: int = 30
    max_session_hours: int = _DAY_HOURS
    max_session_events: int = 5000
    session_mode: str = GAP
    lateness_minutes: int = 30
    reopen_days: int = 3
    timezone: str = "UTC"
    event_types: Mapping[str, str] = field(default_factory=lambda: EVENT_TYPES)
    funnels: Sequence[Funnel] = (SHOP,)

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            ConfigurationError: something does not.
        """
        _refuse_unknown("session_mode", self.session_mode, MODES)
        for name, (least, most) in _BOUNDS.items():
            require_within(name, getattr(self, name), least, most)
        if self.gap > self.longest:
            raise ConfigurationError("the gap is longer than a session may be", "raise max_session_hours")
        zone_of(self.timezone)
        for kind in self.event_types.values():
            _refuse_unknown("event_types", kind, (*KINDS, OTHER))
        names = [funnel.name for funnel in self.funnels]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ConfigurationError(f"two funnels are called '{twice}'", "give each a name of its own")

    @property
    def document(self) -> dict[str, Any]:
        """The parameters as JSON has them."""
        funnels = [vars(funnel) for funnel in self.funnels]
        return {**vars(self), "event_types": dict(self.event_types), "funnels": funnels}

    @property
    def gap(self) -> timedelta:
        """The longest pause within a session of the mode `gap`."""
        return timedelta(minutes=self.gap_minutes)

    @property
    def lateness(self) -> timedelta:
        """How long after a session's last chance of another event it is waited for."""
        return timedelta(minutes=self.lateness_minutes)

    @property
    def longest(self) -> timedelta:
        """What a session may last before midnights cut it."""
        return timedelta(hours=self.max_session_hours)

    @property
    def longest_pause(self) -> timedelta:
        """The longest pause within any session: a given one may rest as long as a session may last, and no longer."""
        return self.longest if self.session_mode == GIVEN else self.gap

    @property
    def reach(self) -> timedelta:
        """How far from an event, before and after it, sessions can change because of it.

        What it joins lasts at most `longest` on either side of it, or is cut at every midnight with and without it.
        """
        return self.longest + self.longest_pause


def _refuse_unknown(parameter: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigurationError(
            f"{parameter} has '{value}'{near(str(value), known)}", f"known are {', '.join(sorted(known))}"
        )
