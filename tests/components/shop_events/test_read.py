"""What lands of a shop's events, what is rejected, and from when on they are read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.shell import datasets
from components.shell.errors import ConfigurationError, SupersededError
from components.shop_events import plan
from components.shop_events.read import Moment, read
from pipelines.events_and_funnels import TABLE

AS_OF = datetime(2026, 1, 10, 12, tzinfo=UTC)
MINUTE, MOMENT = timedelta(minutes=1), timedelta(microseconds=1)
SCHEMA = pa.schema(
    [
        ("event_id", pa.int64()), ("customer_id", pa.string()), ("event_type", pa.string()),
        ("created_at", pa.timestamp("us", "UTC")), ("known_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


def row(number: int | None, at: datetime | None, known: datetime | None = None, kind: str | None = "view") -> Any:
    """A row of the source."""
    return {"event_id": number, "customer_id": "a", "event_type": kind, "created_at": at, "known_at": known}


def test_what_makes_no_sense_is_rejected_and_what_nobody_knew_waits(tmp_path: Path) -> None:
    """In = taken + rejected + not known yet; the bound of the future is inclusive."""
    given = [
        row(2, AS_OF), row(1, AS_OF - MINUTE, kind=None), row(3, AS_OF + 5 * MINUTE),
        row(4, AS_OF + 5 * MINUTE + MOMENT),
        row(None, AS_OF), row(5, None), row(6, datetime(1999, 12, 31, tzinfo=UTC)),
        row(7, AS_OF - MINUTE, AS_OF + MOMENT), row(8, AS_OF - MINUTE, AS_OF - MINUTE),
    ]  # fmt: skip
    datasets.write_dataset(tmp_path / "raw" / "events", SCHEMA, pa.Table.from_pylist(given, SCHEMA).to_batches())
    found = read(tmp_path / "raw", Moment(AS_OF, 5 * MINUTE, "UTC"), tmp_path / "events", tmp_path / "rejected")
    events = [each for batch in datasets.read_batches(tmp_path / "events") for each in batch.to_pylist()]
    assert [(each["offset"], each["event_id"], each["event_type"]) for each in events] == [
        (0, "1", ""), (1, "8", "view"), (2, "2", "view"), (3, "3", "view"),
    ]  # fmt: skip
    assert [each["known_at"] for each in events] == [AS_OF, AS_OF - MINUTE, AS_OF, AS_OF]
    assert found.details["rejected"] == {"before_2000": 1, "event_id_null": 1, "future": 1, "time_null": 1}
    assert (found.rows_in, found.rows_out, found.rows_rejected) == (9, 4, 4)
    assert found.details["filtered"] == {"not_yet_known": 1}


def test_of_a_copy_of_everything_only_the_time_that_is_read_counts(tmp_path: Path) -> None:
    """From the first bound on, up to the last one; a row without a time lies in none, as in Postgres."""
    given = [
        row(1, AS_OF - MINUTE - MOMENT),
        row(2, AS_OF - MINUTE),
        row(3, AS_OF),
        row(4, AS_OF + MOMENT),
        row(5, None),
    ]
    datasets.write_dataset(tmp_path / "raw" / "events", SCHEMA, pa.Table.from_pylist(given, SCHEMA).to_batches())
    moment = Moment(AS_OF, 5 * MINUTE, "UTC", since=AS_OF - MINUTE, until=AS_OF + MOMENT)
    found = read(tmp_path / "raw", moment, tmp_path / "events", tmp_path / "rejected")
    events = [each for batch in datasets.read_batches(tmp_path / "events") for each in batch.to_pylist()]
    assert [each["event_id"] for each in events] == ["2", "3"]
    assert (found.rows_in, found.rows_out, found.rows_rejected) == (2, 2, 0)


@pytest.mark.parametrize("name", ["customer_id", "article_id"])
def test_ids_that_are_numbers_are_refused(tmp_path: Path, name: str) -> None:
    """They have lost their zeros before they came, and would be somebody else's."""
    given = pa.table({"event_id": [1], "event_type": ["view"], "created_at": [AS_OF], name: [7]})
    datasets.write_dataset(tmp_path / "raw" / "events", given.schema, given.to_batches())
    with pytest.raises(ConfigurationError, match=f"keep {name} as text"):
        read(tmp_path / "raw", Moment(AS_OF, 5 * MINUTE, "UTC"), tmp_path / "events", tmp_path / "rejected")


def planned(directory: Path, after: dict[str, Any], **told: Any) -> dict[str, Any]:
    """What a run plans to read."""
    names = ("chosen", "shares", "until", "read_since", "offsets", "run_key", "summary")
    places = {name: directory / name for name in names}
    identity = {"pipeline": "events-and-funnels", "table": TABLE.document(), "version": "1", "as_of": AS_OF}
    plan.main(after=after, **identity, **places, **{"interval_start": AS_OF - 15 * MINUTE, **told})
    return {name: place.read_text() for name, place in places.items()}


def test_a_run_reads_again_what_may_have_been_committed_late(tmp_path: Path) -> None:
    """All there is at first, then from the overlap before the last run on; files and topics go their own way."""
    first = planned(tmp_path, {})
    assert (first["chosen"], json.loads(first["shares"])) == ("postgres", [""])
    again = planned(tmp_path, json.loads(first["offsets"]), overlap_hours=2)
    assert json.loads(again["shares"]) == ["2026-01-10T10:00:00Z"]
    assert again["until"] == "2026-01-10T12:00:00.000001Z"
    assert planned(tmp_path, {"shop.events": {}}, source="kafka")["chosen"] == "topics"
    assert planned(tmp_path, {}, events_dir="/events")["chosen"] == "topics"


def test_ids_of_topics_are_looked_for_from_the_overlap_before_the_last_run_on(tmp_path: Path) -> None:
    """However long that run is ago; before the first one there are none."""
    found = [
        planned(tmp_path, {}, source="kafka", overlap_hours=2, interval_start=before)["read_since"]
        for before in (AS_OF - 15 * MINUTE, AS_OF - timedelta(days=3), datetime(1970, 1, 1, tzinfo=UTC))
    ]
    assert found == ["2026-01-10T09:45:00Z", "2026-01-07T10:00:00Z", "1970-01-01T00:00:00Z"]


def test_another_source_and_an_earlier_run_are_told_apart(tmp_path: Path) -> None:
    """Each with what to do."""
    later = {"postgres:events": {"id": "", "partitions": {"0": {"start": 0, "end": 1 << 60}}}}
    with pytest.raises(SupersededError, match="a later run"):
        planned(tmp_path, later)
    with pytest.raises(ConfigurationError, match=r"filled from shop\.events"):
        planned(tmp_path, {"shop.events": {}})
    with pytest.raises(ConfigurationError, match="source is 'file'"):
        planned(tmp_path, {}, source="file")
    for hours in (-1, 366 * 24 + 1, 10**20):
        with pytest.raises(ConfigurationError, match=f"^overlap_hours is {hours} - give 0 to 8784$"):
            planned(tmp_path, {}, overlap_hours=hours)
