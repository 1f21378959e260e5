"""The forms in which views come from files, and how a batch of them is judged.

A view is an event like any other: `components.shell.events` says which are sound. A window is a count of views, and is
judged here, with the same forms of instants and ids.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.shell.errors import ConfigurationError
from components.shell.events.batch import Batch, Places, Values
from components.shell.events.judge import Judge, fields, other_kind
from components.shell.events.rules import MACROS

_INSTANT = pa.timestamp("us", "UTC")
_VIEW = "view"
REFUSED = pa.schema([("line", pa.int64()), ("reason", pa.string())])


@dataclass(frozen=True)
class Judged:
    """A batch sorted: what is of the form, the lines that are malformed and why, and how many are something else."""

    taken: pa.Table
    refused: pa.Table
    other: int


@dataclass(frozen=True)
class Form:
    """A form of views.

    `fields` are those of a line of JSON; `columns` say for each which column of Parquet it is, if it is any; those of
    `optional` may be missing. `within` is SQL over the columns of `schema`, written here.
    """

    schema: pa.Schema
    fields: Sequence[str]
    columns: Mapping[str, str]
    within: str
    optional: Sequence[str] = ()


FORMS = {
    "events": Form(
        schema=pa.schema([("image_id", pa.string()), ("event_time", _INSTANT), ("known_at", _INSTANT)]),
        fields=fields(_VIEW, stamped=False),
        columns={
            "event_type": "event_type",
            "image_id": "image_id",
            "viewed_at": "event_time",
            "known_at": "known_at",
        },
        within="event_time >= {start} AND event_time < {end}",
        optional=("event_type", "known_at"),
    ),
    "windows": Form(
        schema=pa.schema(
            [
                ("image_id", pa.string()),
                ("window_start", _INSTANT),
                ("window_end", _INSTANT),
                ("event_count", pa.int64()),
            ]
        ),
        fields=("image_id", "window_start", "window_end", "event_count"),
        columns={name: name for name in ("image_id", "window_start", "window_end", "event_count")},
        within="window_end > {start} AND window_start < {end}",
    ),
}
_WINDOW_CHECKS = (
    ("broken IS NOT NULL", "broken"),
    ("image_id IS NULL", "'no image_id'"),
    ("image IS NULL", "'image_id is no id'"),
    ("starts IS NULL", "'window_start is no instant'"),
    ("ends IS NULL", "'window_end is no instant'"),
    ("ends <= starts", "'the window ends before it starts'"),
    ("count IS NULL", "'event_count is no count'"),
)
_WINDOWS = f"""
    SELECT line, image AS image_id, starts AS window_start, ends AS window_end, count AS event_count,
           CASE {" ".join(f"WHEN {condition} THEN {reason}" for condition, reason in _WINDOW_CHECKS)} END AS reason
    FROM (SELECT line, broken, image_id, identity(image_id) AS image, instant(window_start) AS starts,
                 instant(window_end) AS ends,
                 CASE WHEN regexp_full_match(event_count, '[0-9]+') THEN try_cast(event_count AS BIGINT) END AS count
          FROM batch) ORDER BY line
"""  # noqa: S608 - all of it is written here


class Views:
    """Sorts batches of single views."""

    def __init__(self) -> None:
        self._judge = Judge()

    def __call__(self, lines: Places, texts: pa.Table) -> Judged:
        """The batch with these lines and their fields as text, sorted."""
        count = len(lines)
        nothing = Values(bytearray(1), np.ones(count, np.int64), np.ones(count, np.int64), np.ones(count, np.bool_))
        found = self._judge.sort(Batch("", np.zeros(count, np.int32), lines, None, nothing), _VIEW, texts)
        others = pc.equal(found.rejected["reason"], other_kind(_VIEW))
        refused = found.rejected.filter(pc.invert(others)).select(["offset", "reason"]).rename_columns(REFUSED.names)
        return Judged(found.events, refused, found.rejected.num_rows - refused.num_rows)


class Windows:
    """Sorts batches of windows."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(MACROS)

    def __call__(self, lines: Places, texts: pa.Table) -> Judged:
        """The batch with these lines and their fields as text, sorted."""
        self._connection.register("batch", texts.append_column("line", pa.array(lines)))
        found = self._connection.sql(_WINDOWS).to_arrow_table()
        sound = pc.is_null(found["reason"])
        return Judged(found.filter(sound), found.filter(pc.invert(sound)).select(REFUSED.names), 0)


JUDGES: Mapping[str, Callable[[], Callable[[Places, pa.Table], Judged]]] = {"events": Views, "windows": Windows}
# Milestones come with the raw tables; whoever joins views finds a dataset of none.
MILESTONES = "milestones"
EVENTS = "events"
# The best record of views there is.
AUTO = "auto"


def schema_of(views_from: str) -> pa.Schema:
    """The schema of the views that come in the form `views_from`.

    Raises:
        ConfigurationError: there is no such form; the near match is named.
    """
    known = [AUTO, *FORMS, MILESTONES]
    if views_from not in known:
        near = difflib.get_close_matches(views_from, known, n=1)
        todo = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"
        raise ConfigurationError(f"views_from '{views_from}' is unknown", todo)
    return FORMS[EVENTS if views_from in (AUTO, MILESTONES) else views_from].schema
