"""Python's search for garbage among what test processes hold for good: modules, and thousands of collected tests."""

import gc
from collections.abc import Generator

import pytest

# Python looks after every 700 new objects, and half of the time of collecting tests goes into that.
_BETWEEN = 50_000


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without a search, and leave out of all later ones what is there by then."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.set_threshold(_BETWEEN, *gc.get_threshold()[1:])
    gc.enable()
    return found
