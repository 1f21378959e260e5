"""What of a home may be entered by others: nothing that we made."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from stockpot.local.homes import private


@pytest.fixture
def open_to_all() -> Iterator[None]:
    """A umask that takes no right away."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(place: Path) -> int:
    """Its rights."""
    return stat.S_IMODE(place.stat().st_mode)


@pytest.mark.usefixtures("open_to_all")
def test_a_home_that_is_made_is_private(tmp_path: Path) -> None:
    """Whatever the umask, and whatever part of it comes first."""
    place = private(tmp_path / "above" / "home", "runs")
    assert (mode(place), mode(place.parent)) == (0o700, 0o700)


@pytest.mark.usefixtures("open_to_all")
def test_what_was_there_keeps_its_rights(tmp_path: Path) -> None:
    """A directory of somebody's that becomes a home; what an earlier version left open in it is closed."""
    (tmp_path / "runs").mkdir()
    tmp_path.chmod(0o755)
    private(tmp_path, "runs")
    assert (mode(tmp_path / "runs"), mode(tmp_path)) == (0o700, 0o755)
