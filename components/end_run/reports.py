"""The folder of reports: there each run on a cluster leaves its page, and draws the index of all runs on record anew.

Runs that end at once draw one after the other, each from all that is on record by then. So the last one lacks nobody,
and nobody has to list the folder.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from components.end_run import beside, past, record
from components.end_run.page import About, drawn
from components.end_run.past import Recorded
from components.iceberg.catalog import store_of, translated
from components.iceberg.places import plain
from components.pages import figures, parts
from components.pages.drift import drift
from components.pages.index import MOST_RUNS, History, Line, history, render
from components.shell.cluster import on_cluster
from components.shell.counts import counted
from components.shell.errors import StepError
from components.shell.origin import read_origin
from components.shell.redaction import masked, redact
from components.shell.settings import setting

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

_SETTING = "STOCKPOT_REPORTS_URL"
# Any number will do that nobody else in this database uses.
_LOCK = 0x53_54_4F_43_4B_49
# A store that does not answer is given up within half a minute.
_HURRY = {"s3.connect-timeout": "5", "s3.request-timeout": "10"}
log = logging.getLogger("end_run")


def publish(about: About) -> None:
    """Leave the run's page in the folder, and draw the index there, where a setting names one.

    What cannot be left there, also for a setting that is no folder, is a line of the log. It is the last that is done
    of a run, for a store that does not answer takes its time. A run on somebody's machine does neither: its home has an
    index.
    """
    if read_origin().engine == "local":
        return
    run_id = about.run.run_id
    try:
        if not (folder := setting(_SETTING).usable(os.environ)):
            return
        page = past.address(folder, run_id)
        with beside.asking() as cursor:
            before = past.last_with_page(cursor, run_id, folder)
        _put(page, drawn(about, folder, before))
        with beside.asking() as cursor:
            record.lies_at(cursor, run_id, page)
        with _alone() as cursor:
            _put(f"{folder}/index.html", index(past.newest(cursor, MOST_RUNS), folder, datetime.now(UTC)))
    except StepError as error:
        log.warning("%s has not got the page of run %s, or not the index: %s", _SETTING, run_id, redact(str(error)))


@contextmanager
def _alone() -> Iterator["Cursor"]:
    """A cursor that sees all that was committed until nobody else draws; it waits for that no longer than seconds."""
    with beside.asking() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        yield cursor


def _put(url: str, text: str) -> None:
    """Write the page to that address, in place of the one before it."""
    with (
        translated(),
        store_of(url, _HURRY).open_output_stream(
            plain(url), compression=None, metadata={"Content-Type": "text/html; charset=utf-8"}
        ) as file,
    ):
        file.write(text.encode())


def index(runs: Sequence[Recorded], folder: str, now: datetime) -> str:
    """The index of these runs, newest first, that leads to those pages which lie in the folder."""
    own: dict[str, list[Recorded]] = {}
    for run in runs:
        own.setdefault(run.pipeline or "unknown", []).append(run)
    histories = [_history(pipeline, those, folder, now) for pipeline, those in own.items()]
    note = f"The newest {MOST_RUNS} runs of the last {counted(past.MOST_DAYS, 'day')}, as of {figures.instant(now)}."
    return masked(render(histories, note))


def _history(pipeline: str, runs: Sequence[Recorded], folder: str, now: datetime) -> History:
    """The history of these runs, each beside the last one before it of whose rows something is known."""
    lines: list[Line] = []
    last: Recorded | None = None
    for run in reversed(runs):
        lines.append(_line(run, drift(last, run) if last else None, folder, now))
        last = run if run.moments else last
    return history(pipeline, pipeline, lines[::-1])


def _line(run: Recorded, moved: tuple[float, str] | None, folder: str, now: datetime) -> Line:
    started = run.started or run.finished or now
    far, column = moved or (None, "")
    return Line(
        run_id=run.run_id,
        state=run.status or "unknown",
        started=started,
        instant=run.as_of or started,
        seconds=run.seconds,
        error=redact(run.reason or ""),
        warnings=[redact(warning) for warning in run.warnings],
        report=parts.address(run.run_id) if run.page == past.address(folder, run.run_id) else "",
        rows=run.rows,
        rejected=run.rejected,
        label=run.label,
        label_share=run.label_share,
        drift=far,
        moved=column,
        advice=_advice(run),
    )


def _advice(run: Recorded) -> str:
    """What says more of a run that failed: only its own page knows what is to be called next."""
    commands = {"argo": f"stockpot logs {run.run_id} {on_cluster()}", "local": f"stockpot logs {run.run_id}"}
    return commands.get(run.engine or "", f"open run {run.run_id} in the Kubeflow Pipelines UI")
