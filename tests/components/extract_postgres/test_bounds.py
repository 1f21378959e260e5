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
