"""Runs that cannot end well: each says why and loads nothing, and none hangs or tries again what cannot help."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components.shell.instants import parse_instant
from tests.e2e.places import FIRST, PASSWORD, Place, query

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200), pytest.mark.xdist_group("bad-ends")]
LISTENER = Path(__file__).with_name("listener.yaml")
# Nobody looks at anything for less than no time.
NEGATIVE = """
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public;
    CREATE TABLE users (user_id int, signup_date date);
    CREATE TABLE items (item_id int, creation_date date);
    CREATE TABLE interactions (
        interaction_id text, user_id int, item_id int, "timestamp" timestamptz, click bool, "like" bool, share bool,
        dwell_time float, device text
    );
    INSERT INTO users SELECT i, '2025-01-01' FROM generate_series(0, 9) i;
    INSERT INTO items SELECT i, '2025-01-01' FROM generate_series(0, 19) i;
    INSERT INTO interactions
    SELECT 'i' || i, i % 10, i % 20, '2026-01-01'::timestamptz + i * interval '1 minute', i % 7 = 0, i % 21 = 0, false,
        CASE i WHEN 7 THEN -1 ELSE 4.5 END, 'mobile'
    FROM generate_series(1, 1200) i;
    GRANT USAGE ON SCHEMA public TO stockpot_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO stockpot_reader;
"""


def break_contract(place: Place) -> str:
    """A run on data that breaks its contract, with somebody listening."""
    query(place.source, NEGATIVE)
    place.kubectl("apply", "-f", str(LISTENER))
    place.kubectl("wait", "pod/listener", "--for=condition=ready", "--timeout=120s")
    place.secret("stockpot-notify", {"STOCKPOT_NOTIFY_URLS": "json://listener:6443/"})
    return place.submit("feed-ranking", as_of="2026-02-01T00:00:00Z", source="postgres")


def refuse_password(place: Place) -> str:
    """A run whose secret holds a password that Postgres refuses."""
    address = place.environment(inside=True)["DATABASE_URL"].replace(PASSWORD, "quite-wrong")
    place.secret("stockpot-database", {"DATABASE_URL": address})
    return place.submit("moderation-training", as_of=FIRST)


def lose_bucket(place: Place) -> str:
    """A run that is to publish into a bucket which nobody made."""
    return place.submit("moderation-training", as_of=FIRST, bucket="nobody-made-this")


def lose_artifacts(place: Place) -> str:
    """A run whose artifacts go into a bucket which nobody made."""
    repositories = place.get("configmap", "artifact-repositories")["data"]
    repositories["store"] = repositories["store"].replace("stockpot-artifacts", "nobody-made-this", 1)
    place.kubectl("patch", "configmap", "artifact-repositories", "-p", json.dumps({"data": repositories}))
    return place.submit("moderation-training", as_of=FIRST)


def ask_too_much(place: Place) -> str:
    """A run with a step that no node can take."""
    templates = place.get("workflowtemplate", "moderation-training")["spec"]["templates"]
    index = next(number for number, each in enumerate(templates) if each["name"] == "extract-postgres")
    change = {"op": "add", "path": f"/spec/templates/{index}/nodeSelector", "value": {"disk": "of-gold"}}
    place.kubectl("patch", "workflowtemplate", "moderation-training", "--type=json", "-p", json.dumps([change]))
    return place.submit("moderation-training", as_of=FIRST)


SCENES: tuple[Callable[[Place], str], ...] = (
    ask_too_much, lose_artifacts, break_contract, refuse_password, lose_bucket,
)  # fmt: skip


@pytest.fixture(scope="module")
def begun(new_place: Any) -> dict[str, tuple[Place, str]]:
    """All runs, side by side, each in a place of its own."""
    places = {scene: new_place("feed-ranking", "moderation-training") for scene in SCENES}
    return {scene.__name__: (place, scene(place)) for scene, place in places.items()}


def _failed(
    begun: Any, name: str, step: str, *words: str, phase: str = "Failed", attempts: int = 1
) -> tuple[Place, Any]:
    place, run = begun[name]
    ended = place.wait(run, 600)
    assert ended.phase == phase, ended.explain()
    pods = ended.pods(step)
    assert len(pods) == attempts, ended.explain()
    assert all(word in pods[-1]["message"] for word in words), pods[-1]["message"]
    return place, ended


def _on_record(place: Place, run: Any, *words: str) -> None:
    record = place.record(run.name)
    assert record["status"] == "failed"
    assert record["finished_at"]
    assert all(word in record["reason"] for word in words), record["reason"]


def test_a_step_that_no_node_takes(begun: Any) -> None:
    """While it waits the node says for what; at the deadline the run fails, its exit tasks run and no pod is left."""
    place, name = begun["ask_too_much"]
    waits = place.poll(lambda: _pending(place, name), "a pod that waits")
    assert waits.startswith("Unschedulable: 0/1 nodes are available")
    _pass_deadline(place, name)
    place, run = _failed(begun, "ask_too_much", "extract-postgres", "exceeded its deadline")
    _on_record(place, run, "deadline")
    assert [pod["phase"] for pod in run.pods("end-run")] == ["Succeeded"]
    label = f"workflows.argoproj.io/workflow={name}"
    place.poll(lambda: not [pod for pod in place.list("pods", label) if pod["status"]["phase"] == "Pending"], "its end")


def test_data_that_breaks_its_contract(begun: Any) -> None:
    """The run fails, once; etl_runs and whoever listens are told which expectation broke; nothing is loaded."""
    place, run = _failed(begun, "break_contract", "check-quality", "exit code 10", "dwell_time")
    assert not run.pods("load-iceberg")
    _on_record(place, run, "the data breaks its contract", "dwell_time")
    assert place.receipts("feed.training_data") == []
    (told,) = [json.loads(line) for line in place.kubectl("logs", "listener").splitlines()]
    assert told["title"] == "feed-ranking has failed"
    assert all(word in told["message"] for word in (run.name, "check-quality", "the data breaks its contract"))
    assert [pod["phase"] for pod in run.pods("end-run")] == ["Succeeded"]


def test_a_password_that_is_refused(begun: Any) -> None:
    """The run fails, once, and says who was refused, without the password; with the right one it goes on to its end."""
    place, run = _failed(begun, "refuse_password", "extract-postgres", "exit code 11", "stockpot_reader")
    _on_record(place, run, "stockpot_reader")
    assert "quite-wrong" not in json.dumps(run.document["status"])
    assert place.receipts() == []
    place.secret("stockpot-database", {"DATABASE_URL": place.environment(inside=True)["DATABASE_URL"]})
    done = place.stockpot("resume", run.name, "--on", "cluster", "--namespace", place.namespace)
    assert done.returncode == 0, done.stderr
    ended = place.wait(run.name)
    assert ended.phase == "Succeeded", ended.explain()
    kept = [[node["startedAt"] for node in each.pods("begin-interval")] for each in (run, ended)]
    assert kept[0] == kept[1]
    place.assert_whole()
    assert place.record(run.name)["status"] == "succeeded"


def test_a_bucket_that_is_missing(begun: Any) -> None:
    """The run fails, once, and names the bucket; the table is as it was."""
    place, run = _failed(begun, "lose_bucket", "publish-raw", "exit code 11", "nobody-made-this")
    _on_record(place, run, "nobody-made-this")
    assert place.receipts() == []


def test_a_bucket_for_artifacts_that_is_missing(begun: Any) -> None:
    """Argo's own error names the bucket; since it may be one of the platform it is tried three times more."""
    _failed(begun, "lose_artifacts", "begin-interval", "bucket does not exist", phase="Error", attempts=4)


def _pass_deadline(place: Place, name: str) -> None:
    """Let a run's deadline be now, instead of a day after its start."""
    begin = parse_instant(place.get("workflow", name)["status"]["startedAt"])
    passed = int((datetime.now(UTC) - begin).total_seconds())
    # What a run took from its template is kept in its status.
    change = {"status": {"storedWorkflowTemplateSpec": {"activeDeadlineSeconds": passed}}}
    place.kubectl("patch", "workflow", name, "--type=merge", "-p", json.dumps(change))


def _pending(place: Place, name: str) -> str:
    nodes = place.get("workflow", name).get("status", {}).get("nodes", {}).values()
    waiting = [str(node.get("message", "")) for node in nodes if node["displayName"].startswith("extract-postgres")]
    return next((message for message in waiting if message.startswith("Unschedulable")), "")
