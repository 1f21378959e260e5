"""How large the shop is, and the instant at which it is looked at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from components.shell.errors import ConfigurationError

SEED = 20260115
AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
DAYS_AHEAD = 30
"""How far the shop can be moved on beyond `AS_OF`."""


@dataclass(frozen=True)
class Scale:
    """How many customers and articles there are, how many purchased lines come on each customer, in how many days.

    H&M's public data have 1,371,980 customers, 105,542 articles and 31,788,324 lines in 734 days: 23.2 a customer.
    """

    customers: int = 1000
    articles: int = 120
    lines_each: float = 23.2
    history: int = 120
    events: bool = True
    until: datetime = AS_OF
    seed: int = SEED

    def __post_init__(self) -> None:
        """Refuse what gives no shop."""
        if min(self.customers, self.articles - 20, self.lines_each, self.history - 14) <= 0:
            raise ConfigurationError("a shop has at least one customer, 21 articles, and 15 days of history")
        # All draws are multiples of the seed.
        if self.seed < 1:
            raise ConfigurationError(f"the seed is {self.seed}", "give a whole number from 1 on")
        if not 0 < self.today <= self.horizon:
            first, last = self.day_of(1), self.day_of(self.horizon)
            raise ConfigurationError(f"{self.until:%Y-%m-%d} is no day of this shop", f"it has {first} to {last}")

    @property
    def opened(self) -> date:
        """The first day with purchases, which has the number 0."""
        return AS_OF.date() - timedelta(days=self.history)

    @property
    def horizon(self) -> int:
        """Number of the first day of which nothing is known."""
        return self.history + DAYS_AHEAD

    @property
    def today(self) -> int:
        """Number of the day of `until`; the shop's zone is UTC."""
        return (self.until.astimezone(UTC).date() - self.opened).days

    def day_of(self, number: int) -> date:
        """The day with that number."""
        return self.opened + timedelta(days=number)
