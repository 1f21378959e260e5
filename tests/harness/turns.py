"""Cases of one kind that take turns: `.ci/run` sets TURN to the day, and five days in a row take all of them.

Whoever sets no TURN takes all. A day takes at least one of five cases of a function.
"""

import os
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

DAYS = 5


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases marked `turns` whose turn is on another day."""
    if not (turn := os.environ.get("TURN")):
        return
    marked = [item for item in items if item.get_closest_marker("turns")]
    due = dict(zip(marked, taken([_function(item) for item in marked], int(turn)), strict=True))
    left_out = [item for item in marked if not due[item]]
    items[:] = [item for item in items if due.get(item, True)]
    config.hook.pytest_deselected(items=left_out)


def taken(functions: Sequence[tuple[str, int]], turn: int) -> Iterator[bool]:
    """Whether each case is taken that day, from the function it is a case of and the place of that one's first day."""
    seen: Counter[str] = Counter()
    for name, first in functions:
        yield (turn - first - seen[name]) % DAYS == 0
        seen[name] += 1


def _function(item: pytest.Item) -> tuple[str, int]:
    """What the item is a case of: its function, or its module where the function has no other case.

    By itself each begins on any day, for those with one case would all have the same.
    """
    mark = item.get_closest_marker("turns")
    assert mark is not None
    place = item.path.relative_to(item.config.rootpath).as_posix()
    name = f"{place}::{getattr(item, 'originalname', item.name)}"
    if "first" in mark.kwargs:
        return name, int(mark.kwargs["first"])
    name = name if hasattr(item, "callspec") else place
    return name, zlib.crc32(name.encode())
