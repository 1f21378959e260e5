"""How the bounds of days are read."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg2 import sql

from components.extract_postgres.bounds import _day
from components.extract_postgres.columns import Sent
from components.extract_postgres.expressions import instant


def test_a_day_may_be_written_as_its_beginning() -> None:
    """In UTC, whatever zone it is written in."""
    assert [_day(text) for text in ("2026-01-02", "2026-01-02T00:00:00Z", "2026-01-02T01:00:00+01:00")] == [
        date(2026, 1, 2)
    ] * 3


def test_a_day_begins_in_its_zone() -> None:
    """Summer time included; the epoch is the first day that begins at or after it, in any zone."""
    stockholm = [_day(text, "Europe/Stockholm") for text in ("2026-01-01T23:00:00Z", "2026-06-30T22:00:00Z")]
    assert stockholm == [date(2026, 1, 2), date(2026, 7, 1)]
    firsts = [_day("1970-01-01T00:00:00Z", zone) for zone in ("UTC", "Europe/Stockholm", "America/New_York")]
    assert firsts == [date(1970, 1, 1), date(1970, 1, 2), date(1970, 1, 1)]
    with pytest.raises(ValueError):  # noqa: PT011 - whoever asks says what is wrong with it
        _day("2026-01-02T00:00:00Z", "Europe/Stockholm")


@pytest.mark.parametrize("text", ["2026-01-02T00:00:00.000001Z", "2026-01-02T00:00:00+01:00", "tomorrow"])
def test_an_instant_within_a_day_is_none(text: str) -> None:
    """It would take in a part of the day that nobody asked for, or leave one out."""
    with pytest.raises(ValueError):  # noqa: PT011 - whoever asks says what is wrong with it
        _day(text)


@pytest.mark.parametrize(("sent", "zone"), [(Sent.AS_IS, "Europe/Stockholm"), (Sent.IN_ZONE, "UTC")])
def test_what_needs_no_zone_is_compared_as_it_is(sent: Sent, zone: str) -> None:
    """An index on the column serves, and numbers have no zone; a wall clock's time elsewhere is moved."""
    column: Any = SimpleNamespace(source="n", wire=SimpleNamespace(sent=sent), zone=zone)
    assert instant(column) == sql.Identifier("n")
    column.wire.sent, column.zone = Sent.IN_ZONE, "Europe/Stockholm"
    assert instant(column) != sql.Identifier("n")
