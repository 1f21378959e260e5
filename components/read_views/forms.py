"""The forms in which views come, and the SQL that judges a batch of them.

JSON is taken from text, so that one broken line costs no more than itself. An instant must look like ISO 8601; without
an offset it means UTC. A view's `known_at` is the field of that name, else `timestamp` (when the log took it, in
milliseconds or as an instant), else the time of the view itself.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from components.shell.errors import ConfigurationError

MACROS = r"""
SET TimeZone = 'UTC';
CREATE MACRO instant(given) AS CASE
    WHEN regexp_full_match(given, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?')
    THEN try_cast(given AS TIMESTAMPTZ) END;
CREATE MACRO append_time(given) AS CASE
    WHEN regexp_full_match(given, '\d{10,14}') THEN make_timestamp(try_cast(given AS BIGINT) * 1000)::TIMESTAMPTZ
    ELSE instant(given) END;
CREATE MACRO identity(given) AS CASE
    WHEN NOT regexp_full_match(given, '(?s)\s*|[\[{].*') THEN coalesce(try_cast(given AS UUID)::VARCHAR, given) END;
"""

_INSTANT = pa.timestamp("us", "UTC")
# Each line is parsed twice: the extraction fails as a whole on a single line that is no JSON.
_FIELDS = """
WITH valid AS (SELECT line, text, coalesce(json_valid(text), false) AS valid FROM batch),
objects AS (SELECT line, text, valid AND CASE WHEN valid THEN json_type(text) END = 'OBJECT' AS object FROM valid)
SELECT line, CASE WHEN text IS NULL THEN 'not UTF-8' WHEN NOT object THEN 'no JSON object' END AS broken,
       CASE WHEN object THEN json_extract_string(text, [{paths}]) END AS field
FROM objects
"""


@dataclass(frozen=True)
class Form:
    """A form of views.

    `from_fields` and `from_columns` say how each column is taken from the list `field` of JSON fields, and from
    Parquet's columns; `kind` is where a JSON line says that it is something else; `checks` pairs what must not be with
    its reason. All of it is SQL written here; nothing in it comes from outside.
    """

    schema: pa.Schema
    fields: Sequence[str]
    from_fields: Mapping[str, str]
    from_columns: Mapping[str, str]
    checks: Sequence[tuple[str, str]]
    within: str
    kind: str = "'view'"
    optional: Sequence[str] = ()

    def judged_lines(self) -> str:
        """The query over `batch` (line, text): line, reason, other, and the form's columns."""
        paths = ", ".join(f"'$.{field}'" for field in self.fields)
        columns = ", ".join(f"{expression} AS {name}" for name, expression in self.from_fields.items())
        fields = _FIELDS.format(paths=paths)
        return self._judged(f"SELECT line, broken, {self.kind} AS kind, {columns} FROM ({fields})")  # noqa: S608 - see above

    def judged_rows(self, present: Sequence[str]) -> str:
        """The same over `batch` (line and the columns `present`)."""
        known = {name: name if name in present else "NULL" for name in self.from_columns}
        taken = {name: expression.format(**known) for name, expression in self.from_columns.items()}
        columns = ", ".join(f"{expression} AS {name}" for name, expression in taken.items())
        return self._judged(f"SELECT line, NULL AS broken, 'view' AS kind, {columns} FROM batch")  # noqa: S608 - see above

    def _judged(self, taken: str) -> str:
        kinds = "WHEN kind IS NULL THEN 'no event_type' WHEN kind <> 'view' THEN NULL"
        checks = " ".join([kinds, *(f"WHEN {condition} THEN '{reason}'" for condition, reason in self.checks)])
        names = ", ".join(self.schema.names)
        return f"""
        SELECT line, {names}, coalesce(kind <> 'view', false) AS other,
               coalesce(broken, CASE {checks} END) AS reason
        FROM ({taken})
        """  # noqa: S608 - see above


FORMS = {
    "events": Form(
        schema=pa.schema([("image_id", pa.string()), ("event_time", _INSTANT), ("known_at", _INSTANT)]),
        fields=("event_type", "image_id", "viewed_at", "known_at", "timestamp"),
        from_fields={
            "image_id": "identity(field[2])",
            "event_time": "instant(field[3])",
            "known_at": "append_time(coalesce(field[4], field[5], field[3]))",
        },
        from_columns={
            "image_id": "identity({image_id}::VARCHAR)",
            "event_time": "try_cast({event_time} AS TIMESTAMPTZ)",
            "known_at": "try_cast(coalesce({known_at}, {event_time}) AS TIMESTAMPTZ)",
        },
        checks=(
            ("image_id IS NULL", "no image_id"),
            ("event_time IS NULL OR NOT isfinite(event_time)", "the view has no instant"),
            ("known_at IS NULL OR NOT isfinite(known_at)", "known_at is no instant"),
        ),
        within="event_time >= {start} AND event_time < {end}",
        kind="field[1]",
        optional=("known_at",),
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
        from_fields={
            "image_id": "identity(field[1])",
            "window_start": "instant(field[2])",
            "window_end": "instant(field[3])",
            "event_count": "CASE WHEN regexp_full_match(field[4], '\\d+') THEN try_cast(field[4] AS BIGINT) END",
        },
        from_columns={
            "image_id": "identity({image_id}::VARCHAR)",
            "window_start": "try_cast({window_start} AS TIMESTAMPTZ)",
            "window_end": "try_cast({window_end} AS TIMESTAMPTZ)",
            "event_count": "try_cast({event_count} AS BIGINT)",
        },
        checks=(
            ("image_id IS NULL", "no image_id"),
            ("window_start IS NULL OR NOT isfinite(window_start)", "window_start is no instant"),
            ("window_end IS NULL OR NOT isfinite(window_end)", "window_end is no instant"),
            ("window_end <= window_start", "the window ends before it starts"),
            ("event_count IS NULL OR event_count < 0", "event_count is no count"),
        ),
        within="window_end > {start} AND window_start < {end}",
    ),
}
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
