"""Parameters that are one of a few words."""

from collections.abc import Collection

from components.shell.errors import ConfigurationError
from components.shell.projection import near


def refuse_unknown(parameter: str, value: object, known: Collection[str]) -> None:
    """Nothing, if the value is known.

    Raises:
        ConfigurationError: it is not; the near match is named.
    """
    if value not in known:
        message = f"{parameter} cannot be '{value}'{near(str(value), set(known))}"
        raise ConfigurationError(message, f"known are {', '.join(known)}")
