"""The same config gives the same rows, in order, however the work is shared out."""

import re
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from components.generate_interactions import calendar
from components.generate_interactions.generate import interactions, items_table, users_table
from components.generate_interactions.ordered import ordered_map
from components.generate_interactions.schemas import INTERACTIONS, ITEMS, USERS
from tests.components.generate_interactions.worlds import generated, world


def test_rows_do_not_depend_on_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One, two and five workers give the same rows in the same order, though a day is cut into many slots."""
    monkeypatch.setattr(calendar, "_ROWS_PER_SLOT", 300)
    made = world(num_interactions=30_000)
    assert generated(made, 1).equals(generated(made, 2))
    assert generated(made, 2).equals(generated(made, 5))


def test_rows_depend_on_the_seed() -> None:
    """Another seed gives other users, items and interactions; the same seed the same."""
    assert generated(world(seed=3)).equals(generated(world(seed=3)))
    assert not generated(world(seed=3)).equals(generated(world(seed=4)))
    assert not users_table(world(seed=3)).equals(users_table(world(seed=4)))
    assert not items_table(world(seed=3)).equals(items_table(world(seed=4)))


def test_a_seed_keeps_its_meaning() -> None:
    """The first rows of seed 42 are those they have always been: a change here changes everybody's datasets."""
    first = generated(world(seed=42)).slice(0, 3).select(["interaction_id", "user_id", "item_id"]).to_pylist()
    assert [tuple(row.values()) for row in first] == [
        ("5fbbc13f-786e-47e3-9cb4-631e995cdb53", 3, 19),
        ("988df458-f47b-4f80-8b1e-a48058672af8", 3, 6),
        ("9c415613-89c0-4404-843f-58da319bfe3b", 3, 2),
    ]


@pytest.mark.parametrize("rows", [1, 2, 999, 100_000])
def test_there_are_exactly_as_many_rows_as_asked_for(rows: int) -> None:
    """The slots share out all rows, none more and none less."""
    assert generated(world(num_interactions=rows)).num_rows == rows


def test_rows_are_ordered_by_timestamp_and_identifier() -> None:
    """Rows of the same second are in the order of their ids, across slots too."""
    table = generated(world(end=date(2025, 1, 2), num_interactions=600_000))
    order = pc.sort_indices(table, [("timestamp", "ascending"), ("interaction_id", "ascending")])
    assert order.to_pylist() == list(range(600_000))
    assert pc.count_distinct(table["timestamp"]).as_py() < 86_400


def test_identifiers_are_unique_uuids_of_version_4() -> None:
    """Every id is a UUID of version 4 and there once."""
    identifiers = generated(world())["interaction_id"]
    assert pc.count_distinct(identifiers).as_py() == len(identifiers)
    pattern = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(pattern.fullmatch(text) for text in identifiers.slice(0, 1_000).to_pylist())


def test_the_three_tables_have_their_schemas() -> None:
    """Columns, types and nullability are as stated, and nothing is null."""
    made = world()
    for table, schema in ((generated(made), INTERACTIONS), (users_table(made), USERS), (items_table(made), ITEMS)):
        assert table.schema.equals(schema)
        assert all(column.null_count == 0 for column in table.columns)


def test_times_of_day_and_weekdays_agree_with_the_timestamp() -> None:
    """Morning begins at 5, afternoon at 12, evening at 17, night at 22; Monday is 0."""
    table = generated(world(num_interactions=20_000))
    for row in table.select(["timestamp", "time_of_day", "day_of_week"]).to_pylist():
        hour = row["timestamp"].hour
        part = {5: "morning", 12: "afternoon", 17: "evening", 22: "night"}
        expected = part[max((start for start in part if start <= hour), default=22)]
        assert (row["time_of_day"], row["day_of_week"]) == (expected, row["timestamp"].weekday())


def test_the_smallest_world_works() -> None:
    """One user, one item, one interaction, one day."""
    made = world(num_users=1, num_items=1, num_interactions=1, end=date(2025, 1, 2))
    assert generated(made).select(["user_id", "item_id"]).to_pylist() == [{"user_id": 0, "item_id": 0}]


def test_an_ordered_map_never_runs_far_ahead() -> None:
    """Results come in order, and the work waits for the reader."""
    begun: list[int] = []

    def work(thing: int) -> int:
        begun.append(thing)
        return thing * 2

    results = ordered_map(work, range(100), workers=2)
    assert next(results) == 0
    assert len(begun) <= 3
    assert list(results) == [thing * 2 for thing in range(1, 100)]


def test_memory_holds_batches_and_not_the_whole() -> None:
    """Batches come one by one: the first is there before the last is begun."""
    made = world(num_interactions=2_000_000)
    first = next(iter(interactions(made)))
    assert isinstance(first, pa.RecordBatch)
    assert first.num_rows < 600_000
