"""Reading by the time at which records became known, as a backfill does, on a real broker."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.consume_events.plan import main
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant
from pipelines.event_aggregation import TOPICS
from tests.harness.kafka.broker import Broker

T0 = datetime(2026, 1, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
IDENTITY: dict[str, Any] = {
    "kinds": TOPICS.kinds, "pipeline": "p", "table": {"name": "a.b", "columns": ["x string"]}, "version": "1"
}  # fmt: skip
Spans = dict[str, tuple[int, int]]


def _stamp(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@pytest.fixture
def planned(kafka_broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A function that plans a run as the step does, and gives the offsets that it would read."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_broker.address)

    def run(topic: str, after: Mapping[str, Any] | None = None, **instants: datetime | None) -> dict[str, Any]:
        given = {name: format_instant(at) for name, at in instants.items() if at}
        paths = {name: tmp_path / name for name in ("offsets", "shares", "run_key", "records", "summary")}
        main(topics={topic: "view"}, after=dict(after or {}), as_of=T0 + 4 * HOUR, **IDENTITY, **paths, **given)
        return dict(json.loads(paths["offsets"].read_text()))

    return run


def _spans(offsets: Mapping[str, Any], topic: str) -> Spans:
    return {number: (span["start"], span["end"]) for number, span in offsets[topic]["partitions"].items()}


@pytest.fixture
def filled(topic: Callable[..., str], produce: Callable[..., None]) -> str:
    """A topic with three records an hour for four hours in one partition, one an hour in another, none in a third."""
    name = topic(3)
    for hour in range(4):
        for part in range(3):
            produce(name, [b"{}"], stamp=_stamp(T0 + hour * HOUR + part * 10 * timedelta(minutes=1)))
        produce(name, [b"{}"], 1, _stamp(T0 + hour * HOUR))
    return name


def test_runs_up_to_their_instants_tile_the_topic(filled: str, planned: Callable[..., Any]) -> None:
    """Hour by hour each record is read once; a record of the very instant belongs to the run of that instant."""
    after: dict[str, Any] = {}
    found = []
    for hour in range(5):
        after = planned(filled, after, until=T0 + hour * HOUR)
        found.append(_spans(after, filled))
    assert [spans["0"] for spans in found] == [(0, 1), (1, 4), (4, 7), (7, 10), (10, 12)]
    assert [spans["1"] for spans in found] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 4)]
    assert {spans["2"] for spans in found} == {(0, 0)}


def test_a_new_table_begins_where_it_is_told(filled: str, planned: Callable[..., Any]) -> None:
    """Nothing from before `since` is read; a record of that very instant is."""
    spans = _spans(planned(filled, since=T0 + HOUR, until=T0 + 2 * HOUR), filled)
    assert spans == {"0": (3, 7), "1": (1, 3), "2": (0, 0)}


def test_a_table_with_offsets_leaves_no_gap(filled: str, planned: Callable[..., Any]) -> None:
    """Once there are offsets, `since` does not count, and an `until` that has been read already adds nothing."""
    after = planned(filled, until=T0 + HOUR)
    spans = _spans(planned(filled, after, since=T0 + 3 * HOUR), filled)
    assert spans == {"0": (4, 12), "1": (2, 4), "2": (0, 0)}
    assert _spans(planned(filled, after, until=T0 - HOUR), filled) == {"0": (4, 4), "1": (2, 2), "2": (0, 0)}


def test_the_time_before_and_after_all_records(filled: str, planned: Callable[..., Any]) -> None:
    """Before the first record there is nothing, after the last everything."""
    assert _spans(planned(filled, until=T0 - HOUR), filled) == {"0": (0, 0), "1": (0, 0), "2": (0, 0)}
    assert _spans(planned(filled, since=T0 + 9 * HOUR), filled) == {"0": (12, 12), "1": (4, 4), "2": (0, 0)}


def test_milliseconds_are_not_cut_short(topic: Callable[..., str], produce: Callable[..., None], planned) -> None:
    """An instant between two milliseconds takes the earlier record and leaves the later."""
    name = topic()
    for milliseconds in (1, 2):
        produce(name, [b"{}"], stamp=_stamp(T0) + milliseconds)
    assert _spans(planned(name, until=T0 + timedelta(microseconds=1500)), name) == {"0": (0, 1)}
    assert _spans(planned(name, since=T0 + timedelta(microseconds=1500)), name) == {"0": (1, 2)}


def test_files_have_no_such_times(tmp_path: Path) -> None:
    """An archive cannot be read by time, and says so with 11."""
    (tmp_path / "t").mkdir()
    (tmp_path / "t/part.jsonl").write_text("{}\n")
    paths = {name: tmp_path / name for name in ("offsets", "shares", "run_key", "records", "summary")}
    asked = {"topics": {"t": "view"}, "after": {}, "as_of": T0, "events_dir": str(tmp_path)}
    with pytest.raises(ConfigurationError, match="leave out since and until"):
        main(until=format_instant(T0), **asked, **IDENTITY, **paths)
