"""Funnels as data: the steps that people take one after the other, and what counts as having taken them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from components.retail.kinds import BUY, CART, KINDS, VIEW
from components.shell.bounds import require_within
from components.shell.errors import ConfigurationError
from components.shell.projection import near
from components.shell.schema.rule import is_whole

SESSION, CUSTOMER = "session", "customer"
ORDERED, STRICT, ANY = "ordered", "strict", "any"
TOGETHER, APART = "funnel", "strict"
PROPERTIES = ("article_id", "campaign_id", "order_id", "category_id")
_CHOICES: Mapping[str, Sequence[str]] = {
    "scope": (SESSION, CUSTOMER),
    "order": (ORDERED, STRICT, ANY),
    "ties": (TOGETHER, APART),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# A year: a day is final only when the window of those who entered on it is over.
_LONGEST_WINDOW = 366 * 24 * 60


@dataclass(frozen=True)
class Funnel:
    """Steps, each a kind of event, and whose: of a `session`, or of a `customer` whatever the session.

    All steps lie within `window_minutes` of the first, 0 for any time. Of order `ordered` other events may stand
    between them, of `strict` no other step's; `any` asks for no order. With ties `funnel` events of one instant count
    in the funnel's order, with `strict` a step needs a later instant. All have the `same` properties, and none of the
    kinds to `exclude` stands between the first and the last.
    """

    name: str
    steps: Sequence[str]
    scope: str = SESSION
    window_minutes: int = 0
    order: str = ORDERED
    ties: str = TOGETHER
    same: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            ConfigurationError: something does not.
        """
        if not _NAME.fullmatch(self.name):
            raise ConfigurationError(f"'{self.name}' is no name of a funnel", "use small letters, digits and _")
        for name, known in _CHOICES.items():
            self._refuse_unknown(name, [getattr(self, name)], known)
        self._refuse_unknown("steps", self.steps, KINDS)
        self._refuse_unknown("exclude", self.exclude, KINDS)
        self._refuse_unknown("same", self.same, PROPERTIES)
        self._refuse_senseless()

    @property
    def window(self) -> timedelta | None:
        """Within which time of the first step all others lie; None for any."""
        return timedelta(minutes=self.window_minutes) if self.window_minutes else None

    def _refuse_unknown(self, name: str, given: Sequence[str], known: Sequence[str]) -> None:
        if wrong := next((each for each in given if each not in known), None):
            raise ConfigurationError(
                f"funnel {self.name} has {name} '{wrong}'{near(str(wrong), known)}",
                f"known are {', '.join(sorted(known))}",
            )

    def _refuse_senseless(self) -> None:
        kinds = [*self.steps, *self.exclude]
        if not self.steps:
            raise ConfigurationError(f"funnel {self.name} has no steps", "name at least one kind of event")
        if twice := next((kind for kind in kinds if kinds.count(kind) > 1), None):
            raise ConfigurationError(f"funnel {self.name} names '{twice}' twice", "one event fills one step")
        require_within(f"window_minutes of funnel {self.name}", self.window_minutes, 0, _LONGEST_WINDOW)
        if self.scope == CUSTOMER and not self.window_minutes:
            raise ConfigurationError(
                f"funnel {self.name} of customers has no window, and would never be over", "give window_minutes"
            )


SHOP = Funnel("shop", (VIEW, CART, BUY))


def parse_funnels(given: Sequence[Any]) -> tuple[Funnel, ...]:
    """The funnels that a parameter holds.

    Raises:
        ConfigurationError: one of them makes no sense.
    """
    return tuple(_parsed(each) for each in given)


def _parsed(given: Any) -> Funnel:
    known = [each.name for each in fields(Funnel)]
    if not isinstance(given, Mapping) or not {"name", "steps"} <= set(given):
        raise ConfigurationError(f"{given!r} is no funnel", 'write {"name": "shop", "steps": ["view", "cart", "buy"]}')
    if wrong := next((name for name in given if name not in known), None):
        raise ConfigurationError(f"a funnel has no '{wrong}'{near(str(wrong), known)}", f"it has {', '.join(known)}")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return Funnel(**{**values, "window_minutes": _whole(values.get("window_minutes", 0))})


def _whole(given: Any) -> int:
    """The number as such."""
    if not is_whole(given):
        raise ConfigurationError(f"window_minutes of a funnel is {given!r}", "give a whole number of minutes")
    return int(given)
