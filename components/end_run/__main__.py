"""`python -m components.end_run`: close a run's row, on failure too, and notify people."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from components.connect import endpoints, postgres
from components.end_run import beside, command, figures, lineage, record, reports
from components.end_run.committed import Run, RunCommits, committed, warnings_of
from components.end_run.late import late
from components.end_run.lineage import Reads, objects
from components.end_run.message import Oddities
from components.end_run.metrics import publish
from components.end_run.notify import notify, oddities
from components.end_run.outcome import Outcome
from components.end_run.page import About, write_page
from components.end_run.past import Recorded, compared
from components.shell import step
from components.shell.errors import ConfigurationError, StepError
from components.shell.instants import run_instant
from components.shell.origin import read_origin
from components.shell.status import RunEnd, resolve_run_end

log = logging.getLogger("end_run")
SUCCEEDED = "succeeded"
T = TypeVar("T")


def main(
    *,
    status: dict[str, Any],
    run_id: str,
    pipeline: str,
    as_of: str,
    report: Path,
    metrics: Path,
    table: str = "",
    on_success: bool = False,
    scheduled: str = "",
    also: list[Any] | None = None,
    reads: list[Any] | None = None,
    extracts: str = "{}",
    names: str = "{}",
    source: str = "",
    filled: str = "",
    parameters: str = "",
    executor_input: str = "{}",
) -> None:
    """Close the run's row, write its page and tell people: all that can be done, and only then fail with the rest."""
    ended = resolve_run_end(status)
    run = record.Ended(run_id, pipeline, _instant(as_of, scheduled), ended.state, _reason(ended))
    problems: list[Exception] = []
    commits = _tried(lambda: _committed(run, table, also or ()), problems)
    if problems and ended.state != SUCCEEDED:
        # What broke the run may be what keeps its table from being read; `stockpot reconcile` makes it good.
        log.warning("what run %s has committed cannot be read: %s", run_id, step.verdict(problems.pop())[0])
    before = len(problems)
    closed = _tried(lambda: _close(run, commits), problems)
    is_closed = len(problems) == before
    outcome = Outcome(ended, run, closed, commits, datetime.now(UTC))
    tables = [each for each in (table, *(also or ())) if each]
    run_reads = Reads(reads or (), objects("extracts", extracts), objects("names", names), source)
    page = _about(outcome, as_of or scheduled, parameters, run_reads)
    write_page(report, page)
    warnings, number = _beside(lambda: warnings_of(outcome.own), problems) or ((), 0)
    odd = oddities(warnings, number, _beside(lambda: late(outcome, asked=as_of, filled=filled), problems) or "")
    _notify_once(outcome, odd, as_of or scheduled, problems, on_success=on_success)
    drawn = _beside(lambda: figures.of_run(outcome), problems) or {}
    _beside(lambda: figures.write_figures(metrics, drawn, executor_input), problems)
    _beside(lambda: publish(outcome, tables, odd.warned, is_backfill=bool(filled)), problems)
    if is_closed:
        # Else nobody knows when the run began, and another try sends the event.
        _beside(lambda: lineage.end(outcome, run_reads, tables), problems)
    if closed:
        _beside(lambda: reports.publish(page), problems)
    for problem in problems[1:]:
        log.error("%s", step.verdict(problem)[0])
    if problems:
        raise problems[0]


def _tried(work: Callable[[], T], problems: list[Exception]) -> T | None:
    """What the work gives; None where it fails, which is added to the problems."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest is still to be done
        problems.append(error)
        return None


def _beside(work: Callable[[], T], problems: list[Exception]) -> T | None:
    """What the work gives. It is no reason why a run should fail; only a setting that cannot be used is a problem."""
    try:
        return work()
    except ConfigurationError as error:
        problems.append(error)
    except Exception as error:  # noqa: BLE001 - receipts hold whatever somebody has committed
        log.warning("not all can be told of the run: %s", step.verdict(error)[0])
    return None


def _committed(run: record.Ended, table: str, also: Sequence[str]) -> RunCommits | None:
    """What the run has committed; None where it had not begun, or fills no table."""
    with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
        begun = record.begun(cursor, run.run_id) if record.exists(cursor) else None
    if begun is None:
        return None
    looked_for = Run(run.run_id, begun.as_of, begun.run_key, run.status == SUCCEEDED)
    return committed(table, also, run.pipeline, looked_for)


def _close(run: record.Ended, commits: RunCommits | None) -> record.Closed | None:
    """The row, now closed; without a table, which is what a first run leaves that could not begin, say so."""
    with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
        if record.exists(cursor):
            return record.end(cursor, read_origin(), run, commits.record if commits else None)
    log.warning("there is no table etl_runs, so the end of run %s is not recorded - a run makes it", run.run_id)
    return None


def _notify_once(outcome: Outcome, odd: Oddities, as_of: str, problems: list[Exception], *, on_success: bool) -> None:
    """Notify people of the end, unless an earlier try has."""
    run, closed = outcome.run, outcome.closed
    if closed and closed.notified == run.words:
        log.info("people have been told of this end of run %s by an earlier try", run.run_id)
        return
    about = {"run_id": run.run_id, "pipeline": run.pipeline, "as_of": as_of}
    notified = _tried(lambda: notify(outcome.ended, odd, on_success=on_success, **about), problems)
    # An end without a notification lies between the last one with it and the next of its kind.
    if closed and (notified or closed.notified):
        _remember(run, notified=bool(notified))


def _about(outcome: Outcome, as_of: str, parameters: str, reads: Reads) -> About:
    """What the run's page shows."""
    run, commits = outcome.run, outcome.commits
    pair = _compared(run) if outcome.closed else None
    receipts = commits.receipts if commits else {}
    origins = _beside(lambda: lineage.origins(reads, receipts), []) or ()
    return About(outcome.ended, run, as_of, outcome.closed, receipts, command.parameters(parameters), pair, origins)


def _compared(run: record.Ended) -> tuple[Recorded, Recorded] | None:
    """The run before with this one, as both are on record; that they cannot be read costs the page a part of it."""
    try:
        with beside.asking() as cursor:
            return compared(cursor, run.run_id)
    except Exception as error:  # noqa: BLE001 - rows hold whatever somebody has committed, and nobody is notified yet
        log.warning("the run before run %s cannot be read: %s", run.run_id, step.verdict(error)[0])
        return None


def _remember(run: record.Ended, *, notified: bool) -> None:
    """Record whether people have been notified. A failure here would make the engine try, and notify them, again."""
    try:
        with postgres.session(endpoints.runs_url()) as connection, connection.cursor() as cursor:
            record.remember(cursor, run.run_id, run.words if notified else None)
    except StepError as error:
        log.warning("another try would tell people again: %s", error.message)


def _reason(ended: RunEnd) -> str | None:
    return ": ".join(part for part in (ended.step, ended.reason) if part) or None


def _instant(as_of: str, scheduled: str) -> datetime | None:
    """The run's instant; None for a text that is none, which may be why the run failed."""
    try:
        return run_instant(as_of, scheduled)
    except ConfigurationError:
        return None


if __name__ == "__main__":
    step.run(main)
