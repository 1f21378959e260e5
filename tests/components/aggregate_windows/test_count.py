"""Windows hold what a plain count says, and an event on a boundary is in the window that starts there."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.aggregate_windows import count as count_module
from components.aggregate_windows.count import Tally, counted
from components.shell.engine import Engine, engine
from components.shell.errors import ContractError, TransientError

MOMENT = timedelta(microseconds=1)
FIVE_MINUTES = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The end of February, Europe's nights of changed clocks, and where hours are counted from.
STARTS = [
    datetime(2024, 2, 29, 23, 55, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    EPOCH,
]
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
KEYS = pa.schema([pa.field("image_id", pa.string(), nullable=False)])
SCHEMA = pa.schema([("image_id", pa.string()), ("event_time", pa.timestamp("us", "UTC"))])
Event = tuple[str, datetime]

_times = st.builds(
    lambda start, windows, off: start + windows * FIVE_MINUTES + off * MOMENT,
    st.sampled_from(STARTS),
    st.integers(-3, 15),
    st.sampled_from([-1, 0, 1, 77_000_000]),
)
_events = st.tuples(st.sampled_from("abc"), _times)


@pytest.fixture(scope="module")
def backend() -> Iterator[Engine]:
    """An engine for all tests of this file."""
    with engine("200MB", threads=1) as found:
        yield found


def hour_of(event: Event) -> int:
    """The hour that an event is in."""
    return (event[1] - EPOCH) // timedelta(hours=1)


def batches(events: list[Event], size: int = 7) -> list[pa.RecordBatch]:
    """The events as files hold them: hour after hour, and a few at a time."""
    hours = [list(group) for _, group in groupby(sorted(events, key=hour_of), hour_of)]
    parts = [hour[at : at + size] for hour in hours for at in range(0, len(hour), size)]
    return [batch(part) for part in parts]


def batch(events: list[Event]) -> pa.RecordBatch:
    """These events in one piece."""
    return pa.RecordBatch.from_pylist([dict(zip(SCHEMA.names, event, strict=True)) for event in events], schema=SCHEMA)


def windows_of(backend: Engine, given: list[pa.RecordBatch]) -> tuple[list[dict[str, Any]], Tally]:
    """The windows of these events, each with its hour, and the figures."""
    tally = Tally()
    found = counted(backend, given, KEYS, AS_OF, tally)
    return [{"hour": hour, **row} for hour, part in found for row in part.to_pylist()], tally


@settings(max_examples=100, derandomize=True)
@given(st.lists(_events, max_size=40), st.sampled_from([1, 10, 1 << 16]))
def test_windows_agree_with_a_plain_count(backend: Engine, events: list[Event], quiet: int) -> None:
    """Whatever the events, and however many hours share a query, each window with any is there once, in order."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(count_module, "_QUIET_ROWS", quiet)
        found, tally = windows_of(backend, batches(events))
    truth = Counter((at - (at - STARTS[0]) % FIVE_MINUTES, image) for image, at in events)
    rows = [(row["window_start"], row["image_id"], row["event_count"]) for row in found]
    assert sorted(rows) == [(*window, number) for window, number in sorted(truth.items())]
    assert [row["window_start"] for row in found] == sorted(row["window_start"] for row in found)
    assert all(row["hour"] == hour_of(("", row["window_start"])) for row in found)
    assert all(row["window_end"] - row["window_start"] == FIVE_MINUTES for row in found)
    assert {row["processed_at"] for row in found} <= {AS_OF}
    assert tally.events == len(events)


def test_an_hour_before_1970_is_one_of_its_own(backend: Engine) -> None:
    """It is no part of the first hour behind it, whose windows would be replaced by its own."""
    before = EPOCH - timedelta(minutes=30)
    found, _ = windows_of(backend, batches([("a", before), ("a", EPOCH)]))
    assert [(row["hour"], row["window_start"]) for row in found] == [(-1, before), (0, EPOCH)]


def test_an_event_on_a_boundary_opens_its_window(backend: Engine) -> None:
    """A microsecond before it, an event is in the window before."""
    noon = datetime(2026, 1, 10, 12, tzinfo=UTC)
    found, _ = windows_of(backend, batches([("a", noon - MOMENT), ("a", noon)]))
    assert [row["window_start"] for row in found] == [noon - FIVE_MINUTES, noon]


def test_a_lost_event_stops_the_step(backend: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that do not hold as many events as came in are never committed."""
    streamed = count_module.streamed
    monkeypatch.setattr(count_module, "streamed", lambda *given: (part.slice(1) for part in streamed(*given)))
    with pytest.raises(ContractError, match="2 events came and the windows hold 1"):
        windows_of(backend, batches([("a", AS_OF), ("b", AS_OF)]))


def test_a_file_of_two_hours_stops_the_step(backend: Engine) -> None:
    """Windows are replaced hour by hour, so no file may hold two."""
    with pytest.raises(ContractError, match="from one hour into another"):
        windows_of(backend, [batch([("a", AS_OF - MOMENT), ("a", AS_OF)])])


def test_what_goes_wrong_in_the_store_is_told_as_it_is(backend: Engine) -> None:
    """A store that fails while the engine reads ends the step as it would elsewhere, and the engine goes on."""

    def failing() -> Iterator[pa.RecordBatch]:
        yield from batches([("a", AS_OF)])
        raise TransientError("the store does not answer", "try again")

    with pytest.raises(TransientError, match="does not answer"):
        list(counted(backend, failing(), KEYS, AS_OF, Tally()))
    found, _ = windows_of(backend, batches([("a", AS_OF)]))
    assert [row["event_count"] for row in found] == [1]


def test_quiet_hours_share_a_query_and_busy_ones_do_not(backend: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query costs some milliseconds, and history has thousands of hours with a handful of events each."""
    asked = []
    streamed = count_module.streamed
    monkeypatch.setattr(count_module, "streamed", lambda *given: asked.append(given) or streamed(*given))
    monkeypatch.setattr(count_module, "_QUIET_ROWS", 4)
    sizes = [1, 1, 9, 5, 1]
    events = [("a", AS_OF + place * timedelta(hours=1)) for place, size in enumerate(sizes) for _ in range(size)]
    found, _ = windows_of(backend, batches(events))
    assert [row["event_count"] for row in found] == sizes
    assert len(asked) == 3  # 1 + 1 + 9, 5, 1
