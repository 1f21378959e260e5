"""Which hours have to be counted anew."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from components.aggregate_windows.touched import _hours_in

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
BEFORE, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "hour"),
    [(EPOCH, 0), (EPOCH - MOMENT, -1), (EPOCH - HOUR, -1), (EPOCH - HOUR - MOMENT, -2), (EPOCH + HOUR, 1)],
)
def test_an_hour_begins_with_its_first_moment(at: datetime, hour: int) -> None:
    """Before 1970 too, from which hours are counted."""
    times = {"event_time": [at, EPOCH + 9 * HOUR], "loaded_as_of": [BEFORE] * 2, "known_at": [NOW, BEFORE]}
    batch = pa.RecordBatch.from_pydict(
        {name: pa.array(each, pa.timestamp("us", "UTC")) for name, each in times.items()}
    )
    assert _hours_in(batch, None, (BEFORE, NOW)) == {hour}
    assert _hours_in(batch, BEFORE, (BEFORE, NOW)) == {hour, 9}
