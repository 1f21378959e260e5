"""The pipeline events-and-funnels as a whole, on real services, through the command."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg2.extras import execute_values

from components.iceberg.catalog import load_table, open_catalog
from components.shell.instants import parse_instant
from components.shop_sessions.settings import Settings
from tests.components.shop_sessions import oracle
from tests.pipelines import pages
from tests.pipelines.shops import command

Row = Mapping[str, Any]
START = datetime(2026, 1, 10, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOON, QUIET, NEXT_DAY = "2026-01-10T12:00:00Z", "2026-01-10T12:15:00Z", "2026-01-11T12:00:00Z"
_COLUMNS = ("event_id", "session_id", "customer_id", "article_id", "event_type", "campaign_id", "created_at")
pytestmark = [
    pytest.mark.xdist_group("events-and-funnels"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(900),
]


def run(home: Path, as_of: str, *more: str) -> tuple[int, str]:
    """Exit code and outcome of a run."""
    return command(home, "run", "events-and-funnels", "--as-of", as_of, *more)


def event(number: int, minutes: float, kind: str = "view", **more: Any) -> dict[str, Any]:
    """An event of customer a, so many minutes after the start."""
    told = {"session_id": None, "customer_id": "a", "article_id": "01", "campaign_id": None, "anonymous_id": None}
    return {**told, "event_id": str(number), "event_type": kind, "event_time": START + minutes * MINUTE, **more}


def source(url: str, events: Sequence[Row]) -> None:
    """Add events to the source's table, made where it is not there."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS events (event_id bigint, session_id text, customer_id text, article_id text,"
            " event_type text, campaign_id text, created_at timestamptz)"
        )
        rows = [[event["event_time"] if name == "created_at" else event[name] for name in _COLUMNS] for event in events]
        execute_values(cursor, f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES %s", rows)
    connection.close()


def table(name: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    found: list[dict[str, Any]] = load_table(open_catalog(), f"retail.{name}").scan().to_arrow().to_pylist()
    return found


def told_of(events: Sequence[Row], as_of: str) -> list[dict[str, Any]]:
    """What plain loops make of the events."""
    told = Settings()
    every = (oracle.row(each, parse_instant(as_of), told) for each in oracle.sessions(events, told))
    return sorted(every, key=lambda row: str(row["session_key"]))


def held(expected: Sequence[Row]) -> list[dict[str, Any]]:
    """The table of sessions, the columns that the oracle tells of."""
    names = set(expected[0])
    rows = ({name: value for name, value in row.items() if name in names} for row in table("sessions"))
    return sorted(rows, key=lambda row: str(row["session_key"]))


def behaviour() -> list[dict[str, Any]]:
    """What customers did by the last cut, in the order of their ids."""
    found = [row for row in table("customer_behaviour") if row["cut_at"] == parse_instant(NEXT_DAY)]
    return sorted(found, key=lambda row: str(row["customer_id"]))


@pytest.mark.turns
def test_runs_add_up_to_what_one_run_would_make(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """Late commits are not lost, sessions that they touch are made anew, and customers' behaviour slides."""
    url = catalog_env["DATABASE_URL"]
    first = [
        event(1, 0), event(2, 5, "cart"), event(3, 35), event(4, 65.001), event(5, 30, "purchase", customer_id="b"),
        event(6, 10, customer_id=None, session_id="s1"), event(7, 170),
    ]  # fmt: skip
    source(url, first)
    code, out = run(tmp_path, NOON)
    assert code == 0, out
    assert held(told_of(first, NOON)) == told_of(first, NOON)
    # One was committed late, before events that have been read; it joins two sessions. One is of just now.
    second = [event(8, 50, "buy"), event(9, 190, "cart")]
    source(url, second)
    code, out = run(tmp_path, NEXT_DAY)
    assert code == 0, out
    every = [*first, *second]
    assert held(told_of(every, NEXT_DAY)) == told_of(every, NEXT_DAY)
    assert sorted(row["event_id"] for row in table("events")) == [row["event_id"] for row in every]
    assert sorted(row["event_id"] for row in table("session_events")) == [row["event_id"] for row in every]
    assert all(row["is_closed"] for row in table("sessions"))
    assert [(row["customer_id"], row["total_events"], row["total_events_1d"]) for row in behaviour()] == [
        ("a", 7, 1),
        ("b", 1, 0),
    ]
    funnel = {row["step"]: row for row in table("funnel_daily")}
    assert [funnel[step]["sessions"] for step in (1, 2, 3)] == [3, 2, 1]
    assert funnel[1]["is_final"]
    assert [(row["view_sessions"], row["cart_sessions"], row["buy_sessions"]) for row in table("article_funnel")] == [
        (3, 2, 1)
    ]


def written(folder: Path, name: str, events: Sequence[Row]) -> None:
    """Add events to the table `events` that lies in files."""
    rows = [{**{name: row[name] for name in _COLUMNS[:-1]}, "created_at": row["event_time"]} for row in events]
    (folder / "events").mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "events" / f"{name}.parquet")


@pytest.mark.turns
def test_a_history_in_files_is_gone_on_with_from_postgres(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """It is one table of events, wherever it lies: what both hold lands once, and sessions are those of one run."""
    first = [event(1, 0, session_id="x"), event(2, 5, "cart"), event(3, 35), event(4, 170, "buy")]
    written(tmp_path / "shop", "first", first)
    files = ("--param", "source=files", "--param", f"source_path={tmp_path / 'shop'}")
    code, out = run(tmp_path, NOON, *files)
    assert code == 0, out
    assert held(told_of(first, NOON)) == told_of(first, NOON)
    late = [event(5, 50, "buy"), event(6, 190)]
    written(tmp_path / "shop", "second", late)
    code, out = run(tmp_path, "2026-01-10T13:00:00Z", *files)
    assert code == 0, out
    newest = [event(7, 200, "cart")]
    every = [*first, *late, *newest]
    source(catalog_env["DATABASE_URL"], every)
    code, out = run(tmp_path, NEXT_DAY)
    assert code == 0, out
    assert sorted(row["event_id"] for row in table("events")) == [row["event_id"] for row in every]
    assert held(told_of(every, NEXT_DAY)) == told_of(every, NEXT_DAY)


def test_files_that_are_not_there_are_said_to_be_missing(tmp_path: Path) -> None:
    """Nothing has landed then."""
    code, out = run(tmp_path, NOON, "--param", "source=files", "--param", f"source_path={tmp_path / 'none'}")
    assert (code, "none" in out) == (11, True), out


def sent(home: Path, *events: Row) -> None:
    """Add events to the archive of the topic."""
    topic = home / "events" / "shop.events"
    topic.mkdir(parents=True, exist_ok=True)
    with (topic / "part.jsonl").open("a") as file:
        for row in events:
            file.write(json.dumps({**row, "created_at": row["event_time"].isoformat(), "event_time": None}) + "\n")


@pytest.mark.turns
def test_an_event_that_a_topic_tells_again_behind_midnight_lands_once(tmp_path: Path) -> None:
    """With the time of then, as a shop does that stamps what it sends: it is one event, and sessions go on."""
    midnight = datetime(2026, 1, 11, tzinfo=UTC)
    happened = [(1, -2), (1, 3), (2, 4)]
    told = [event(number, 0, event_time=midnight + minutes * MINUTE) for number, minutes in happened]
    for as_of, new in ((midnight, told[:1]), (midnight + 15 * MINUTE, told[1:])):
        sent(tmp_path, *new)
        code, out = run(tmp_path, as_of.isoformat(), "--events", str(tmp_path / "events"))
        assert code == 0, out
    for name, column in (("events", "event_time"), ("session_events", "occurred_at")):
        found = {row["event_id"]: row[column] for row in table(name)}
        assert (len(table(name)), found) == (2, {"1": told[0]["event_time"], "2": told[2]["event_time"]})


@pytest.mark.turns
def test_events_of_topics_become_the_same_sessions(tmp_path: Path) -> None:
    """Out of an archive, in which one of the events comes twice; a type that nobody knows keeps its word.

    One became known ten minutes before it happened, as a run may allow. The report of the next run says that it has
    found nothing new.
    """
    events = [event(1, 0), event(2, 5, "add_to_cart"), event(3, 35, "look"), event(4, 70), event(2, 5, "add_to_cart")]
    early = {"known_at": (events[3]["event_time"] - 10 * MINUTE).isoformat()}
    sent(tmp_path, *({**row, **(early if row["event_id"] == "4" else {})} for row in events))
    code, out = run(tmp_path, NOON, "--events", str(tmp_path / "events"), "--param", "future_minutes=10")
    assert code == 0, out
    assert held(told_of(events[:4], NOON)) == told_of(events[:4], NOON)
    words = [row["event_type"] for row in sorted(table("events"), key=lambda row: str(row["event_id"]))]
    assert words == ["view", "add_to_cart", "look", "view"]
    code, out = run(tmp_path, QUIET, "--events", str(tmp_path / "events"))
    assert code == 0, out
    assert (pages.fact(out, "New"), pages.fact(out, "Table")) == ("nothing", "unchanged")
