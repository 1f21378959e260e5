"""Parameters of no sense are refused by name, before anything is read."""

import pytest

from components.shell.errors import ConfigurationError
from components.shop_sessions.settings import Settings

MONTH = 31 * 24
BOUNDS = {
    "max_session_hours": (24, MONTH),
    "gap_minutes": (1, MONTH * 60),
    "lateness_minutes": (0, MONTH * 60),
    "reopen_days": (1, 36_525),
    "max_session_events": (1, 2**31 - 1),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_numbers_have_two_bounds(name: str) -> None:
    """Both are taken; what lies beyond is refused, however far, with what may be given."""
    wide = {"max_session_hours": MONTH} if name == "gap_minutes" else {}
    least, most = BOUNDS[name]
    for number in (least, most):
        told = Settings(**(wide | {name: number}))
        assert getattr(told, name) == number
    for number in (least - 1, most + 1, 10**20):
        with pytest.raises(ConfigurationError, match=f"^{name} is {number} - give {least} to {most}$"):
            Settings(**(wide | {name: number}))


def test_a_gap_is_no_longer_than_a_session() -> None:
    """Else no session would ever be too long."""
    with pytest.raises(ConfigurationError, match="raise max_session_hours"):
        Settings(gap_minutes=24 * 60 + 1)
