"""`plan`: what a run would do, and why."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from components.shell.counts import counted
from stockpot.commands.options import (
    DEFAULT_HOME,
    AsOf,
    Events,
    Form,
    Home,
    InImages,
    Output,
    Parameters,
    PipelineName,
    ProjectFolder,
    parameters,
)
from stockpot.commands.running import NoCache

if TYPE_CHECKING:
    from stockpot.backfill.touching import Touched
    from stockpot.compiler.definitions import Plan
    from stockpot.local.due import Due
    from stockpot.local.planning import Planned
    from stockpot.local.since import Since

# So many files are named; `--output json` names all.
_FILES = 5
# And of days that have rows so many, the last ones.
_DAYS = 7
Rows = Annotated[bool, typer.Option("--rows", help="Ask the catalog too: which days are written, and their rows now.")]


def plan(
    pipeline: PipelineName,
    *,
    as_of: AsOf = None,
    param: Parameters = None,
    events: Events = None,
    home: Home = DEFAULT_HOME,
    project: ProjectFolder = None,
    no_cache: NoCache = False,
    rows: Rows = False,
    docker: InImages = False,
    output: Output = Form.TEXT,
) -> None:
    """Say what a run would do and why; run nothing.

    What has changed since the last run in this home that succeeded, what is due, which tables it would fill with about
    how many rows, as that run did, and for each step whether it would run, or why its result comes from the cache.
    With --rows the catalog is asked too: which time of its table the run would write, and the rows of each day now.

    \b
    Examples:
      stockpot plan moderation-training --as-of 2026-01-15T00:00:00Z
      stockpot plan event-aggregation --events events
      stockpot plan moderation-training --rows
    """
    from stockpot.compiler.definitions import glance
    from stockpot.display.columns import fitted, print_json
    from stockpot.local.planning import plan_pipeline
    from stockpot.local.project import Project

    given = parameters(param, events)
    where = Project.of(home, pipeline, project, docker=docker)
    if where.docker:
        where.docker.described()
    defined = glance(pipeline)
    forecast = plan_pipeline(defined.pipeline, given, home=home, as_of=as_of, project=where, cached=not no_cache)
    tables = _tables_written(forecast.due, home) if rows and forecast.due else []
    if output is Form.JSON:
        print_json(_document(defined, forecast) | ({"touches": [_of_table(each) for each in tables]} if rows else {}))
        return
    lines = [*_lines(defined, forecast), *(line for each in tables for line in _days(each))]
    typer.echo(fitted(("PIPELINE", defined.pipeline.name), lines))
    typer.echo()
    typer.echo(fitted(("STEP", "WOULD", "WHY"), [(one.id, one.action, one.reason) for one in forecast.tasks]))


def _tables_written(due: "Due", home: Path) -> "list[Touched]":
    """What the catalog says of the tables that the run would write of which that is due."""
    from components.connect.endpoints import runs_url
    from components.connect.postgres import clock
    from stockpot.backfill.touching import touched
    from stockpot.local.services import Wanted, in_use

    with in_use(home, dict(os.environ), Wanted()) as endpoints:
        endpoints.put_into(os.environ)
        return touched(due, clock(runs_url()))


def _days(each: "Touched") -> Iterator[tuple[str, str]]:
    """Lines on a table that is written: the time, and the last days that have rows there."""
    from components.shell.instants import format_instant

    time = f"{format_instant(each.span[0])} to {format_instant(each.span[1])}, " if each.span else ""
    rows = f"; {counted(each.rows, 'row')} there now" if each.span and each.rows is not None else ""
    yield "touches", f"{each.table}: {time}{each.words}{rows}"
    days = list((each.days or {}).items())
    if before := days[:-_DAYS]:
        rest = counted(sum(rows for _, rows in before), "row")
        yield "rows", f"{counted(len(before), 'day')} from {before[0][0]} to {before[-1][0]}: {rest}"
    yield from (("rows", f"{day}: {counted(rows, 'row')}") for day, rows in days[-_DAYS:])


def _of_table(each: "Touched") -> dict[str, Any]:
    from components.shell.instants import format_instant

    start, end = map(format_instant, each.span) if each.span else (None, None)
    days = None if each.days is None else [{"day": str(day), "rows": rows} for day, rows in each.days.items()]
    return {"table": each.table, "start": start, "end": end, "why": each.words, "rows": each.rows, "days": days}


def _rows(plan: "Plan", since: "Since | None") -> "dict[str, int | None]":
    """The tables that the run would fill, with the rows of the last run; None where nobody knows."""
    own: dict[str, int | None] = {plan.entry.table: None} if plan.entry and plan.entry.table else {}
    return own | dict(since.rows if since else {})


def _lines(plan: "Plan", forecast: "Planned") -> Iterator[tuple[str, str]]:
    from components.shell.instants import format_instant

    yield "as of", format_instant(forecast.as_of)
    yield "last run", forecast.since.run if forecast.since else "none has succeeded here yet"
    if forecast.since:
        yield "changed", ", ".join(_changes(forecast.since)) or "nothing since then"
    if forecast.due:
        yield (
            "interval",
            f"{forecast.due.start} to {forecast.due.end}" if forecast.due.start else f"up to {forecast.due.end}",
        )
    for table, rows in _rows(plan, forecast.since).items():
        amount = "how many rows is not known" if rows is None else f"about {counted(rows, 'row')}, as in the last run"
        yield "table", f"{table}: {amount}"


def _changes(since: "Since") -> Iterator[str]:
    if since.is_redefined:
        yield "the pipeline's definition"
    yield from (f"{one.name} {one.before or 'not given'} → {one.now or 'not given'}" for one in since.parameters)
    yield from since.files[:_FILES]
    if (left := len(since.files) - _FILES) > 0:
        yield counted(left, "more file")
    if since.unknown:
        yield f"perhaps the code of {', '.join(since.unknown)}, which cannot be known"


def _document(plan: "Plan", forecast: "Planned") -> dict[str, Any]:
    from components.shell.instants import format_instant

    since, due = forecast.since, forecast.due
    return {
        "pipeline": plan.pipeline.name,
        "as_of": format_instant(forecast.as_of),
        "since": since
        and {
            "run": since.run,
            "began": since.began,
            "definition": since.is_redefined,
            "parameters": [{"name": one.name, "before": one.before, "now": one.now} for one in since.parameters],
            "files": list(since.files),
            "unknown": list(since.unknown),
        },
        "interval": due and {"start": due.start or None, "end": due.end},
        "tables": [{"table": name, "rows": rows} for name, rows in _rows(plan, since).items()],
        "tasks": [{"task": one.id, "action": one.action, "reason": one.reason} for one in forecast.tasks],
    }
