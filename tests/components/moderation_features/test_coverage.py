"""When the events are trusted to hold every view, and what happens where they do not."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.moderation_features.compute import Inputs, Outputs, compute
from components.moderation_features.coverage import Coverage, gap, parse
from components.shell.errors import ConfigurationError, SourceGoneError
from components.shell.instants import format_instant
from components.shell.summary import Summary
from tests.components.moderation_features.histories import (
    CUT,
    PROPERTY,
    START,
    History,
    computed,
    histories,
    write_history,
)
from tests.components.moderation_features.oracle import Oracle, Row

MINUTE = timedelta(minutes=1)
TABLE = "event_aggregations.events, snapshot 7"


def _told(since: float | None = -60, until: float = 9000, **other: Any) -> dict[str, Any]:
    """A coverage as `read_views` writes it, in minutes after the start of the interval."""
    first = "" if since is None else format_instant(START + since * MINUTE)
    told = {"source": TABLE, "why": "the table is there", "snapshot_id": "7", "strict": False, "whole": False}
    return {**told, "since": first, "until": format_instant(START + until * MINUTE), **other}


def _computed(directory: Path, tables: dict[str, list[Row]], told: Mapping[str, Any]) -> Summary:
    write_history(directory, tables)
    inputs = Inputs(directory / "raw", directory / "views", "events", parse(told))
    return compute(inputs, CUT, Outputs(directory / "rows", directory / "rejected", directory / "touched"))


def _image(minutes: float = 0, milestone: float | None = None, views: int = 10) -> dict[str, list[Row]]:
    user = {"id": "u", "created_at": START - timedelta(days=9)}
    image = {"id": "i", "user_id": "u", "uploaded_at": START + minutes * MINUTE}
    reached = {"id": "m", "image_id": "i", "milestone_type": "views", "milestone_value": 10}
    milestones = [] if milestone is None else [{**reached, "reached_at": START + milestone * MINUTE}]
    view = {"image_id": "i", "event_time": START + (minutes + 1) * MINUTE}
    return {"users": [user], "images": [image], "views": [view] * views, "image_milestones": milestones}


@pytest.mark.parametrize(
    ("told", "tables", "words"),
    [
        (_told(), _image(), ""),
        (_told(since=0), _image(), ""),
        (_told(since=1), _image(), "holds the views known from"),
        (_told(since=1, whole=True), _image(), ""),
        (_told(since=5, whole=True), _image(milestone=5), ""),
        (_told(since=5, whole=True), _image(milestone=4), "views were counted before"),
        (_told(since=None), _image(), "holds no views"),
        (_told(until=30), _image(), ""),
        (_told(until=29), _image(), "is filled up to"),
        (_told(), _image(milestone=3, views=5), ""),
        (_told(), _image(milestone=3, views=4), "fewer than half of the views that milestones prove of 1 image"),
        (_told(), _image(milestone=30, views=0), "milestones prove of 1 image"),
        (_told(), _image(milestone=31, views=0), ""),
        (_told(since=None), {**_image(), "images": []}, ""),
    ],
)
def test_events_count_where_they_cover_the_images(
    tmp_path: Path, told: dict[str, Any], tables: dict[str, list[Row]], words: str
) -> None:
    """From first upload to last decision all views must be in; else milestones are counted, and it is told why."""
    views = _computed(tmp_path, tables, told).details["views"]
    assert views["from"] == ("milestones" if words else "events")
    assert views["source"] == ("image_milestones" if words else TABLE)
    assert words in views["why"]
    assert ("snapshot_id" in views) is not bool(words)


def test_events_that_were_asked_for_are_never_replaced(tmp_path: Path) -> None:
    """A gap ends a run that asked for events with 13, and the line says which gap."""
    with pytest.raises(SourceGoneError, match=r"snapshot 7 does not hold all views.*filled up to"):
        _computed(tmp_path, _image(), _told(until=29, strict=True))


def test_a_fallback_counts_milestones(tmp_path: Path) -> None:
    """The rows are those that milestones give, as if nobody had looked for events."""
    tables = _image(milestone=3)
    fallen = _computed(tmp_path, tables, _told(since=None))
    asked = computed(tables, views_from="milestones").summary
    assert fallen.details["views"]["from"] == asked.details["views"]["from"] == "milestones"
    assert fallen.rows_out == asked.rows_out


@settings(PROPERTY, max_examples=10)
@given(history=histories)
def test_covered_events_give_the_oracles_rows(history: History) -> None:
    """With a coverage that reaches, all columns are those of plain loops over the events."""
    tables = history.tables()
    coverage = parse(_told(since=-99_999, until=99_999))
    result = computed(tables, coverage=coverage)
    assert result.rows == Oracle(tables, CUT.as_of, CUT.start, CUT.end).rows()
    assert result.summary.details["views"]["from"] == "events"


@settings(PROPERTY, max_examples=60)
@given(since=st.integers(-10, 40), until=st.integers(0, 80), first=st.integers(0, 30), last=st.integers(0, 30))
def test_a_covered_image_has_no_view_outside(since: int, until: int, first: int, last: int) -> None:
    """Whatever is called covered: no view that a decision may use can have become known outside [since, until]."""
    uploads = sorted((first, last))
    instants = [
        int(((START + minutes * MINUTE) - START.fromtimestamp(0, START.tzinfo)) / timedelta(microseconds=1))
        for minutes in uploads
    ]
    coverage = Coverage(bounded=True, since=START + since * MINUTE, until=START + until * MINUTE)
    covered = not gap(coverage, {"first": instants[0], "last": instants[1], "counted_before": 0, "unseen": 0})
    assert covered == (since <= uploads[0] and uploads[1] + 30 <= until)


def test_a_foreign_coverage_is_refused() -> None:
    """A key that nobody knows ends with 11; nothing at all doubts nothing."""
    with pytest.raises(ConfigurationError, match="no key 'sinse'"):
        parse({"sinse": "x"})
    assert not parse({}).bounded
