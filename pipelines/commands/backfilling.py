"""`backfill`: running the intervals that are missing."""

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.backfill.reprocess import Reprocess
from pipelines.commands.options import (
    DEFAULT_HOME,
    Events,
    Form,
    Home,
    Namespace,
    Output,
    Parameters,
    PipelineName,
    parameters,
)

if TYPE_CHECKING:
    from pipelines.backfill.carrying_out import Ended
    from pipelines.backfill.intervals import Interval


class Where(StrEnum):
    """Who carries out the runs."""

    LOCAL = "local"
    CLUSTER = "cluster"


AtOnce = Annotated[int, typer.Option("--max-parallel", min=1, help="Intervals that run at the same time.")]
Reprocessed = Annotated[
    Reprocess, typer.Option("--reprocess", help="What runs beside what is missing: nothing, what failed, or all.")
]


def backfill(
    pipeline: PipelineName,
    *,
    begin: Annotated[str, typer.Option("--from", metavar="INSTANT", help="Where the time to fill begins.")],
    end: Annotated[str, typer.Option("--to", metavar="INSTANT", help="Where it ends. Default: now.")] = "",
    max_parallel: AtOnce = 1,
    reprocess: Reprocessed = Reprocess.NONE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run, and run nothing.")] = False,
    param: Parameters = None,
    events: Events = None,
    on: Annotated[Where, typer.Option("--on", help="Run here, or on a cluster with Argo Workflows.")] = Where.LOCAL,
    namespace: Namespace = "stockpot",
    home: Home = DEFAULT_HOME,
    output: Output = Form.TEXT,
) -> None:
    """Run the intervals of a pipeline that are missing, oldest first.

    An interval ends where a tick of the pipeline's schedule ends it, and is run with what was known at that tick. All
    that overlap [--from, --to) are listed with how they stand. After a run that failed none is begun, and the exit code
    is that run's; what is done is not run again by the next call. docs/backfill.md tells the rest.

    \b
    Examples:
      stockpot backfill moderation-training --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --dry-run
      stockpot backfill moderation-training --from 2026-01-01T00:00:00Z --max-parallel 2 --reprocess failed
      stockpot backfill event-aggregation --from 2026-01-14T00:00:00Z --events events
    """
    from pipelines.backfill.carrying_out import Order, carry_out
    from pipelines.backfill.filling import arguments, bounds, filling, intervals_of
    from pipelines.backfill.intervals import chosen
    from pipelines.compiler.definitions import load
    from pipelines.display.columns import print_json
    from pipelines.local.parameters import utc_now
    from pipelines.local.services import Wanted, in_use

    given, environ, now = parameters(param, events), dict(os.environ), utc_now()
    filled = filling(load(pipeline).definition, reprocess, max_parallel)
    span = bounds(begin, end, now)
    here, there = ("run", pipeline, "--home", str(home)), ("submit", pipeline, "--watch", "--namespace", namespace)
    told = sys.stderr if output is Form.JSON else sys.stdout
    order = Order(
        command=lambda one: [
            *(here if on is Where.LOCAL else there),
            "--output",
            "json",
            *arguments(filled, one, given),
        ],
        at_once=max_parallel,
        environ=environ,
        tell=lambda line: print(line, file=told, flush=True),
    )
    with in_use(home, environ, Wanted()) as endpoints:
        endpoints.put_into(os.environ)
        found = intervals_of(filled, span, now)
        wanted = chosen(found, reprocess)
        order.tell(_listing(found, wanted))
        done = [] if dry_run else carry_out(wanted, order)
    if output is Form.JSON:
        print_json(_document(found, wanted, done))
    _leave(done, len(wanted) - len(done) if not dry_run else 0)


def _listing(found: Sequence["Interval"], wanted: Sequence["Interval"]) -> str:
    """The intervals in columns, and how many are to run."""
    from components.shell.instants import format_instant
    from pipelines.display.columns import columns

    rows = [
        (format_instant(one.start), format_instant(one.end), one.state, "run" if one in wanted else "leave", one.note)
        for one in found
    ]
    return f"{columns(('FROM', 'TO', 'STATE', 'WOULD', 'BY'), rows)}\n{len(wanted)} of {len(found)} intervals to run"


def _document(found: Sequence["Interval"], wanted: Sequence["Interval"], done: Sequence["Ended"]) -> list[Any]:
    ends = {ended.interval: ended for ended in done}
    return [
        {
            **one.described,
            "action": "run" if one in wanted else "leave",
            "run": ends[one].run if one in ends else None,
            "exit_code": ends[one].exit_code if one in ends else None,
            "error": ends[one].error or None if one in ends else None,
        }
        for one in found
    ]


def _leave(done: Sequence["Ended"], unrun: int) -> None:
    """Leave with the exit code of the first run that failed."""
    failed = next((ended for ended in done if ended.failed), None)
    if failed is None:
        return
    left = f"; {unrun} intervals were not begun" if unrun else ""
    todo = "once that is settled, the same call with --reprocess failed goes on"
    typer.echo(f"error: {failed.interval.span}: {failed.error}{left} - {todo}", err=True)
    raise typer.Exit(failed.exit_code)
