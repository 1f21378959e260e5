"""The forms in which views come from files, and how a batch of them is validated.

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
from components.shell.events.definition import LONG, TIMESTAMP, Event, Field
from components.shell.events.forms import ARROW
from components.shell.events.rules import MACROS
from components.shell.events.validate import Validator
from components.shell.events.verdict import other_kind

_INSTANT = pa.timestamp("us", "UTC")
_TIMES = (("event_time", _INSTANT), ("known_at", _INSTANT))
EVENTS, WINDOWS = "events", "windows"
# Milestones come with the raw tables; their dataset of views is empty.
MILESTONES = "milestones"
# The best record of views there is.
AUTO = "auto"
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

    `fields` are those of a line of JSON; `columns` say for each path which column of Parquet it is, if it is any; those
    of `optional` may be missing. `within` is SQL over the columns of `schema`, written here. `kind` is where a line
    says what it is, and what it says there.
    """

    schema: pa.Schema
    fields: Sequence[Field]
    columns: Mapping[str, str]
    within: str
    optional: Sequence[str] = ()
    kind: tuple[str, str] = ("", "")


_COUNTED = {"window_start": TIMESTAMP, "window_end": TIMESTAMP, "event_count": LONG}
_WINDOW = Form(
    schema=pa.schema(
        [
            ("image_id", pa.string()),
            ("window_start", _INSTANT),
            ("window_end", _INSTANT),
            ("event_count", pa.int64()),
        ]
    ),
    fields=[Field("image_id"), *(Field(name, kind) for name, kind in _COUNTED.items())],
    columns={name: name for name in ("image_id", *_COUNTED)},
    within="window_end > {start} AND window_start < {end}",
)


def form_of(views_from: str, event: Event) -> Form:
    """The form of files of views, each of which is such an event."""
    if views_from != EVENTS:
        return _WINDOW
    columns = {one.path: one.name for one in (*event.columns, event.time)}
    kind = {event.kind_path: "event_type"} if event.kind_path else {}
    known = {path: "known_at" for path in event.known[:1] if path not in columns}
    return Form(
        schema=pa.schema([*((one.name, ARROW[one.type]) for one in event.columns), *_TIMES]),
        fields=event.fields(stamped=False),
        columns={**kind, **columns, **known},
        within="event_time >= {start} AND event_time < {end}",
        optional=("event_type", "known_at", *(one.name for one in event.columns if not one.required)),
        kind=(event.kind_path, next(iter(event.kinds))),
    )


_WINDOW_CHECKS = (
    ("broken IS NOT NULL", "broken"),
    ("image_id IS NULL", "'no image_id'"),
    ("image IS NULL", "'image_id is no id'"),
    ("starts IS NULL", "'window_start is no instant'"),
    ("ends IS NULL", "'window_end is no instant'"),
    ("ends <= starts", "'the window ends before it starts'"),
    ("count IS NULL", "'event_count is no count'"),
)
_JUDGED_WINDOWS = f"""
    SELECT line, image AS image_id, starts AS window_start, ends AS window_end, count AS event_count,
           CASE {" ".join(f"WHEN {condition} THEN {reason}" for condition, reason in _WINDOW_CHECKS)} END AS reason
    FROM (SELECT line, broken, image_id, identity(image_id) AS image, instant(window_start) AS starts,
                 instant(window_end) AS ends,
                 CASE WHEN regexp_full_match(event_count, '[0-9]+') THEN try_cast(event_count AS BIGINT) END AS count
          FROM batch) ORDER BY line
"""  # noqa: S608 - all of it is written here


class Views:
    """Sorts batches of single views."""

    def __init__(self, event: Event) -> None:
        self._validator, self._event = Validator(), event

    def __call__(self, lines: Places, texts: pa.Table) -> Judged:
        """The batch with these lines and their fields as text, sorted."""
        count = len(lines)
        nothing = Values(bytearray(1), np.ones(count, np.int64), np.ones(count, np.int64), np.ones(count, np.bool_))
        judged = self._validator.sort(Batch("", np.zeros(count, np.int32), lines, None, nothing), self._event, texts)
        others = pc.equal(judged.rejected["reason"], other_kind(self._event))
        refused = judged.rejected.filter(pc.invert(others)).select(["offset", "reason"]).rename_columns(REFUSED.names)
        return Judged(judged.events, refused, judged.rejected.num_rows - refused.num_rows)


class Windows:
    """Sorts batches of windows."""

    def __init__(self, _event: Event) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(MACROS)

    def __call__(self, lines: Places, texts: pa.Table) -> Judged:
        """The batch with these lines and their fields as text, sorted."""
        self._connection.register("batch", texts.append_column("line", pa.array(lines)))
        judged = self._connection.sql(_JUDGED_WINDOWS).to_arrow_table()
        sound = pc.is_null(judged["reason"])
        return Judged(judged.filter(sound), judged.filter(pc.invert(sound)).select(REFUSED.names), 0)


VALIDATORS: Mapping[str, Callable[[Event], Callable[[Places, pa.Table], Judged]]] = {EVENTS: Views, WINDOWS: Windows}


def schema_of(views_from: str, event: Event) -> pa.Schema:
    """The schema of the views that come in the form `views_from`, each of which is such an event.

    Raises:
        ConfigurationError: there is no such form; the near match is named.
    """
    known = [AUTO, *VALIDATORS, MILESTONES]
    if views_from not in known:
        near = difflib.get_close_matches(views_from, known, n=1)
        todo = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"
        raise ConfigurationError(f"views_from '{views_from}' is unknown", todo)
    return form_of(EVENTS if views_from in (AUTO, MILESTONES) else views_from, event).schema
