"""Bounds of whole numbers that a run is told."""

from components.shell.errors import ConfigurationError


def require_within(name: str, value: int, least: int, most: int) -> None:
    """Nothing, if the parameter `name` lies between `least` and `most`, both of which are allowed.

    Raises:
        ConfigurationError: it does not.
    """
    if not least <= value <= most:
        raise ConfigurationError(f"{name} is {value}", f"give {least} to {most}")
