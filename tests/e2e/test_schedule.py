"""The schedule on a cluster: the instant of a tick, and ticks that were missed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.shell.instants import format_instant, parse_instant

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200), pytest.mark.xdist_group("schedule")]
NAME = "moderation-training"
PIPELINES = (NAME,)
SCHEDULED = "workflows.argoproj.io/scheduled-time"
_LATEST = timedelta(minutes=3)


def _patch(place: Any, **spec: Any) -> None:
    place.kubectl("patch", "cronworkflow", NAME, "--type=merge", "-p", json.dumps({"spec": spec}))


def _tick(place: Any, seen: int) -> Any:
    """The run of the schedule's next tick, after which it rests, once it has ended.

    The tick comes once a day: in one of every minute a busy machine could begin another run before it is told to rest.
    Where the controller heard of it when it was over, another one comes.
    """
    label = f"workflows.argoproj.io/cron-workflow={NAME}"
    last = datetime.now(UTC) - _LATEST

    def begun() -> Any:
        nonlocal last
        if datetime.now(UTC) >= last + _LATEST:
            last = datetime.now(UTC) + timedelta(minutes=2)
            _patch(place, schedules=[f"{last.minute} {last.hour} * * *"], suspend=False)
        return _newer(place.list("workflows", label), seen)

    found = place.poll(begun, "a run of the schedule")
    _patch(place, schedules=["* * * * *"], suspend=True)
    run = place.wait(found["metadata"]["name"], 600)
    assert run.phase == "Succeeded", run.explain()
    return run


def _newer(found: list[dict[str, Any]], seen: int) -> dict[str, Any] | None:
    ordered = sorted(found, key=lambda each: str(each["metadata"]["creationTimestamp"]))
    return ordered[seen] if len(ordered) > seen else None


def test_the_next_tick_makes_good_the_missed_ones(place: Any) -> None:
    """Each run has the instant of its tick, and starts where the last one that ran ended, whatever was missed."""
    bucket = [{"name": "bucket", "value": place.bucket}]
    given = place.get("cronworkflow", NAME)["spec"]["workflowSpec"]["arguments"]["parameters"]
    _patch(place, workflowSpec={"arguments": {"parameters": given + bucket}})
    first = _tick(place, 0)
    missed = parse_instant(first.document["metadata"]["annotations"][SCHEDULED]) + timedelta(minutes=2)
    place.poll(lambda: datetime.now(UTC) > missed, "two ticks to be missed")
    second = _tick(place, 1)
    assert first.document["status"]["finishedAt"] <= second.document["status"]["startedAt"]
    receipts = place.receipts()
    for run, receipt in zip((first, second), receipts, strict=True):
        tick = parse_instant(run.document["metadata"]["annotations"][SCHEDULED])
        assert (tick.second, tick.tzinfo) == (0, UTC)
        assert receipt["stockpot.as-of"] == format_instant(tick)
        assert receipt["stockpot.interval-end"] == format_instant(tick - timedelta(hours=24))
        assert place.record(run.name)["as_of"] == tick
    assert receipts[1]["stockpot.interval-start"] == receipts[0]["stockpot.interval-end"]
    assert receipts[0]["stockpot.interval-start"] == "1970-01-01T00:00:00Z"
    assert len(place.rows()) == sum(int(receipt["stockpot.rows"]) for receipt in receipts)
