"""What a person may choose: which texts are too short, which languages are scored, from where on a score is a label."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.shell.errors import ConfigurationError

LANGUAGES, THRESHOLDS = ("en",), (-0.05, 0.05)


@dataclass(frozen=True)
class Settings:
    """The parameters of the step beside its instants."""

    min_words: int = 3
    languages: Sequence[str] = LANGUAGES
    thresholds: Sequence[float] = THRESHOLDS
    mask_pii: bool = True
    most_rejected: float = 0.05
    most_gone: float = 0.2

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            ConfigurationError: a parameter makes none.
        """
        if self.min_words < 0:
            raise ConfigurationError(f"min_words is {self.min_words}", "give zero or more")
        if not self.languages or not all(isinstance(each, str) and each for each in self.languages):
            raise ConfigurationError(f"languages is {self.languages}", 'give codes such as ["en"]')
        if not _are_thresholds(self.thresholds):
            raise ConfigurationError(
                f"thresholds is {self.thresholds}", "give two numbers from -1 to 1, the lower one first"
            )
        for name, share in (("most_rejected", self.most_rejected), ("most_gone", self.most_gone)):
            if not 0 <= share <= 1:
                raise ConfigurationError(f"{name} is {share:g}", "give a share from 0 to 1")


def _are_thresholds(given: Sequence[float]) -> bool:
    if len(given) != 2 or not all(isinstance(each, int | float) for each in given):  # noqa: PLR2004 - from, and to
        return False
    low, high = given
    return -1 <= low < high <= 1
