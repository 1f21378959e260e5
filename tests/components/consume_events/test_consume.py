"""Every committed record is read once, from a real broker, whatever happens to topic and broker meanwhile."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from components.consume_events import topics as topics_module
from components.consume_events.offsets import continued
from components.consume_events.topics import batches, held
from components.shell.datasets import MANIFEST
from components.shell.errors import ConfigurationError, ContractError, SourceGoneError, TransientError
from components.shell.events.batch import Batch
from components.shell.summary import read_summary
from pipelines.event_aggregation import TOPICS
from tests.harness.kafka.broker import Broker
from tests.harness.waiting import wait_for

pytestmark = pytest.mark.xdist_group("kafka")

STAMP = 1_768_046_400_000
NOON = datetime.fromtimestamp(STAMP / 1000, UTC)
IMAGE = "0a000000-0000-4000-8000-00000000000b"


def view(image: str = IMAGE, at: str = "2026-01-10T11:59:58.25") -> bytes:
    """A view as the product writes it."""
    return json.dumps({"event_type": "view", "image_id": image, "viewed_at": at}).encode()


def views(count: int, first: int = 0) -> list[bytes]:
    """Views of images whose ids count up."""
    return [view(str(uuid.UUID(int=number))) for number in range(first, first + count)]


def images(events: list[dict]) -> list[int]:
    """The numbers of the images, as `views` gave them."""
    return [uuid.UUID(event["image_id"]).int for event in events]


def test_events_of_all_kinds_come_with_their_place_and_times(topic, produce, consumed) -> None:
    """Topic, partition, offset, own id, image, time and append time are what was written."""
    seen, said, flagged = topic(2), topic(), topic()
    produce(seen, [view()], partition=1)
    comment = {"event_type": "comment", "comment_id": "C" + "1" * 7, "image_id": IMAGE.upper(), "user_id": "u"}
    produce(said, [json.dumps({**comment, "content": "é\n{", "created_at": "2026-01-10T14:00:00+02:00"}).encode()])
    flag = {"event_type": "flag", "flag_id": "f", "user_id": "u", "created_at": "2026-01-10T11:00:00Z"}
    on_comment = {**flag, "image_id": None, "comment_id": "c"}
    produce(flagged, [json.dumps({**flag, "image_id": IMAGE}).encode(), json.dumps(on_comment).encode()])
    found = consumed({seen: "view", said: "comment", flagged: "flag"})
    before = NOON.replace(hour=11)
    rows = [
        (seen, 1, 0, "view", None, IMAGE, NOON - timedelta(seconds=1.75), NOON),
        (said, 0, 0, "comment", "C1111111", IMAGE, NOON, NOON),
        (flagged, 0, 0, "flag", "f", IMAGE, before, NOON),
    ]
    assert sorted(tuple(event.values()) for event in found.events) == sorted(rows)
    assert found.rejected == []
    assert (found.summary.rows_in, found.summary.rows_out, found.summary.rows_rejected) == (4, 3, 0)
    assert found.summary.details["filtered"] == {"flags_on_no_image": 1}


def test_the_brokers_time_of_append_is_when_an_event_became_known(topic, produce, consumed) -> None:
    """Where the topic stamps records itself, the producer's clock has no say."""
    name = topic(message_timestamp_type="LogAppendTime")
    began = time.time()
    produce(name, [view()], stamp=0)
    (event,) = consumed({name: "view"}).events
    assert began - 1 < event["known_at"].timestamp() < time.time() + 1


def test_runs_in_a_row_tile_the_topic(topic, produce, consumed) -> None:
    """Each run goes on where the last ended; nothing is read twice or left out, and a run with nothing new is empty."""
    name, found, after = topic(2), [], {}
    for number in range(3):
        produce(name, views(10, 20 * number), partition=0)
        produce(name, views(10, 20 * number + 10), partition=1)
        run = consumed({name: "view"}, after)
        starts = {partition: span["start"] for partition, span in run.offsets[name]["partitions"].items()}
        assert starts == {"0": 10 * number, "1": 10 * number}
        found += images(run.events)
        after = run.offsets
    assert sorted(found) == list(range(60))
    assert consumed({name: "view"}, after).events == []


def test_a_new_partition_is_read_from_its_beginning(topic, produce, consumed, admin, kafka_broker) -> None:
    """Partitions added between two runs belong to the next one as a whole."""
    name = topic(1)
    produce(name, views(5))
    first = consumed({name: "view"})
    admin.create_partitions({name: 3})
    wait_for(lambda: len(held([kafka_broker.address], [name])[name].partitions) == 3)
    produce(name, views(5, 5), partition=2)
    second = consumed({name: "view"}, first.offsets)
    assert sorted(images(first.events + second.events)) == list(range(10))
    assert sorted(second.offsets[name]["partitions"]) == ["0", "1", "2"]


@pytest.fixture
def transactions(kafka_broker: Broker) -> Iterator[Callable[[str, list[bytes], str], None]]:
    """A function that appends values in a transaction and commits it, aborts it, or leaves it open."""
    producer = KafkaProducer(bootstrap_servers=kafka_broker.address, transactional_id=uuid.uuid4().hex)
    producer.init_transactions()

    def append(name: str, values: list[bytes], end: str) -> None:
        producer.begin_transaction()
        for value in values:
            producer.send(name, value, partition=0, timestamp_ms=STAMP)
        producer.flush()
        if end != "open":
            producer.commit_transaction() if end == "commit" else producer.abort_transaction()

    append.finish = producer.commit_transaction
    yield append
    producer.close()


def test_only_what_was_committed_is_read(topic, consumed, transactions, kafka_broker) -> None:
    """Aborted records are skipped, an open transaction waits for a later run, and holes in the offsets are normal."""
    name = topic()
    transactions(name, views(3, 0), "commit")
    transactions(name, views(3, 100), "abort")
    transactions(name, views(3, 3), "commit")
    transactions(name, views(3, 100), "abort")
    first = consumed({name: "view"})
    transactions(name, views(3, 6), "open")
    second = consumed({name: "view"}, first.offsets)
    transactions.finish()
    third = consumed({name: "view"}, second.offsets)
    # Whoever trusts the table has to know that records wait.
    assert [run.offsets[name].get("waiting") for run in (first, second, third)] == [None, {"0": 19}, None]
    assert [images(run.events) for run in (first, second, third)] == [[0, 1, 2, 3, 4, 5], [], [6, 7, 8]]
    assert first.offsets[name]["partitions"] == {"0": {"start": 0, "end": 16}}
    assert len(naively_read(kafka_broker, name)) > 9


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_records_packed_by_the_reference_client_are_unpacked(codec: str, topic, consumed, kafka_broker) -> None:
    """What Kafka's own producer packs comes out whole, in its order, whatever the codec."""
    name = topic()
    written = views(1000)
    kafka_broker.produce(name, written, codec)
    assert images(consumed({name: "view"}).events) == list(range(1000))


def test_a_bomb_costs_one_record_and_no_run(topic, consumed, kafka_broker) -> None:
    """A producer's 70 KB that stand for 68 MB: its neighbours are read, and the next run begins behind it."""
    name = topic()
    producer = KafkaProducer(
        bootstrap_servers=kafka_broker.address, acks="all", compression_type="gzip", max_request_size=1 << 28
    )
    for value in (views(2)[0], bytes(65 << 20), views(2)[1]):
        producer.send(name, value, timestamp_ms=STAMP)
        producer.flush()
    producer.close()
    done = consumed({name: "view"})
    assert images(done.events) == [0, 1]
    assert [(row["offset"], row["reason"]) for row in done.rejected] == [(1, "the batch inflates to more than 64 MiB")]
    assert (done.summary.rows_in, done.summary.rows_out, done.summary.rows_rejected) == (3, 2, 1)
    assert consumed({name: "view"}, after=done.offsets).rejected == []


def naively_read(broker: Broker, name: str) -> list[bytes]:
    """The records as a consumer of default isolation sees them: the counter-test of the test above."""
    place, found = TopicPartition(name, 0), []
    consumer = KafkaConsumer(bootstrap_servers=broker.address, auto_offset_reset="earliest", group_id=None)
    consumer.assign([place])
    end = consumer.end_offsets([place])[place]
    while consumer.position(place) < end:
        found += [record.value for records in consumer.poll(timeout_ms=1000).values() for record in records]
    consumer.close()
    return found


def test_what_is_appended_after_the_start_waits_for_the_next_run(topic, produce, kafka_broker) -> None:
    """The ends are fixed before the first record is read."""
    name = topic()
    produce(name, views(5))
    offsets = continued({}, held([kafka_broker.address], [name]))
    produce(name, views(5, 5))
    assert [offset for batch in batches([kafka_broker.address], offsets) for offset in batch.offsets] == [*range(5)]


def test_retention_past_the_last_commit_ends_the_run(topic, produce, consumed, admin) -> None:
    """Records that were deleted before they were read are a gap that nobody may overlook."""
    name = topic()
    produce(name, views(5))
    first = consumed({name: "view"})
    produce(name, views(5, 5))
    admin.delete_records({TopicPartition(name, 0): 5})
    assert images(consumed({name: "view"}, first.offsets).events) == [5, 6, 7, 8, 9]
    admin.delete_records({TopicPartition(name, 0): 7})
    with pytest.raises(SourceGoneError, match="retention has passed it"):
        consumed({name: "view"}, first.offsets)


def test_retention_during_the_reading_ends_the_run(topic, produce, kafka_broker, admin) -> None:
    """Records that vanish between the plan and the reading are missed, not skipped."""
    name = topic()
    produce(name, views(5))
    offsets = continued({}, held([kafka_broker.address], [name]))
    admin.delete_records({TopicPartition(name, 0): 3})
    with pytest.raises(SourceGoneError, match="gone from the topic"):
        list(batches([kafka_broker.address], offsets))


def test_a_topic_made_again_ends_the_run(topic, produce, consumed, admin) -> None:
    """A topic of the same name is told from the old one, by its id even where it has grown longer."""
    name = topic()
    produce(name, views(5))
    first = consumed({name: "view"})
    admin.delete_topics([name])
    wait_for(lambda: name not in admin.list_topics())
    topic(name=name)
    produce(name, views(3))
    nameless = {name: {**first.offsets[name], "id": ""}}
    with pytest.raises(SourceGoneError, match="ends at offset 3, the last commit at 5"):
        consumed({name: "view"}, nameless)
    produce(name, views(6))
    with pytest.raises(SourceGoneError, match="deleted and made again"):
        consumed({name: "view"}, first.offsets)


def test_a_missing_topic_is_a_wrong_parameter_and_stays_missing(consumed, admin) -> None:
    """A typing error in the topic's name neither reads nothing in silence nor makes that topic."""
    with pytest.raises(ConfigurationError, match=r"gourmetgram\.veiws does not exist"):
        consumed({"gourmetgram.veiws": "view"})
    assert "gourmetgram.veiws" not in admin.list_topics()


def tried_once(servers: list[str], name: str, _deaths: int) -> Iterator[Batch]:
    """The reading as the step does it."""
    return batches(servers, continued({}, held(servers, [name])))


def tried_again(servers: list[str], name: str, deaths: int) -> Iterator[Batch]:
    """A naive reading: whenever the broker has been away it begins anew, beside what it has read already."""
    for _ in range(deaths):
        yield next(tried_once(servers, name, 0))
    yield from tried_once(servers, name, 0)


@pytest.fixture
def read_through(topic, produce, kafka_broker, monkeypatch) -> Callable[..., list[int]]:
    """A function that reads 1,100 records while the broker dies and returns so many times, and gives their offsets."""

    def read(reading: Callable[[list[str], str, int], Iterator[Batch]], deaths: int) -> list[int]:
        name = topic()
        for first in range(0, 1100, 100):
            produce(name, views(100, first))
        monkeypatch.setattr(topics_module, "_BATCH_ROWS", 100)
        # No fetch brings more than what was packed together, so that the broker is needed again after each.
        monkeypatch.setattr(topics_module, "_FETCH_BYTES", 100)
        found: list[int] = []
        for number, batch in enumerate(reading([kafka_broker.address], name, deaths)):
            if number < deaths:
                # In order and by force, turn by turn; it is gone by the time that the next fetch is due.
                kafka_broker.stop() if number % 2 else kafka_broker.kill()
                kafka_broker.start()
            found += batch.offsets.tolist()
        assert number >= deaths
        return found

    return read


DEATHS = pytest.mark.parametrize("deaths", [1, pytest.param(10, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])


@pytest.mark.turns
@DEATHS
def test_a_broker_that_dies_and_returns_in_the_middle_costs_nothing(read_through, deaths) -> None:
    """A reading goes on where it was, without a record lost or repeated, also where the broker does so ten times."""
    assert read_through(tried_once, deaths) == list(range(1100))


@pytest.mark.turns
@DEATHS
def test_a_naive_reading_is_found_out_by_a_broker_that_dies(read_through, deaths) -> None:
    """The same harness counts what is read again with each death."""
    assert len(read_through(tried_again, deaths)) == 1100 + 100 * deaths


def test_an_absent_broker_is_worth_another_try(monkeypatch) -> None:
    """Nobody at the address is exit code 75, with the setting to look at."""
    monkeypatch.setattr(topics_module, "_HELLO_MS", 500)
    with pytest.raises(TransientError, match="Kafka does not answer"):
        held(["127.0.0.1:1"], ["t"])


def test_too_many_malformed_records_stop_the_run_before_anything_is_complete(
    topic, produce, consumed, tmp_path
) -> None:
    """Above the threshold nothing is sealed, and the line says what, how many, and where the first one is."""
    name = topic()
    produce(name, [*views(97), b"no", b"no", b"{}"])
    assert len(consumed({name: "view"}, most_rejected=0.03).events) == 97
    with pytest.raises(ContractError, match=r"3 of 100 .*2 no JSON, 1 no event_type.* offset 97 of partition 0"):
        consumed({name: "view"}, most_rejected=0.02)
    assert not any((tmp_path / name / MANIFEST).exists() for name in ("events", "rejected"))


def command(module: str, broker: Broker, **flags: object) -> "subprocess.CompletedProcess[str]":
    """The step's command `module`, run with these flags."""
    given = [text for flag, value in flags.items() for text in (f"--{flag.replace('_', '-')}", str(value))]
    environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": broker.address}
    return subprocess.run(
        [sys.executable, "-m", module, *given],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[3],
    )


def test_the_commands_hand_on_offsets_and_tell_what_is_gone(topic, produce, kafka_broker, admin, tmp_path) -> None:
    """The plan's share goes into the reading as it is, its offsets into the next plan, and a gap is 13 in a line."""
    name = topic()
    produce(name, views(3))
    plans = {flag: tmp_path / flag for flag in ("offsets", "shares", "run_key", "records", "summary")}
    paths = {flag: tmp_path / flag for flag in ("events", "rejected", "summary")}
    topics = json.dumps({name: "view"})
    table = json.dumps({"name": "a.events", "columns": ["event_id string!"]})

    def plan(after: str) -> "subprocess.CompletedProcess[str]":
        work = {
            "topics": topics,
            "kinds": json.dumps(TOPICS.kinds),
            "after": after,
            "pipeline": "p",
            "version": "1",
            "table": table,
        }
        work["as_of"] = "2026-01-15T00:00:00Z"
        return command("components.consume_events.plan", kafka_broker, **work, **plans)

    def read() -> str:
        (share,) = json.loads(plans["shares"].read_text())
        given = {"topics": topics, "kinds": json.dumps(TOPICS.kinds), "spans": json.dumps(share)}
        done = command("components.consume_events", kafka_broker, **given, **paths)
        return done.stdout

    assert plan("{}").returncode == 0
    assert read() == "3 events of 3 records taken, 0 rejected\n"
    after = plans["offsets"].read_text()
    assert plan(after).returncode == 0
    assert read() == "0 events of 0 records taken, 0 rejected\n"
    produce(name, views(3))
    admin.delete_records({TopicPartition(name, 0): 5})
    gone = plan(after)
    assert gone.returncode == 13
    assert gone.stderr.splitlines()[-1].startswith(f"error: partition 0 of topic {name} begins at offset 5")
    assert "Traceback" not in gone.stderr


def test_the_broker_shows_how_far_the_table_is(topic, kafka_broker, admin, tmp_path) -> None:
    """The ends of a run are the offsets of its pipeline's group; without a broker there is a warning, and no more."""
    name, summary = topic(2), tmp_path / "summary"
    spans = {str(number): {"start": 0, "end": end} for number, end in enumerate((3, 5))}
    given = {"offsets": json.dumps({name: {"id": "x", "partitions": spans}}), "summary": summary}

    def tell(broker: Broker, pipeline: str, **more: str) -> tuple[bool, str]:
        done = command("components.consume_events.report_lag", broker, pipeline=pipeline, **given, **more)
        assert done.returncode == 0, done.stderr
        warnings = [line.partition(" WARNING ")[2] for line in done.stderr.splitlines() if " WARNING group " in line]
        return read_summary(summary).details["told"], " ".join(warnings)

    assert tell(kafka_broker, name) == (True, "")
    found = admin.list_group_offsets(f"stockpot.{name}")[f"stockpot.{name}"]
    assert {place.partition: one.offset for place, one in found.items()} == {0: 3, 1: 5}
    nobody = Broker(tmp_path)
    assert tell(nobody, "p", events_dir="archive") == (False, "")
    told, said = tell(nobody, "p")
    assert not told
    assert said.startswith("group stockpot.p does not show the offsets of this run: Kafka does not answer")
