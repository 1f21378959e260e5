"""Events are those of OpenLineage's schema, names those of its rules, and what is not taken is a warning."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from openlineage.client.naming.dataset import Kafka, Postgres

from components.connect import web
from components.lineage.events import ENDS, START, Dataset, EventDetails, Job, event
from components.lineage.naming import Named, sources, table_at
from components.lineage.sending import receiver
from components.shell.errors import ConfigurationError
from tests.components.lineage.client import bare, written
from tests.harness.listening import Listener

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
JOB = Job("kitchen", "moderation-training", "run-1", "abc")
TOLD = EventDetails(
    (NOON - timedelta(days=1), NOON),
    "load: the data breaks its contract",
    [Dataset(Named("postgres://db:5432", "shop.public.users")), Dataset(Named("s3://lake", "w/views"), "7")],
    [Dataset(Named("s3://lake", "w/t"), "9", [("id", "string")], 6, Named("s3://lake/w", "shop.t"))],
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """A server that takes events."""
    listener = Listener()
    monkeypatch.setenv("OPENLINEAGE_URL", listener.url)
    yield listener
    listener.close()


@pytest.mark.parametrize("kind", [START, *ENDS.values()])
@pytest.mark.parametrize("told", [TOLD, EventDetails()])
def test_events_are_as_the_client_writes_them(kind: str, told: EventDetails) -> None:
    """To the letter: versions of the schemas, names of all fields, forms of instants and of the UUID."""
    made = event(kind, NOON, JOB, told)
    assert json.loads(json.dumps(made)) == made
    assert bare(written(made)) == bare(made)


def test_a_run_has_one_uuid_and_no_other_has_it() -> None:
    """It follows from the names alone, for a step that is tried again is to tell of the same run."""
    assert str(uuid.UUID(JOB.uuid)) == JOB.uuid == Job("kitchen", "moderation-training", "run-1").uuid
    others = [replace(JOB, namespace="k"), replace(JOB, pipeline="p"), replace(JOB, run_id="run-2")]
    assert len({JOB.uuid, *(each.uuid for each in others)}) == 4


def test_sources_have_the_names_that_others_give_them() -> None:
    """Those of OpenLineage's own client: the table with its schema, which is `public` where none is asked for."""
    known = sources(" postgres://db:5432/shop  kafka://k:9092 kafka://other:1")
    for asked, schema, table in (("users", "public", "users"), ("sales.orders", "sales", "orders")):
        same = Postgres("db", "5432", "shop", schema, table)
        assert known.table(asked) == Named(same.get_namespace(), same.get_name())
    topic = Kafka("k", "9092", "events")
    assert known.topic("events") == Named(topic.get_namespace(), topic.get_name())
    assert (sources("").table("users"), sources("").topic("events")) == (None, None)


def test_tables_are_named_by_their_place() -> None:
    """A bucket and a path, or a folder of this machine."""
    assert table_at("s3://lake/w/shop.db/t/") == Named("s3://lake", "w/shop.db/t")
    assert table_at("file:///data/t") == table_at("/data/t") == Named("file", "/data/t")


def test_an_event_goes_to_the_endpoint_with_the_key(server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the client would send it; known secrets are taken out of what is sent."""
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "a-key-of-ours")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2-hunter2@db/x")
    found = receiver()
    assert found is not None
    assert (found.namespace, "a-key-of-ours" in repr(found)) == ("default", False)
    found.take(event(START, NOON, JOB, replace(TOLD, error="login hunter2-hunter2 refused")))
    monkeypatch.setenv("OPENLINEAGE_URL", f"{server.url}/proxy/")
    monkeypatch.setenv("OPENLINEAGE_ENDPOINT", "/v2/events")
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "kitchen")
    monkeypatch.delenv("OPENLINEAGE_API_KEY")
    found = receiver()
    assert found is not None
    assert found.namespace == "kitchen"
    found.take(event(START, NOON, JOB, EventDetails()))
    first, second = server.sent
    assert (first.path, first.headers["Authorization"]) == ("/api/v1/lineage", "Bearer a-key-of-ours")
    assert first.headers["Content-Type"] == "application/json"
    assert json.loads(first.body)["run"]["facets"]["errorMessage"]["message"] == "login *** refused"
    assert (second.path, "Authorization" in second.headers) == ("/proxy/v2/events", False)


@pytest.mark.parametrize(
    ("statuses", "asked", "said"),
    [((401,), 1, "it answers 401"), ((307,), 1, "it answers 307"), ((503, 503, 503), 3, "it answers 503")],
)
def test_an_event_that_is_not_taken_is_a_line_of_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, statuses: tuple[int, ...], asked: int, said: str
) -> None:
    """What passes is tried three times; a redirect is not followed, for the key is nobody else's."""
    monkeypatch.setattr("components.connect.web._TRIES", {**_tries(), "backoff_factor": 0})
    listener = Listener(statuses)
    monkeypatch.setenv("OPENLINEAGE_URL", listener.url)
    found = receiver()
    assert found is not None
    found.take(event(START, NOON, JOB, TOLD))
    listener.close()
    assert len(listener.sent) == asked
    assert [each.getMessage() for each in caplog.records if each.name == "lineage"] == [
        f"OPENLINEAGE_URL has not got the event START: {said}"
    ]


def test_nobody_there_is_a_line_of_the_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A port that nobody listens on is known within seconds."""
    monkeypatch.setattr("components.connect.web._TRIES", {**_tries(), "backoff_factor": 0})
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    found = receiver()
    assert found is not None
    found.take(event(START, NOON, JOB, TOLD))
    (line,) = [record for record in caplog.records if record.name == "lineage"]
    assert "has not got the event START: it does not answer: NewConnectionError" in line.getMessage()


def test_two_refusals_are_survived(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A server that restarts is no reason to lose an event, nor is a pool that has closed the connection."""
    monkeypatch.setattr("components.connect.web._TRIES", {**_tries(), "backoff_factor": 0})
    listener = Listener([503, 429])
    monkeypatch.setenv("OPENLINEAGE_URL", listener.url)
    found = receiver()
    assert found is not None
    found.take(event(START, NOON, JOB, TOLD))
    listener.close()
    assert (len(listener.taken), [each for each in caplog.records if each.name == "lineage"]) == (1, [])


def test_without_an_address_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one on another machine has to be reached over TLS, unless it is named as one that need not."""
    monkeypatch.delenv("OPENLINEAGE_URL", raising=False)
    assert receiver() is None
    monkeypatch.setenv("OPENLINEAGE_URL", "http://marquez:5000")
    with pytest.raises(ConfigurationError, match="OPENLINEAGE_URL leads to marquez in the clear"):
        receiver()
    monkeypatch.setenv("STOCKPOT_PLAINTEXT_HOSTS", "marquez")
    assert receiver() is not None


def _tries() -> dict[str, object]:
    return dict(web._TRIES)
