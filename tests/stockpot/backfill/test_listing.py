"""What a dry run says of many intervals: those alike in one line, with what is there of them."""

from datetime import UTC, datetime, timedelta

import pytest

from stockpot.backfill.intervals import Interval, State
from stockpot.backfill.listing import listing

START = datetime(1970, 1, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def interval(place: int, state: State, note: str = "", rows: int | None = None, source: int | None = None) -> Interval:
    """The interval of a day."""
    start = START + place * DAY
    return Interval(start, start + DAY, start + 2 * DAY, state, note=note, rows=rows, source_rows=source)


def test_neighbours_alike_share_a_line() -> None:
    """Twenty thousand days are as many lines as there are changes, each within 80 columns, with sums of rows."""
    many = [interval(n, State.DONE, "9 rows, snapshot 4127366918214431999", 123_456, 7) for n in range(20_000)]
    failed = [interval(20_000 + n, State.FAILED, f"run-{n} {'no room left on the disk ' * 9}", 0, 7) for n in range(3)]
    missing = [interval(20_003, State.MISSING, "", 0, 7)]
    lines = listing([*many, *failed, *missing], missing).splitlines()
    assert lines[0].split() == ["FROM", "TO", "STATE", "WOULD", "RUNS", "ROWS", "SOURCE"]
    assert lines[1].split() == [
        "1970-01-01T03:00Z", "2024-10-04T03:00Z", "done", "leave", "20000", str(123_456 * 20_000), "140000",
    ]  # fmt: skip
    assert lines[2].strip() == "the last by 9 rows, snapshot 4127366918214431999"
    assert lines[3].split()[2:] == ["failed", "leave", "3", "0", "21"]
    assert lines[4].startswith("  the last by run-2 no room")
    assert lines[5].split()[2:] == ["missing", "run", "1", "0", "7"]
    assert lines[6:] == ["1 of 20,004 intervals to run"]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("rows", "heads"), [(None, 5), (3, 6)])
def test_what_nobody_counted_is_not_shown(rows: int | None, heads: int) -> None:
    """A run counts nothing; a source that does not answer has no column."""
    (head, *_) = listing([interval(0, State.MISSING, rows=rows)], []).splitlines()
    assert len(head.split()) == heads


def test_no_interval_is_no_line() -> None:
    """Nothing overlaps the time asked for."""
    assert listing([], []).splitlines()[-1] == "0 of 0 intervals to run"
