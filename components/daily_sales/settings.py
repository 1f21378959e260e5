"""The settings of a run, checked when they are made."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.retail.known import refuse_unknown
from components.shell.errors import ConfigurationError

ARTICLE, CATEGORY = LEVELS = ("article", "category")
CATEGORY_ID = "category_id"
CATEGORY_COLUMNS = (CATEGORY_ID, "index_group_name")
FIRST_SALE, CREATED_AT = FIRST_DAYS = ("first_sale", "created_at")


@dataclass(frozen=True)
class Settings:
    """The parameters of the step beside its times.

    `retire_after_days` is 0 where series never end, `country` empty where days have no holidays; no
    `levels` are both. `max_drop` is the share of the sales that days which are filled anew may lose.
    """

    retire_after_days: int = 0
    country: str = ""
    category_column: str = CATEGORY_COLUMNS[0]
    first_day: str = FIRST_SALE
    levels: Sequence[str] = LEVELS
    max_drop: float = 0.2

    def __post_init__(self) -> None:
        """Put in what is left out, and refuse what makes no sense.

        Raises:
            ConfigurationError: something does not.
        """
        object.__setattr__(self, "levels", self.levels or LEVELS)
        if self.retire_after_days < 0:
            raise ConfigurationError(
                f"retire_after_days is {self.retire_after_days}", "give a number of days, or 0 for series without end"
            )
        if not 0 <= self.max_drop <= 1:
            raise ConfigurationError(f"max_drop is {self.max_drop}", "give a share of 0 to 1")
        refuse_unknown("category_column", self.category_column, CATEGORY_COLUMNS)
        refuse_unknown("first_day", self.first_day, FIRST_DAYS)
        for level in self.levels:
            refuse_unknown("levels", level, LEVELS)
        if ARTICLE not in self.levels:
            raise ConfigurationError(
                f"levels has no '{ARTICLE}'", f'write ["{ARTICLE}"] or ["{ARTICLE}", "{CATEGORY}"]'
            )

    @property
    def with_categories(self) -> bool:
        """Whether categories have series of their own."""
        return CATEGORY in self.levels

    @property
    def by_creation(self) -> bool:
        """Whether series begin when their article came to be.

        With a retirement they do not: a day has a row then where there was a sale not long before it.
        """
        return self.first_day == CREATED_AT and not self.retire_after_days
