"""What runs have changed in a table of versions."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from components.iceberg.versions import IS_DELETED, KNOWN_AT, VALID_TO
from components.shell.schema.pictures import Changes
from stockpot.report.pictures import arrow
from stockpot.report.pictures.model import Drawn, Nothing, Turn, Turns
from stockpot.report.pictures.source import Source, Wanted

KINDS = {"new": "new", "changed": "changed", "returned": "came back", "gone": "gone"}
_INSTANT = timedelta(microseconds=1)


def changes(picture: Changes, title: str, _rows: Any, source: Source, table: str) -> Drawn:
    """How many versions of each kind each run has made, and which columns differ in those of the newest."""
    turns = [
        Turn(commit.as_of, {name: int(versions.get(name, 0)) for name in KINDS})
        for commit in source.commits(table)
        if isinstance(versions := commit.details.get("versions"), Mapping)
    ][: picture.runs]
    if not turns:
        return Nothing(title, "the table's commits cannot be reached")
    newest = turns[0]
    other = newest.counts["changed"] + newest.counts["returned"]
    return Turns(title, turns, _columns(picture, source, table, newest) if other else {})


def _columns(picture: Changes, source: Source, table: str, turn: Turn) -> Mapping[str, int]:
    """How often each column is another in the versions that a run has made than in those that it has ended."""
    names = (picture.key, *picture.named("compared"), IS_DELETED)
    wanted = [Wanted(names, time, turn.as_of, turn.as_of + _INSTANT) for time in (KNOWN_AT, VALID_TO)]
    parts = [rows for one in wanted if (rows := source.history(table, one)) is not None]
    if len(parts) < len(wanted):
        return {}
    # What is gone says nothing, so nothing in it has changed.
    now, before = (part.to_table(columns=list(names[:-1]), filter=~arrow.field(IS_DELETED)) for part in parts)
    before = before.rename_columns([picture.key, *(f"before {name}" for name in names[1:-1])])
    both = now.join(before, picture.key, join_type="inner")
    differing = {name: arrow.differing(both[name], both[f"before {name}"]) for name in picture.named("compared")}
    return {name: count for name, count in sorted(differing.items(), key=lambda each: -each[1]) if count}
