"""Streams of events: what is in them is known, and everything beside it is what real streams get wrong."""

import gzip
import json
import uuid
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from components.shell.errors import ConfigurationError, TransientError
from stockpot.samples import archive, sending
from stockpot.samples.events import TOPICS, Event
from stockpot.samples.gourmetgram import sample
from stockpot.samples.stream import ABORTED, EVENT, LATEST, MALFORMED, REPEAT, Record, Shares, stream, truth
from tests.harness.kafka.broker import Broker

NO_FAULTS = Shares(repeated=0, late=0, malformed=0, aborted=0)


def records(events: int = 0, shares: Shares | None = None, seed: int = 7) -> list[Record]:
    """All records of a stream."""
    return [record for group in stream(seed, events, 50, shares or Shares()) for record in group]


def of_kind(events: list[Event], kind: str) -> list[Event]:
    """The events of one kind."""
    return [one for one in events if one.kind == kind]


def test_the_history_is_that_of_the_sample_database() -> None:
    """Every view, comment, flag and image of the sample is an event once, whatever the faults."""
    rows, found = sample(), truth([records()])
    assert Counter(one.image_id for one in of_kind(found, "view")) == Counter(str(view.image_id) for view in rows.views)
    for kind, there in (("comment", rows.comments), ("flag", rows.flags), ("upload", rows.images)):
        own = Counter(one.event_id for one in of_kind(found, kind))
        assert own == Counter({str(row.id) for row in there}), kind


def test_the_same_arguments_give_the_same_records() -> None:
    """Nothing hangs on the clock or on chance."""
    assert records(500) == records(500)
    assert records(500) != records(500, seed=8)


def test_values_are_what_the_platform_writes() -> None:
    """A view's time has no offset, the others' times have one, and a flag on a comment has no image."""
    for record in records(500, NO_FAULTS):
        told, one = json.loads(record.value), record.event
        assert told["event_type"] == one.kind
        assert told["image_id"] == one.image_id
        if one.kind == "view":
            assert set(told) == {"event_type", "image_id", "viewed_at"}
            assert len(told["viewed_at"]) == len("2026-01-01T00:00:00.000000")
        else:
            assert told["created_at"].endswith(("Z", "+00:00"))
        if one.kind == "flag":
            assert (told["image_id"] is None) != (told["comment_id"] is None)


def test_each_fault_comes_in_its_share_and_hides_nothing() -> None:
    """Repeats, late, malformed and aborted records are there, and every event is there beside them once."""
    found = records(20_000)
    fates = Counter(record.outcome for record in found)
    with_id = [record for record in found if record.outcome == EVENT and record.event.event_id]
    assert fates[REPEAT] == pytest.approx(0.05 * len(with_id), abs=2)
    assert fates[MALFORMED] == pytest.approx(0.005 * fates[EVENT], abs=2)
    assert fates[ABORTED] == pytest.approx(0.02 * fates[EVENT], abs=2)
    delays = [record.known_at - record.event.at // 1000 for record in found if record.outcome == EVENT]
    late = [delay for delay in delays if delay > 60_000]
    assert len(late) == pytest.approx(0.05 * len(delays), rel=0.2)
    assert min(delays) > 0
    assert max(delays) <= LATEST.total_seconds() * 1000
    assert sum(fates.values()) == len(found)
    assert len(truth([found])) == fates[EVENT]


def test_events_come_out_of_order() -> None:
    """The log's order is not the order in which things happened, even where nothing is late."""
    moments = [record.event.at for record in records(5000, NO_FAULTS)[-5000:]]
    assert moments != sorted(moments)


def test_repeated_views_count() -> None:
    """Nothing tells a repeated view from a second one, so the truth holds it too."""
    plain = of_kind(truth([records()]), "view")
    twice = of_kind(truth([records(shares=Shares(repeat_views=True))]), "view")
    assert len(twice) > len(plain)


@pytest.mark.parametrize("wrong", [{"late": -0.1}, {"repeated": 1.5}, {"malformed": 0.01}])
def test_shares_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    """A share outside of 0 to 1, or more malformed records than any reader lets pass, is a wrong parameter."""
    with pytest.raises(ConfigurationError, match=f"--{next(iter(wrong))}"):
        Shares(**wrong)


def test_an_archive_holds_all_but_what_was_taken_back(tmp_path: Path) -> None:
    """Files hold each topic's committed records in the log's order, with the log's time, byte for byte the same."""
    groups = list(stream(7, 300, 20, Shares()))
    counts = archive.write(groups, tmp_path / "a")
    archive.write(groups, tmp_path / "b")
    assert sorted(counts) == sorted(TOPICS.values())
    kept = [record for group in groups for record in group if record.outcome != ABORTED]
    for topic, count in counts.items():
        files = sorted((tmp_path / "a" / topic).iterdir())
        assert [(tmp_path / "b" / topic / file.name).read_bytes() for file in files] == [
            file.read_bytes() for file in files
        ]
        lines = b"".join(gzip.decompress(file.read_bytes()) for file in files).removesuffix(b"\n").split(b"\n")
        wanted = [record for record in kept if record.topic == topic]
        assert len(lines) == len(wanted) == count
        for line, record in zip(lines, wanted, strict=True):
            if record.outcome != MALFORMED:
                found = json.loads(line)
                known_at = datetime.fromisoformat(found.pop("known_at"))
                assert found == json.loads(record.value)
                assert known_at.timestamp() * 1000 == pytest.approx(record.known_at, abs=0.01)


def test_an_archive_is_not_mixed_with_another(tmp_path: Path) -> None:
    """A directory that holds events is refused, unless they are to be dropped."""
    archive.write(stream(7, 0, 1, Shares()), tmp_path)
    with pytest.raises(ConfigurationError, match="already holds events"):
        archive.write(stream(8, 0, 1, Shares()), tmp_path)
    archive.write(stream(8, 0, 1, NO_FAULTS), tmp_path, replace=True)
    assert {file.name for file in tmp_path.rglob("*.gz")} == {"part-00000.jsonl.gz"}


def test_a_broker_that_is_not_there_is_named() -> None:
    """No broker is worth another try, with its address."""
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9"):
        sending.send([], "127.0.0.1:9", partitions=1, seed=1)


@pytest.mark.xdist_group("kafka")
def test_a_broker_holds_what_was_committed(kafka_broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers of committed records see all but what was taken back; records have no key and the log's time."""
    names = {kind: f"{topic}-{uuid.uuid4().hex[:8]}" for kind, topic in TOPICS.items()}
    monkeypatch.setattr("stockpot.samples.sending.TOPICS", names)
    groups = [[record._replace(topic=names[record.event.kind]) for record in records(200)]]
    counts = sending.send(groups, kafka_broker.address, partitions=2, seed=3)
    assert sum(counts.values()) == sum(record.outcome != ABORTED for record in groups[0])
    for level, fates in (("read_committed", {EVENT, REPEAT, MALFORMED}), ("read_uncommitted", None)):
        found = _all(kafka_broker.address, list(names.values()), level)
        wanted = [record for record in groups[0] if fates is None or record.outcome in fates]
        assert Counter((record.topic, record.timestamp, record.value) for record in found) == Counter(
            (record.topic, record.known_at, record.value) for record in wanted
        )
        assert {record.key for record in found} == {None}
        assert {record.partition for record in found} == {0, 1}


def _all(address: str, topics: list[str], level: str) -> list[Any]:
    consumer = KafkaConsumer(bootstrap_servers=address, isolation_level=level, auto_offset_reset="none", group_id=None)
    places = [TopicPartition(topic, number) for topic in topics for number in (0, 1)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    found: list[Any] = []
    ends = consumer.end_offsets(places)
    while any(consumer.position(place) < ends[place] for place in places):
        found += [record for polled in consumer.poll(timeout_ms=1000).values() for record in polled]
    consumer.close(autocommit=False)
    return found
