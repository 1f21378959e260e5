"""Which days land anew where keys differ."""

from datetime import UTC, datetime, timedelta

import pytest

from components.raw_tables.compare import _refuse_many, joined
from components.shell.errors import ContractError

DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 26, 23, tzinfo=UTC)


def test_days_that_touch_are_one_stretch_across_a_change_of_clocks() -> None:
    """The day on which clocks go forward in Stockholm has 23 hours."""
    days = [FIRST, FIRST + DAY, FIRST + 2 * DAY, FIRST + 3 * DAY - timedelta(hours=1)]
    assert joined(days, "Europe/Stockholm") == [(FIRST, FIRST + 4 * DAY - timedelta(hours=1))]
    assert joined([], "UTC") == []


def test_many_stretches_become_a_few() -> None:
    """The widest gaps stay; those of one length are joined all the same, and no day is lost."""
    alone = [datetime(2026, 1, 1, tzinfo=UTC) + 2 * number * DAY for number in range(30)]
    far = datetime(2026, 12, 1, tzinfo=UTC)
    found = joined([*alone, far], "UTC")
    assert len(found) == 8
    assert found[-1] == (far, far + DAY)
    assert all(any(start <= day < end for start, end in found) for day in [*alone, far])


def test_the_gap_counts_and_not_what_lies_behind_it() -> None:
    """A long stretch two days behind another is joined to it, and not single days that lie five days apart."""
    begins = [*range(0, 48, 6), *range(45, 55)]
    days = [datetime(2026, 1, 1, tzinfo=UTC) + number * DAY for number in begins]
    found = joined(days, "UTC")
    assert [end - start for start, end in found] == [*[DAY] * 7, 13 * DAY]


def test_a_source_that_is_not_whole_empties_nothing() -> None:
    """A share of rows may be gone at once, and no more."""
    _refuse_many("raw.transactions", 2, 10, 0.2)
    with pytest.raises(ContractError, match=r"3 of 10 rows of raw\.transactions are gone"):
        _refuse_many("raw.transactions", 3, 10, 0.2)


def test_a_midnight_that_strikes_twice_begins_no_other_day() -> None:
    """Rows may have landed under the second one; the day begins with the first."""
    second = datetime(2026, 10, 25, 1, tzinfo=UTC)
    first, following = second - timedelta(hours=1), datetime(2026, 10, 26, 1, tzinfo=UTC)
    assert joined([second], "Atlantic/Azores") == joined([first], "Atlantic/Azores") == [(first, following)]
