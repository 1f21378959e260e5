"""The step against the oracle, and against its own truncation."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.moderation_features import windows
from components.moderation_features.cut import POINTS
from tests.components.moderation_features.histories import AS_OF, END, PROPERTY, START, History, computed, histories
from tests.components.moderation_features.oracle import Oracle, Row, usable
from tests.harness.compute import examples

LABEL = "label_needs_moderation_24h"
TIMES = {
    "users": "created_at",
    "images": "uploaded_at",
    "comments": "created_at",
    "flags": "created_at",
    "views": "event_time",
}


@settings(PROPERTY, max_examples=examples(25))
@given(history=histories)
def test_every_column_equals_the_oracle_on_random_histories(history: History):
    """All 35 columns, the rejected images and the balance of images agree with plain loops."""
    tables = history.tables()
    result = computed(tables)
    oracle = Oracle(tables, AS_OF, START, END)
    assert result.rows == oracle.rows()
    assert result.rejected == oracle.rejected()
    images = result.summary.details["images"]
    assert images["in"] == images["out"] + images["rejected"] + images["removed"]
    assert result.summary.rows_out == len(POINTS) * images["out"] == len(result.rows)
    assert result.summary.rows_rejected == len(result.rejected)


def truncated(tables: dict[str, list[Row]], at: datetime) -> dict[str, list[Row]]:
    """The tables without anything that happened or became known after `at`."""

    def cut(row: Row) -> Row:
        return {**row, "deleted_at": None} if row.get("deleted_at") and row["deleted_at"] > at else row

    return {name: [cut(row) for row in rows if usable(row, TIMES[name]) <= at] for name, rows in tables.items()}


def leaks(tables: dict[str, list[Row]], at: datetime) -> list[Any]:
    """Features of decisions up to `at` that change, or vanish, when the history is cut off at `at`."""
    before = {_key(row): row for row in computed(truncated(tables, at)).rows}
    known = {image["id"] for image in tables["images"] if usable(image, "uploaded_at") <= at}
    accounts = {user["id"] for user in tables["users"] if usable(user, "created_at") <= at}
    owners = {image["id"]: image["user_id"] for image in tables["images"]}
    found = []
    for row in computed(tables).rows:
        # Image and account are what the decision is about: without their rows there is nothing to compare.
        present = row["image_id"] in known and owners[row["image_id"]] in accounts
        if row["decision_at"] <= at and present:
            then = before.get(_key(row), {})
            found += [(_key(row), name) for name, value in row.items() if name != LABEL and then.get(name) != value]
    return found


def _key(row: Row) -> tuple[str, int]:
    return row["image_id"], row["decision_point_minutes"]


@settings(PROPERTY, max_examples=examples(12))
@given(history=histories, minutes=st.sampled_from([5, 30, 35, 55, 91, 630, 1445, 1470, 1475, 2910, 4330, 7000]))
def test_what_is_known_later_changes_no_feature(history: History, minutes: int):
    """Removing everything that happened or became known after an instant leaves all decisions up to it as they were."""
    assert leaks(_once_each(history), START + timedelta(minutes=minutes)) == []


def _once_each(history: History) -> dict[str, list[Row]]:
    """The history with one row per image and user, so that who owns an image is beyond question."""
    tables = history.tables()
    for name in ("users", "images"):
        tables[name] = list({row["id"]: row for row in tables[name]}.values())
    return tables


def _by_event_time(events: Any, point: int) -> Any:
    return events.event_time <= windows.after(point)


def _regardless(events: Any, point: int) -> Any:
    return events.usable_at <= windows.after(max(POINTS))


def _with_later_deletions(events: Any, point: int) -> Any:
    return (events.usable_at <= windows.after(point)) & events.gone_at.isnull()


LEAKY = [START + timedelta(minutes=minutes) for minutes in (30, 1445)]


def test_the_history_of_the_planted_leaks_does_not_leak():
    """The step as it is passes where the deliberately wrong ones fail."""
    assert not any(leaks(_once_each(History(seed=1, images=60)), at) for at in LEAKY)


@pytest.mark.parametrize("leak", [_by_event_time, _regardless, _with_later_deletions])
def test_a_planted_leak_is_caught(leak: Any, monkeypatch: pytest.MonkeyPatch):
    """Counting by event time alone, counting all there ever was, or forgetting deletions fails both tests."""
    monkeypatch.setattr(windows, "known_at", leak)
    tables = _once_each(History(seed=1, images=60))
    assert any(leaks(tables, at) for at in LEAKY)
    assert computed(tables).rows != Oracle(tables, AS_OF, START, END).rows()


def test_the_order_of_the_input_does_not_matter():
    """The same rows in any order give the same output, repeated ids and all."""
    tables = History(seed=2, images=60).tables()
    shuffled = {name: Random(3).sample(rows, len(rows)) for name, rows in tables.items()}
    assert computed(shuffled).rows == computed(tables).rows
