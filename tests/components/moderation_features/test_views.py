"""The three records of views: single views, windows, milestones."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, settings

from tests.components.moderation_features.histories import (
    AS_OF,
    END,
    PROPERTY,
    START,
    History,
    computed,
    histories,
    run,
    write_history,
    write_table,
)
from tests.components.moderation_features.oracle import Oracle, Row, usable
from tests.harness.compute import examples

MINUTE = timedelta(minutes=1)
VIEWS = ("views_5min", "views_1hr")
_TIME = pa.timestamp("us", tz="UTC")
WINDOW_SCHEMA = {"image_id": pa.string(), "window_start": _TIME, "window_end": _TIME, "event_count": pa.int64()}


def _counts(rows: list[Row]) -> list[tuple[int, ...]]:
    return [tuple(row[name] for name in VIEWS) for row in rows]


def milestones(tables: dict[str, list[Row]]) -> list[Row]:
    """The instants at which the views of each image, from its upload on, reached 1, 3, 5, 8, 13 and 21."""
    found = []
    for image in tables["images"]:
        views = [v for v in tables["views"] if v["image_id"] == image["id"] and v["event_time"] >= image["uploaded_at"]]
        views.sort(key=lambda view: view["event_time"])
        for value in (1, 3, 5, 8, 13, 21):
            if len(views) >= value:
                known_at = max(usable(view, "event_time") for view in views[:value])
                reached = {"milestone_value": value, "reached_at": views[value - 1]["event_time"], "known_at": known_at}
                found.append({"id": f"m{len(found)}", "image_id": image["id"], "milestone_type": "views", **reached})
    return found


@settings(PROPERTY, max_examples=examples(12))
@given(history=histories)
def test_milestones_never_prove_more_views_than_there_were(history: History):
    """On random histories, with views known late, no bound exceeds the exact count."""
    tables = _unrepeated(history)
    tables["image_milestones"] = milestones(tables)
    exact = _counts(Oracle(tables, AS_OF, START, END).rows())
    bounds = _counts(computed(tables, views_from="milestones").rows)
    assert len(bounds) == len(exact)
    for bound, count in zip(bounds, exact, strict=True):
        assert all(0 <= low <= views for low, views in zip(bound, count, strict=True)), (bound, count)


def _unrepeated(history: History) -> dict[str, list[Row]]:
    tables = history.tables()
    return {**tables, "images": list({row["id"]: row for row in tables["images"]}.values())}


def test_milestones_prove_something():
    """The bounds of a dense history are not all zero, and some are exact."""
    tables = _unrepeated(History(seed=5, images=60))
    tables["image_milestones"] = milestones(tables)
    exact = _counts(Oracle(tables, AS_OF, START, END).rows())
    bounds = _counts(computed(tables, views_from="milestones").rows)
    assert sum(hour for _, hour in bounds) > sum(hour for _, hour in exact) / 3
    assert any(bound == count and min(count) > 1 for bound, count in zip(bounds, exact, strict=True))


def _image(minutes: float = 0) -> dict[str, list[Row]]:
    uploaded_at = START + minutes * MINUTE
    user = {"id": "u", "created_at": START - timedelta(days=9)}
    return {"users": [user], "images": [{"id": "i", "user_id": "u", "uploaded_at": uploaded_at}]}


def test_milestones_inside_the_window_give_the_bound():
    """The last 5 minutes before +30 hold 10 to 100 if both were reached there, one view if only one was, else none."""

    def bounds(*reached: tuple[int, float]) -> list[tuple[int, ...]]:
        rows = [
            {
                "id": "m",
                "image_id": "i",
                "milestone_type": "views",
                "milestone_value": v,
                "reached_at": START + m * MINUTE,
            }
            for v, m in reached
        ]
        return _counts(computed({**_image(), "image_milestones": rows}, views_from="milestones").rows)

    assert bounds((10, 26), (100, 30)) == [(0, 0), (0, 0), (91, 100)]
    assert bounds((10, 25), (100, 30)) == [(0, 0), (0, 0), (1, 100)]
    assert bounds((10, 5), (100, 30.1)) == [(0, 0), (1, 10), (0, 10)]
    assert bounds((10, 0)) == [(10, 10), (0, 10), (0, 10)]


def test_only_known_view_milestones_count():
    """A milestone of something else, of no positive value, before the upload or known too late is not used."""
    base = {"id": "m", "image_id": "i", "milestone_type": "views", "milestone_value": 10, "reached_at": START + MINUTE}
    others = [
        {**base, "milestone_type": "likes"},
        {**base, "milestone_value": 0},
        {**base, "reached_at": START - MINUTE},
        {**base, "known_at": START + 6 * MINUTE},
    ]
    rows = computed({**_image(), "image_milestones": others}, views_from="milestones").rows
    assert _counts(rows) == [(0, 0), (0, 0), (0, 10)]


def windows(tables: dict[str, list[Row]]) -> list[Row]:
    """The views in clock-aligned windows of 5 minutes."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    starts = Counter(
        (v["image_id"], v["event_time"] - (v["event_time"] - epoch) % (5 * MINUTE)) for v in tables["views"]
    )
    return [
        {"image_id": image, "window_start": start, "window_end": start + 5 * MINUTE, "event_count": count}
        for (image, start), count in starts.items()
    ]


def _from_windows(directory, tables: dict[str, list[Row]], rows: list[Row]) -> list[tuple[int, ...]]:
    write_history(directory, tables)
    write_table(directory / "views", rows, WINDOW_SCHEMA)
    return _counts(run(directory, views_from="windows").rows)


def test_windows_never_count_more_than_there_were(tmp_path):
    """Where no view lies exactly on an edge, what whole windows hold is a lower bound, and often too low."""
    tables = _unrepeated(History(seed=6, images=60))
    edges = {image["id"]: {image["uploaded_at"] + m * MINUTE for m in (0, 25)} for image in tables["images"]}
    tables["views"] = [
        {**view, "known_at": None} for view in tables["views"] if view["event_time"] not in edges[view["image_id"]]
    ]
    exact = _counts(Oracle(tables, AS_OF, START, END).rows())
    found = _from_windows(tmp_path, tables, windows(tables))
    assert all(low <= views for low, views in zip(sum(found, ()), sum(exact, ()), strict=True))
    assert 0 < sum(sum(found, ())) < sum(sum(exact, ()))


def test_a_window_counts_only_when_it_lies_wholly_inside(tmp_path):
    """Windows that begin at the upload and end at the decision count; those a second wider do not."""

    def row(start: float, end: float, count: int) -> Row:
        return {
            "image_id": "i",
            "window_start": START + start * MINUTE,
            "window_end": START + end * MINUTE,
            "event_count": count,
        }

    rows = [
        row(0, 5, 1),
        row(-0.1, 5, 10),
        row(0.1, 5.1, 100),
        row(25, 30, 1000),
        row(24.9, 29.9, 10000),
        row(26, 31, 100000),
    ]
    assert _from_windows(tmp_path, _image(), rows) == [(0, 0), (1, 1), (1000, 11101)]


def test_two_views_alike_are_two_views():
    """Views have no id and are not taken for repetitions."""
    view = {"image_id": "i", "event_time": START + MINUTE}
    assert _counts(computed({**_image(), "views": [view, view]}).rows) == [(0, 0), (2, 2), (0, 2)]
