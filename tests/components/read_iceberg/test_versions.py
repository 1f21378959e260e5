"""Readers of what stood before: versions before an instant, and a table before a run's load."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from components.begin_run.migrate import migrate
from components.iceberg import scan
from components.iceberg.receipts import before
from components.iceberg.tables import parse_definition
from components.read_iceberg.read import Request, read
from components.shell import datasets
from components.shell.errors import ConfigurationError, SourceGoneError
from components.shell.instants import format_instant
from tests.components.load_iceberg.modes import VERSIONS, VERSIONS_NAME, State
from tests.components.load_iceberg.scene import DAY, T0, table_now

SECOND = timedelta(seconds=1)
STATES = [{"a": 1.0, "b": 1.0}, {"a": 2.0}, {"a": 2.0, "b": 3.0}, {"c": 1.0, "b": 3.0}]


@pytest.fixture
def loaded(catalog_env: dict[str, str], tmp_path: Path) -> list[State]:
    """A table of versions after some days."""
    migrate([parse_definition(VERSIONS)])
    found = [State(T0 + (number - 1) * DAY, T0 + number * DAY, scores) for number, scores in enumerate(STATES)]
    for number, state in enumerate(found):
        state.load(state.write(tmp_path / f"state-{number}"))
    return found


def rows(directory: Path, **request: Any) -> tuple[list[dict[str, Any]], Any]:
    """The rows that a request finds."""
    found = read(Request(VERSIONS_NAME, **request), directory)
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()], found


def stood(at: datetime) -> set[tuple[Any, ...]]:
    """What stood just before an instant, by a look at all versions."""
    every = table_now(VERSIONS_NAME).scan().to_arrow().to_pylist()
    return {
        (row["image_id"], row["version"], row["is_deleted"]) for row in every
        if row["known_at"] < at and (row["valid_to"] is None or row["valid_to"] >= at)
    }  # fmt: skip


@pytest.mark.parametrize("small", [0, 4 << 20])
def test_versions_that_stood_before_an_instant(
    loaded: list[State], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """What that very instant has made or ended plays no part; so a run that is repeated finds what it found."""
    monkeypatch.setattr(scan, "_SMALL_BYTES", small)
    columns = ["image_id string!", "version int!", "is_deleted boolean!"]
    for number in range(len(STATES) + 1):
        for at in (T0 + number * DAY, T0 + number * DAY + SECOND):
            directory = tmp_path / f"{at.timestamp()}"
            found, _ = rows(directory, columns=columns, standing=format_instant(at))
            assert {tuple(row.values()) for row in found} == stood(at)
    last = {tuple(row.values()) for row in found}
    assert last == {("a", 3, True), ("b", 3, False), ("c", 1, False)}


def test_a_table_before_a_run(loaded: list[State], tmp_path: Path) -> None:
    """Before its load where there was one, else as it is now: with what somebody else has done since."""
    table = table_now(VERSIONS_NAME)
    keys = [state.receipt.run_key for state in loaded]
    history = [entry.snapshot_id for entry in table.history()]
    assert [before(table, key) for key in keys] == [None, *history[:-1]]
    assert before(table, "another") == history[-1]
    assert rows(tmp_path / "first", before=keys[0])[0] == []
    found, told = rows(tmp_path / "second", before=keys[1])
    assert ({row["image_id"] for row in found}, told.snapshot) == ({"a", "b"}, str(history[0]))
    table.overwrite(table.scan().to_arrow())
    assert before(table_now(VERSIONS_NAME), keys[1]) == history[0]
    assert before(table_now(VERSIONS_NAME), "another") not in history


def test_what_was_before_may_have_expired(loaded: list[State], tmp_path: Path) -> None:
    """Then it cannot be known: exit 13, and not the table of today."""
    table = table_now(VERSIONS_NAME)
    oldest = [entry.snapshot_id for entry in table.history()][:2]
    table.maintenance.expire_snapshots().by_ids(oldest).commit()
    with pytest.raises(SourceGoneError, match=r"held before snapshot \d+ has expired"):
        rows(tmp_path / "gone", before=loaded[2].receipt.run_key)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"before": "key", "snapshot_id": "7"}, "both before and snapshot_id name a snapshot"),
        ({"standing": "yesterday"}, "is not an instant"),
    ],
)
def test_wrong_wishes_are_explained(loaded: list[State], tmp_path: Path, request_: dict[str, Any], words: str) -> None:
    """Each with what is wrong with it."""
    with pytest.raises(ConfigurationError, match=words):
        rows(tmp_path / "rows", **request_)


def test_only_versions_stand(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """Another table has no column that says since when."""
    migrate([parse_definition({"name": VERSIONS_NAME, "columns": ["image_id string!"]})])
    with pytest.raises(ConfigurationError, match="has no column 'known_at'"):
        rows(tmp_path / "rows", standing=format_instant(T0))


def test_any_histories_stand_as_a_look_at_all_says(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """Random states, day after day, small batches."""
    random = Random(3)
    migrate([parse_definition(VERSIONS)])
    for number in range(4):
        scores = {image: random.choice([1.0, 2.0]) for image in "abcdefgh" if random.random() < 0.7}
        state = State(T0 + (number - 1) * DAY, T0 + number * DAY, scores)
        state.load(state.write(tmp_path / f"state-{number}"))
    for hours in range(-12, 100, 12):
        at = T0 + timedelta(hours=hours)
        found, _ = rows(tmp_path / f"rows-{hours}", standing=format_instant(at))
        assert {(row["image_id"], row["version"], row["is_deleted"]) for row in found} == stood(at)
