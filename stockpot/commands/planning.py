"""`plan`: what a run would do, and why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

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
    from stockpot.compiler.definitions import Plan
    from stockpot.local.planning import Planned
    from stockpot.local.since import Since

# So many files are named; `--output json` names all.
_FILES = 5


def plan(
    pipeline: PipelineName,
    *,
    as_of: AsOf = None,
    param: Parameters = None,
    events: Events = None,
    home: Home = DEFAULT_HOME,
    project: ProjectFolder = None,
    no_cache: NoCache = False,
    docker: InImages = False,
    output: Output = Form.TEXT,
) -> None:
    """Say what a run would do and why; run nothing.

    What has changed since the last run in this home that succeeded, what is due, which tables it would fill with about
    how many rows, as that run did, and for each step whether it would run, or why its result comes from the cache.

    \b
    Examples:
      stockpot plan moderation-training --as-of 2026-01-15T00:00:00Z
      stockpot plan event-aggregation --events events
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
    found = plan_pipeline(defined.pipeline, given, home=home, as_of=as_of, project=where, cached=not no_cache)
    if output is Form.JSON:
        print_json(_document(defined, found))
        return
    typer.echo(fitted(("PIPELINE", defined.pipeline.name), list(_told(defined, found))))
    typer.echo()
    typer.echo(fitted(("STEP", "WOULD", "WHY"), [(one.id, one.action, one.reason) for one in found.tasks]))


def _rows(plan: "Plan", since: "Since | None") -> "dict[str, int | None]":
    """The tables that the run would fill, with the rows of the last run; None where nobody knows."""
    own: dict[str, int | None] = {plan.entry.table: None} if plan.entry and plan.entry.table else {}
    return own | dict(since.rows if since else {})


def _told(plan: "Plan", found: "Planned") -> Iterator[tuple[str, str]]:
    from components.shell.instants import format_instant

    yield "as of", format_instant(found.as_of)
    yield "last run", found.since.run if found.since else "none has succeeded here yet"
    if found.since:
        yield "changed", ", ".join(_changes(found.since)) or "nothing since then"
    if found.due:
        yield "interval", f"{found.due.start} to {found.due.end}" if found.due.start else f"up to {found.due.end}"
    for table, rows in _rows(plan, found.since).items():
        told = "how many rows is not known" if rows is None else f"about {counted(rows, 'row')}, as in the last run"
        yield "table", f"{table}: {told}"


def _changes(since: "Since") -> Iterator[str]:
    if since.is_redefined:
        yield "the pipeline's definition"
    yield from (f"{one.name} {one.before or 'not given'} → {one.now or 'not given'}" for one in since.parameters)
    yield from since.files[:_FILES]
    if (left := len(since.files) - _FILES) > 0:
        yield counted(left, "more file")
    if since.unknown:
        yield f"perhaps the code of {', '.join(since.unknown)}, which cannot be known"


def _document(plan: "Plan", found: "Planned") -> dict[str, Any]:
    from components.shell.instants import format_instant

    since, due = found.since, found.due
    return {
        "pipeline": plan.pipeline.name,
        "as_of": format_instant(found.as_of),
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
        "tasks": [{"task": one.id, "action": one.action, "reason": one.reason} for one in found.tasks],
    }
