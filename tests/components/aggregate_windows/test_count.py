"""Windows hold what a plain count says, and an event on a boundary is in the window that starts there."""

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.aggregate_windows import count as count_module
from components.aggregate_windows.count import count
from components.shell.datasets import files, write_dataset
from components.shell.errors import ContractError
from components.shell.summary import Summary

MOMENT = timedelta(microseconds=1)
FIVE_MINUTES = timedelta(minutes=5)
# The end of February, and Europe's nights of changed clocks.
STARTS = [
    datetime(2024, 2, 29, 23, 55, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
]
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
SCHEMA = pa.schema([("event_type", pa.string()), ("image_id", pa.string()), ("event_time", pa.timestamp("us", "UTC"))])
Event = tuple[str, str, datetime]

_times = st.builds(
    lambda start, windows, off: start + windows * FIVE_MINUTES + off * MOMENT,
    st.sampled_from(STARTS),
    st.integers(-3, 15),
    st.sampled_from([-1, 0, 1, 77_000_000]),
)
_events = st.tuples(st.sampled_from(["view", "comment", "flag"]), st.sampled_from("abc"), _times)


def counted(events: list[Event]) -> tuple[list[dict[str, Any]], Summary]:
    """The windows of these events, and the step's figures."""
    with tempfile.TemporaryDirectory() as scratch:
        given, found = Path(scratch, "events"), Path(scratch, "windows")
        rows = [dict(zip(SCHEMA.names, event, strict=True)) for event in events]
        write_dataset(given, SCHEMA, pa.Table.from_pylist(rows, schema=SCHEMA).to_batches())
        summary = count(given, AS_OF, found)
        return pq.read_table(files(found)).to_pylist(), summary


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.lists(_events, max_size=40))
def test_windows_agree_with_a_plain_count(events: list[Event]) -> None:
    """Whatever the events, each window that has any is there once with their number, in order."""
    found, summary = counted(events)
    truth = Counter((kind, at - (at - STARTS[0]) % FIVE_MINUTES, image) for kind, image, at in events)
    rows = [(row["event_type"], row["window_start"], row["image_id"], row["event_count"]) for row in found]
    assert rows == [(*window, number) for window, number in sorted(truth.items())]
    assert all(row["window_end"] - row["window_start"] == FIVE_MINUTES for row in found)
    assert {row["processed_at"] for row in found} <= {AS_OF}
    assert (summary.rows_in, summary.rows_out) == (len(events), len(truth))


def test_an_event_on_a_boundary_opens_its_window() -> None:
    """A microsecond before it, an event is in the window before."""
    noon = datetime(2026, 1, 10, 12, tzinfo=UTC)
    found, _ = counted([("view", "a", noon - MOMENT), ("view", "a", noon)])
    assert [row["window_start"] for row in found] == [noon - FIVE_MINUTES, noon]


def test_a_lost_event_stops_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that do not hold as many events as came in are never handed on as good."""
    monkeypatch.setattr(count_module, "_total", lambda *_: 1)
    with pytest.raises(ContractError, match="2 events came and the windows hold 1"):
        counted([("view", "a", AS_OF), ("view", "b", AS_OF)])
