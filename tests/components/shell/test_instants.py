"""Instants are aware, in UTC, to the microsecond."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant, held, parse_instant, refuse_future, run_instant, wall_clock


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-15T00:00:00Z", datetime(2026, 1, 15, tzinfo=UTC)),
        (" 2026-01-15T05:30:00+05:30\n", datetime(2026, 1, 15, tzinfo=UTC)),
        ("2026-01-15 00:00:00.123456+00:00", datetime(2026, 1, 15, 0, 0, 0, 123456, tzinfo=UTC)),
        ("20260115T000000Z", datetime(2026, 1, 15, tzinfo=UTC)),
        ("1969-12-31T23:59:59Z", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_texts_with_an_offset_are_instants(text: str, instant: datetime) -> None:
    """ISO 8601 with an offset, in any of its spellings, is understood and brought to UTC."""
    found = parse_instant(text)
    assert found == instant
    assert found.tzinfo is UTC


def test_a_run_is_about_what_a_person_gave_and_else_about_its_schedule() -> None:
    """The first of the two that is not empty is taken; an error names it."""
    by_hand, by_clock = datetime(2026, 1, 14, 23, tzinfo=UTC), datetime(2026, 1, 15, 3, tzinfo=UTC)
    assert run_instant("2026-01-15T00:00:00+01:00", "2026-01-15T03:00:00Z") == by_hand
    assert run_instant("", "2026-01-15T03:00:00Z") == run_instant("  ", "2026-01-15T03:00:00Z") == by_clock
    with pytest.raises(ConfigurationError, match="as_of: 'yesterday' is not an instant"):
        run_instant("yesterday", "2026-01-15T03:00:00Z")
    with pytest.raises(ConfigurationError, match="scheduled: '' is not an instant"):
        run_instant("", "")


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-01-15", "2026-01-15T00:00:00", "2026-02-30T00:00:00Z", "1768435200", "9999-12-31T23:59:59-01:00"],
)
def test_other_texts_are_refused(text: str) -> None:
    """What is no instant, has no offset or lies outside the calendar is refused with an example."""
    with pytest.raises(ConfigurationError, match="such as 2026-01-15T00:00:00Z"):
        parse_instant(text)


OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(derandomize=True, max_examples=200)
@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS))  # noqa: DTZ001 - hypothesis adds the zone
def test_an_instant_outlives_its_text(instant: datetime) -> None:
    """Formatting and parsing give the same instant, whatever offset it came with."""
    text = format_instant(instant)
    assert text.endswith("Z")
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    ("microseconds", "instant"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1_768_435_200_000_001, datetime(2026, 1, 15, 0, 0, 0, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        (2**63 - 1, datetime.max.replace(tzinfo=UTC)),
        (-(2**63), datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_microseconds_are_counted_from_1970(microseconds: int, instant: datetime) -> None:
    """Before and after it; what lies beyond the years 1 to 9999 is the nearest instant that Python has."""
    assert held(microseconds) == instant


def test_a_clock_shows_the_microsecond_that_has_begun() -> None:
    """Of nanoseconds too, before 1970 as after it; of seconds it is the same instant."""
    shown = [datetime(1969, 12, 31, 23, 59, 59, 999_998), None, datetime(1970, 1, 1, 0, 0, 0, 1)]  # noqa: DTZ001 - of no zone
    finer = pa.array([-1_001, None, 1_999], pa.timestamp("ns", "UTC"))
    assert wall_clock(finer).to_pylist() == shown
    assert wall_clock(pa.chunked_array([finer])).to_pylist() == shown
    assert wall_clock(pa.array([1], pa.timestamp("s"))).to_pylist() == [datetime(1970, 1, 1, 0, 0, 1)]  # noqa: DTZ001 - of no zone


def test_an_instant_to_come_is_refused() -> None:
    """Two clocks may be a minute apart, and no more."""
    now = datetime(2026, 1, 15, tzinfo=UTC)
    refuse_future(now, now)
    refuse_future(now + timedelta(seconds=60), now)
    with pytest.raises(ConfigurationError, match="is in the future"):
        refuse_future(now + timedelta(seconds=60, microseconds=1), now)
