"""What a plan hands on, what the broker is told, and when a partition is read to its end; without a broker."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.consume_events import __main__ as consume
from components.consume_events import archive, plan, report_lag, topics
from components.consume_events.offsets import describe, parse_offsets
from components.shell.errors import ConfigurationError, SourceGoneError, TransientError
from components.shell.summary import read_summary
from pipelines.event_aggregation import TABLE
from pipelines.gourmetgram import VIEW
from stockpot.compiler.sizes import ARGUMENT

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


def planned(
    directory: Path, names: list[str], files: int = 1, after: dict[str, Any] | None = None, **more: Any
) -> dict[str, str]:
    """What a plan of an archive of these topics, with so many files of two lines in each, hands on."""
    for name in names:
        (directory / name).mkdir(parents=True, exist_ok=True)
        for number in range(files):
            (directory / name / f"{number}.jsonl").write_text("{}\n{}\n")
    outputs: dict[str, Any] = {
        name: directory.with_name(name) for name in ("offsets", "shares", "run_key", "records", "summary")
    }
    plan.main(
        topics=dict.fromkeys(names, "view"),
        kinds=[VIEW.describe()],
        after=after or {},
        pipeline="p",
        table=TABLE.document(),
        version="1",
        as_of=NOON,
        events_dir=str(directory),
        **more,
        **outputs,
    )
    return {name: path.read_text() for name, path in outputs.items()}


def test_a_plan_is_the_same_in_whatever_order_topics_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the letter, for an engine holds outputs against those of a run before; but for when topics were looked at."""
    monkeypatch.setattr(plan, "_clock", lambda: datetime(2026, 1, 12, tzinfo=UTC))
    found = planned(tmp_path / "archive", ["views", "looks"])
    assert found == planned(tmp_path / "archive", ["looks", "views"])
    assert found["records"] == "4"
    (share,) = json.loads(found["shares"])
    assert list(share) == ["looks", "views"]
    assert [list(topic) for topic in share.values()] == [["id", "partitions"]] * 2
    offsets = json.loads(found["offsets"])
    assert {topic.pop("kind") for topic in offsets.values()} == {"view"}
    assert {topic.pop("looked") for topic in offsets.values()} == {"2026-01-12T00:00:00Z"}
    assert offsets == share
    with pytest.raises(ConfigurationError, match="only a broker finds an offset by its time"):
        planned(tmp_path / "archive", ["views"], until="2026-01-10T12:00:00Z")


def test_an_archive_may_have_thousands_of_files(tmp_path: Path) -> None:
    """What a run is told of them fits into an argument; the next run has nothing to read, and its share names none."""
    found = planned(tmp_path / "archive", ["views"], files=4000)
    assert max(len(found[name]) for name in ("offsets", "shares")) < 60_000 < ARGUMENT
    again = planned(tmp_path / "archive", ["views"], files=4000, after=json.loads(found["offsets"]))
    assert (again["records"], json.loads(again["shares"])) == ("0", [{"views": {"id": "archive", "partitions": {}}}])


def test_too_many_files_are_refused_with_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is read; lines that are appended to files that have been read are read all the same."""
    directory = tmp_path / "archive"
    after = json.loads(planned(directory, ["views"], files=3)["offsets"])
    monkeypatch.setattr(plan, "_MOST_BYTES", 200)
    with pytest.raises(ConfigurationError, match=r"each of 4 files, .* more than 200 - append new lines to files that"):
        planned(directory, ["views"], files=4, after=after)
    (directory / "views/3.jsonl").unlink()
    with (directory / "views/2.jsonl").open("a") as file:
        file.write("{}\n")
    found = planned(directory, ["views"], files=2, after=after)
    assert found["records"] == "1"


def test_a_share_of_an_archive_counts_no_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan has counted them; what has gone or shrunk since shows when it is read."""
    found = planned(tmp_path / "archive", ["views"], files=2)
    (spans,) = json.loads(found["shares"])
    outputs = {name: tmp_path / f"consumed-{name}" for name in ("events", "rejected", "summary")}
    given: dict[str, Any] = {"topics": {"views": "view"}, "kinds": [VIEW.describe()], "most_rejected": 1.0}
    given |= {"spans": spans, "events_dir": str(tmp_path / "archive")}
    with monkeypatch.context() as patch:
        patch.setattr(archive, "held", lambda *_: pytest.fail("all lines are counted again"))
        consume.main(**given, **outputs)
    assert read_summary(outputs["summary"]).rows_in == 4
    (tmp_path / "archive/views/1.jsonl").write_text("{}\n")
    with pytest.raises(SourceGoneError, match="has lost lines meanwhile"):
        consume.main(**given, **outputs)


@pytest.mark.parametrize("away", [False, True])
def test_the_broker_is_told_how_far_the_table_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: bool) -> None:
    """All offsets, for the group of the pipeline; a broker that is away costs the display alone, files have none."""
    told: list[tuple[Any, ...]] = []

    def commit_group(*given: Any) -> None:
        told.append(given)
        if away:
            raise TransientError("Kafka does not answer", "try again")

    monkeypatch.setattr(report_lag, "commit_group", commit_group)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker:9092")
    offsets: dict[str, Any] = {"views": {"id": "a", "partitions": {"0": {"start": 0, "end": 3}}}}
    report_lag.main(offsets=offsets, pipeline="p", summary=tmp_path / "summary")
    ((servers, group, given),) = told
    assert (list(servers), group, describe(given)) == (["broker:9092"], "stockpot.p", describe(parse_offsets(offsets)))
    assert read_summary(tmp_path / "summary").details == {"group": "stockpot.p", "told": not away}
    report_lag.main(offsets=offsets, pipeline="p", summary=tmp_path / "summary", events_dir="archive")
    assert (len(told), read_summary(tmp_path / "summary").details["told"]) == (1, False)


def test_a_partition_is_left_at_its_end() -> None:
    """When the next record would be the first beyond it, and not one later: that one may never come."""
    positions, paused = {"short": 2, "read": 3, "beyond": 4}, list[str]()
    consumer = SimpleNamespace(position=lambda place, timeout_ms: positions[place], pause=paused.append)
    unread = dict.fromkeys(positions, 3)
    topics._leave_read(consumer, unread)
    assert (list(unread), paused) == (["short"], ["read", "beyond"])
