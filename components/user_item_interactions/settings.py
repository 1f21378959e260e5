"""The settings of a run, checked when they are made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from components.retail.known import refuse_unknown
from components.shell.errors import ConfigurationError

PURCHASE = "purchase"
SIGNALS = ("view", "cart", "wishlist")
EVENT_TYPES = MappingProxyType(
    {"view": "view", "product_view": "view", "wishlist": "wishlist", "cart": "cart", "add_to_cart": "cart"}
)
"""Which signal each of the source's event types is; others are none."""


@dataclass(frozen=True)
class Settings:
    """The parameters of the step beside its times; no signals are purchases alone, no types the usual ones."""

    tau_days: float = 30
    core_users: int = 0
    core_items: int = 0
    horizon_days: int = 7
    signals: Sequence[str] = (PURCHASE,)
    event_types: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put in what is left out, and refuse what makes no sense.

        Raises:
            ConfigurationError: something does not.
        """
        object.__setattr__(self, "signals", self.signals or (PURCHASE,))
        object.__setattr__(self, "event_types", self.event_types or EVENT_TYPES)
        if not (math.isfinite(self.tau_days) and self.tau_days > 0):
            raise ConfigurationError(f"tau_days is {self.tau_days}", "give a number of days above 0")
        if min(self.core_users, self.core_items) < 0:
            raise ConfigurationError("core_users and core_items are never negative", "0 keeps everybody")
        if self.horizon_days < 1:
            raise ConfigurationError(f"horizon_days is {self.horizon_days}", "give one day or more")
        if PURCHASE not in self.signals:
            raise ConfigurationError(f"signals has no '{PURCHASE}'", f'write ["{PURCHASE}", "view"]')
        for name in self.signals:
            refuse_unknown("signals", name, (PURCHASE, *SIGNALS))
        for name in self.event_types.values():
            refuse_unknown("event_types", name, (PURCHASE, *SIGNALS))

    @property
    def of_events(self) -> tuple[str, ...]:
        """The signals that are counted from events, in their order."""
        return tuple(name for name in SIGNALS if name in self.signals)
