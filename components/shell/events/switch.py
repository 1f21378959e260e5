"""The one switch of the fast path. Without the folder `fast` every value goes the plain way, to the same result."""

from functools import cache
from importlib.util import find_spec


@cache
def is_fast() -> bool:
    """Whether the fast path is there and taken."""
    return find_spec("components.shell.events.fast") is not None
