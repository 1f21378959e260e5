"""One parameter says how far an event may lie ahead of when it became known, wherever it comes from."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.consume_events import __main__ as consume_events
from components.consume_events.offsets import describe
from components.consume_events.source import source
from components.shell import datasets
from components.shell.errors import ConfigurationError
from components.shop_events import __main__ as shop_events
from pipelines.events_and_funnels import SHOP
from tests.components.consume_events.conftest import STAMP
from tests.harness.kafka.broker import Broker

KNOWN = datetime.fromtimestamp(STAMP / 1000, UTC)
TOPIC = "shop.events"
# How many minutes after it became known each event happened: these are their ids.
AHEAD = (-60, 0, 5, 6, 10, 11, 1440, 1441)
# How many of these are taken, by what is told.
TOLD = {0: 2, 5: 3, 10: 5, 1440: 7}
RAW = pa.schema(
    [
        ("event_id", pa.string()), ("event_type", pa.string()), ("created_at", pa.timestamp("us", "UTC")),
        ("known_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


def happened(minutes: int) -> dict[str, Any]:
    """The event that lies so far ahead."""
    return {"event_id": str(minutes), "event_type": "view", "created_at": KNOWN + timedelta(minutes=minutes)}


def records(**more: str) -> list[bytes]:
    """The events as records, with these fields."""
    told = ({**happened(minutes), **more} for minutes in AHEAD)
    return [json.dumps({**one, "created_at": one["created_at"].isoformat()}).encode() for one in told]


def taken(place: Path) -> set[int]:
    """The minutes of the events that were taken."""
    return {int(one) for one in pq.read_table(datasets.files(place))["event_id"].to_pylist()}


def of_postgres(directory: Path, told: Mapping[str, int]) -> set[int]:
    """What is taken of an extract."""
    rows = [{**happened(minutes), "known_at": KNOWN} for minutes in AHEAD]
    datasets.write_dataset(directory / "raw" / "events", RAW, [pa.RecordBatch.from_pylist(rows, RAW)])
    paths = {name: directory / name for name in ("raw", "events", "rejected", "summary")}
    shop_events.main(**paths, as_of=KNOWN, **told)
    return taken(paths["events"])


def of_topic(directory: Path, told: Mapping[str, int], events_dir: str = "", name: str = TOPIC) -> set[int]:
    """What is taken of a topic, of a broker or an archive."""
    paths = {each: directory / each for each in ("events", "rejected", "summary")}
    spans = describe(source(events_dir).held([name]))
    about = {"topics": {name: "shop"}, "kinds": [SHOP.describe()], "spans": spans, "events_dir": events_dir}
    consume_events.main(**about, **paths, most_rejected=1.0, **told)
    return taken(paths["events"])


def of_files(directory: Path, told: Mapping[str, int]) -> set[int]:
    """What is taken of an archive, whose lines say when they became known."""
    folder = directory / "archive" / TOPIC
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.jsonl").write_bytes(b"\n".join([*records(known_at=KNOWN.isoformat()), b""]))
    return of_topic(directory, told, str(folder.parent))


@pytest.mark.parametrize("minutes", TOLD)
@pytest.mark.parametrize("taken_of", [of_postgres, of_files])
def test_what_is_told_holds_for_rows_and_lines(taken_of: Callable[..., set[int]], minutes: int, tmp_path: Path) -> None:
    """The bound is part of it."""
    assert taken_of(tmp_path, {"future_minutes": minutes}) == set(AHEAD[: TOLD[minutes]])


@pytest.mark.xdist_group("kafka")
def test_what_is_told_holds_for_records_of_a_broker(
    topic: Callable[..., str],
    produce: Callable[..., None],
    kafka_broker: Broker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There the record's own time says when it became known."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_broker.address)
    name = topic()
    produce(name, records())
    for minutes, count in TOLD.items():
        assert of_topic(tmp_path, {"future_minutes": minutes}, name=name) == set(AHEAD[:count])


def test_a_step_that_is_told_nothing_goes_by_the_definition(tmp_path: Path) -> None:
    """As pipelines do that have no such parameter: a shop's says nothing, which is a day."""
    assert of_files(tmp_path, {}) == set(AHEAD[:-1])


@pytest.mark.parametrize("taken_of", [of_postgres, of_files])
def test_what_is_defined_is_asked_for_by_one_number(taken_of: Callable[..., set[int]], tmp_path: Path) -> None:
    """-1 is a day, wherever events come from."""
    assert taken_of(tmp_path, {"future_minutes": -1}) == set(AHEAD[:-1])


@pytest.mark.parametrize("taken_of", [of_postgres, of_files])
def test_what_no_clock_does_is_refused(taken_of: Callable[..., set[int]], tmp_path: Path) -> None:
    """Less than that, or more than a day."""
    for minutes in (-2, 1441, 10**20):
        with pytest.raises(ConfigurationError, match=f"^future_minutes is {minutes} - give -1 to 1440$"):
            taken_of(tmp_path, {"future_minutes": minutes})
