"""Events that the product does not have: a definition is all they take."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.shell.errors import ConfigurationError
from components.shell.events.definition import Event, Field, own_id, time
from pipelines.event_aggregation import TABLE, TOPICS, WINDOWS
from tests.components.event_tables.scene import HOUR, T0, World, run
from tests.harness.kafka.broker import Broker

pytestmark = [pytest.mark.xdist_group("event-tables")]

LIKE = Event("like", time("liked_at", zone="UTC"), own_id("like_id"), [Field("image_id"), Field("stars", "long")])
# A topic of several kinds, which its records tell apart; none has an id of its own.
SHOP = Event(
    "shop",
    time("at", zone="UTC"),
    columns=[Field("image_id", path="article.id"), Field("session_id", "string", required=False)],
    kinds={"look": "look"},
    other="other",
)

# Of a time before 1970, from which hours are counted.
PLAY = Event("play", time("at", zone="UTC"), own_id("play_id"), [Field("image_id")], since=1960)


def world_of(
    directory: Path,
    events: list[Event],
    topics: dict[str, str],
    columns: list[str],
    counted: list[str],
    *,
    part: str = "hour",
) -> World:
    """The tables of these events, made, and the archive; `counted` are the kinds that have windows."""
    definition = {**TABLE.document(), "name": "kitchen.events", "columns": [*TABLE.document()["columns"], *columns]}
    definition["partition"] = {"event_time": part}
    windows = {kind: {**WINDOWS["view"].document(), "name": f"kitchen.{kind}_windows_5min"} for kind in counted}
    kinds = [*TOPICS.kinds, *(event.describe() for event in events)]
    found = World(Broker(Path()), topics, table=definition, windows=windows, kinds=kinds, events_dir=str(directory))
    found.migrate()
    return found


def write(directory: Path, topic: str, *values: dict[str, Any]) -> None:
    """Append the values to the topic's archive."""
    (directory / topic).mkdir(parents=True, exist_ok=True)
    with (directory / topic / "a.jsonl").open("a") as file:
        file.writelines(f"{json.dumps(value)}\n" for value in values)


def rows(name: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    found: list[dict[str, Any]] = load_table(open_catalog(), name).scan().to_arrow().to_pylist()
    return found


def like(number: int, minute: int, **more: Any) -> dict[str, Any]:
    """A like of the first image."""
    at = T0.replace(minute=minute, tzinfo=None).isoformat()
    return {"event_type": "like", "like_id": f"l{number}", "image_id": "i", "liked_at": at, "stars": 5, **more}


@pytest.mark.usefixtures("catalog_env")
def test_a_fourth_kind_lands_beside_the_others_and_is_counted(tmp_path: Path) -> None:
    """Likes have an id, and are landed once each; a column that others have not is null there."""
    world = world_of(tmp_path, [LIKE], {"likes": "like", "views": "view"}, ["stars long"], ["like", "view"])
    view = {"event_type": "view", "image_id": "i", "viewed_at": T0.replace(tzinfo=None).isoformat()}
    write(tmp_path, "likes", like(1, 0), like(2, 4), like(1, 0), *(like(9 + n, 5) for n in range(20)))
    write(tmp_path, "likes", like(3, 7, stars="many"))
    write(tmp_path, "views", view)
    run(world, T0 + HOUR)
    write(tmp_path, "likes", like(2, 4), like(4, 4))
    run(world, T0 + 2 * HOUR)
    events = rows("kitchen.events")
    assert Counter((row["event_type"], row["stars"]) for row in events) == {("like", 5): 23, ("view", None): 1}
    assert world.rejected == 1
    counts = {row["window_start"].minute: row["event_count"] for row in rows("kitchen.like_windows_5min")}
    assert counts == {0: 3, 5: 20}
    assert [row["event_count"] for row in rows("kitchen.view_windows_5min")] == [1]


@pytest.mark.usefixtures("catalog_env")
def test_windows_of_events_by_the_day_are_refused(tmp_path: Path) -> None:
    """They would be empty without a word: a day's number is that of an hour of 1972."""
    world = world_of(tmp_path, [LIKE], {"likes": "like"}, ["stars long"], ["like"], part="day")
    write(tmp_path, "likes", like(1, 0))
    with pytest.raises(ConfigurationError, match="by the hour"):
        run(world, T0 + HOUR)
    assert rows("kitchen.like_windows_5min") == []


@pytest.mark.usefixtures("catalog_env")
def test_a_topic_of_several_kinds_is_told_apart_by_its_records(tmp_path: Path) -> None:
    """A mapping says which words stand for which kind; the kinds that are asked for are counted."""
    event = SHOP.renamed({"look": "look", "product_look": "look", "purchase": "buy"})
    world = world_of(tmp_path, [event], {"shop": "shop"}, ["session_id string"], ["look", "buy"])
    words = [*["look"] * 3, *["product_look"] * 2, "purchase", "hover"]
    value = {"at": "2026-03-28T22:01:00", "article": {"id": "7"}, "session_id": "s 1"}
    write(tmp_path, "shop", *({**value, "event_type": word} for word in words))
    run(world, T0 + HOUR)
    events = rows("kitchen.events")
    assert Counter(row["event_type"] for row in events) == {"look": 5, "buy": 1, "other": 1}
    assert {(row["image_id"], row["session_id"]) for row in events} == {("7", "s 1")}
    assert {row["event_time"] for row in events} == {datetime(2026, 3, 28, 22, 1, tzinfo=UTC)}
    assert [row["event_count"] for row in rows("kitchen.look_windows_5min")] == [5]
    assert [row["event_count"] for row in rows("kitchen.buy_windows_5min")] == [1]


@pytest.mark.usefixtures("catalog_env")
def test_hours_before_1970_hold_each_event_once_and_are_counted(tmp_path: Path) -> None:
    """Half past eleven of its last evening is an hour of its own: of the next one no event is found there."""
    world = world_of(tmp_path, [PLAY], {"plays": "play"}, [], ["play"])
    first, second = (
        {"event_type": "play", "play_id": f"p{number}", "image_id": "i", "at": "1969-12-31T23:30:00"}
        for number in (1, 2)
    )
    write(tmp_path, "plays", first)
    run(world, T0 + HOUR)
    write(tmp_path, "plays", first, second)
    run(world, T0 + 2 * HOUR)
    assert sorted(row["event_id"] for row in rows("kitchen.events")) == ["p1", "p2"]
    windows = [(row["window_start"], row["event_count"]) for row in rows("kitchen.play_windows_5min")]
    assert windows == [(datetime(1969, 12, 31, 23, 30, tzinfo=UTC), 2)]
