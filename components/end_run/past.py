"""The runs on record, as `etl_runs` has them: those of the index, and the one before a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from components.pages.drift import Moments

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

MOST_DAYS = 90
# Larger numbers cannot be reckoned with.
_ENDLESS = 1e300
_NEWEST_FIRST = "ORDER BY COALESCE(started_at, finished_at) DESC, run_id DESC"
# A run that found its work done has the key and the snapshot of the commit that did it. A table of an older form lacks
# some columns before a run has begun.
_SELECT = f"""
    SELECT run_id, pipeline, as_of, status, reason, started_at, finished_at, engine, rows_out, rows_rejected,
        whole -> 'details' -> 'quality', whole ->> 'page',
        EXISTS (
            SELECT FROM etl_runs AS other
            WHERE other.run_key = run.run_key AND other.snapshot_id = run.snapshot_id AND other.run_id <> run.run_id
                AND other.started_at < run.started_at
        )
    FROM (SELECT * FROM etl_runs WHERE {{}} {_NEWEST_FIRST} LIMIT %(most)s) AS run
    CROSS JOIN LATERAL (SELECT to_jsonb(run) AS whole) AS read
    {_NEWEST_FIRST}
"""  # noqa: S608 - constants
_NEWEST = _SELECT.format("COALESCE(started_at, finished_at) > now() - make_interval(days => %(days)s)")
_OWN = _SELECT.format("run_id = %(run_id)s")
_BEFORE = _SELECT.format(
    "pipeline = %(pipeline)s AND status = 'succeeded' AND run_id <> %(run_id)s AND started_at < %(started)s"
)
_LAST_WITH_PAGE = """
    SELECT run.run_id, to_jsonb(run) ->> 'page'
    FROM etl_runs AS run JOIN etl_runs AS own ON own.run_id = %(run_id)s AND own.pipeline = run.pipeline
    WHERE run.started_at < own.started_at AND run.started_at > now() - make_interval(days => %(days)s)
        AND to_jsonb(run) ->> 'page' IS NOT NULL
    ORDER BY run.started_at DESC LIMIT 1
"""


@dataclass(frozen=True)
class Recorded:
    """A run on record; None is what nobody knows. `quality` is what its check has said, if that was anything.

    `page` is where its page lies, and `was_done` says whether another run had committed what this one was to.
    """

    run_id: str
    pipeline: str | None
    as_of: datetime | None
    status: str | None
    reason: str | None
    started: datetime | None
    finished: datetime | None
    engine: str | None
    rows_out: int | None
    rows_rejected: int | None
    quality: Any
    page: str | None
    was_done: bool

    @property
    def seconds(self) -> float | None:
        """Wall-clock time of a run that has begun and ended."""
        return (self.finished - self.started).total_seconds() if self.started and self.finished else None

    @property
    def rows(self) -> int | None:
        """The rows that the run itself has committed to the pipeline's own table."""
        return 0 if self.was_done else self.rows_out

    @property
    def rejected(self) -> int | None:
        """The rows that were rejected on the way to them."""
        return None if self.was_done else self.rows_rejected

    @property
    def warnings(self) -> Sequence[str]:
        """What its data were warned of; nothing where details had no room for it."""
        lines = self._said.get("warnings")
        return [str(line) for line in lines] if isinstance(lines, list) else []

    @property
    def label(self) -> str:
        """The column whose share is told of the rows that the run has committed; empty where none is."""
        label = self._own.get("label")
        return label if isinstance(label, str) and self.label_share is not None else ""

    @property
    def label_share(self) -> float | None:
        """The share of these rows that have the label."""
        share = self._own.get("label_share")
        return share if _is_number(share) else None

    @property
    def moments(self) -> Mapping[str, Moments]:
        """Mean and standard deviation of their columns; nothing where details had no room for it."""
        moments = self._own.get("moments")
        pairs = moments.items() if isinstance(moments, Mapping) else ()
        return {name: (pair[0], pair[1]) for name, pair in pairs if _is_pair(pair)}

    @property
    def categories(self) -> Sequence[str]:
        """The columns of texts that are counted by value: none."""
        return ()

    @property
    def _said(self) -> Mapping[str, Any]:
        return self.quality if isinstance(self.quality, Mapping) else {}

    @property
    def _own(self) -> Mapping[str, Any]:
        """What is said of rows that the run itself has committed."""
        return {} if self.was_done else self._said


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))  # noqa: PLR2004 - a pair


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _ENDLESS


def newest(cursor: "Cursor", most: int) -> list[Recorded]:
    """The newest so many runs of the last three months, however they stand, the newest first."""
    cursor.execute(_NEWEST, {"days": MOST_DAYS, "most": most})
    return [Recorded(*row) for row in cursor.fetchall()]


def compared(cursor: "Cursor", run_id: str) -> tuple[Recorded, Recorded] | None:
    """The last run of the pipeline that has succeeded and began before this one, and this one; None without one."""
    if (now := _one(cursor, _OWN, {"run_id": run_id})) is None:
        return None
    parameters = {"run_id": run_id, "pipeline": now.pipeline, "started": now.started}
    before = _one(cursor, _BEFORE, parameters)
    return (before, now) if before else None


def last_with_page(cursor: "Cursor", run_id: str, folder: str) -> str:
    """The run of the pipeline before this one, however it ended, whose page lies in the folder; empty without one."""
    cursor.execute(_LAST_WITH_PAGE, {"run_id": run_id, "days": MOST_DAYS})
    row = cursor.fetchone()
    return row[0] if row and row[1] == address(folder, row[0]) else ""


def _one(cursor: "Cursor", statement: str, parameters: Mapping[str, Any]) -> Recorded | None:
    cursor.execute(statement, {"most": 1, **parameters})
    row = cursor.fetchone()
    return Recorded(*row) if row else None


def address(folder: str, run_id: str) -> str:
    """Where the page of a run lies in the folder of reports."""
    return f"{folder}/{run_id}/report.html"
