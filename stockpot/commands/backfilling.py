"""`backfill`: running the intervals that are missing."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from components.shell.counts import counted
from stockpot.backfill.reprocess import Reprocess
from stockpot.commands.helping import WHERE
from stockpot.commands.options import (
    DEFAULT_HOME,
    DEFAULT_NAMESPACE,
    Events,
    Form,
    Home,
    InImages,
    Namespace,
    Output,
    Parameters,
    PipelineName,
    ProjectFolder,
    Where,
    files,
    parameters,
    read_from_files,
)
from stockpot.definition import completed
from stockpot.display.columns import print_json

if TYPE_CHECKING:
    from stockpot.backfill.carrying_out import Ended
    from stockpot.backfill.intervals import Interval


# Intervals that nobody asks for by mistake, and those that a list of what would run still takes.
_MOST, _MOST_LISTED = 1000, 100_000

AtOnce = Annotated[int, typer.Option("--max-parallel", min=1, help="Intervals that run at the same time.")]
RunsOn = Annotated[
    Where, typer.Option("--on", rich_help_panel=WHERE, help="Run here, or on a cluster with Argo Workflows.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would run and what rows are there, and run nothing.")]
Reprocessed = Annotated[
    Reprocess,
    typer.Option(
        "--reprocess", help="What runs beside what is missing: nothing, what failed, what late facts wait for, or all."
    ),
]


def backfill(
    pipeline: PipelineName,
    *,
    begin: Annotated[str, typer.Option("--from", metavar="INSTANT", help="Where the time to fill begins.")],
    end: Annotated[str, typer.Option("--to", metavar="INSTANT", help="Where it ends. Default: now.")] = "",
    max_parallel: AtOnce = 1,
    reprocess: Reprocessed = Reprocess.NONE,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many intervals there are.")] = False,
    param: Parameters = None,
    events: Events = None,
    on: RunsOn = Where.LOCAL,
    namespace: Namespace = DEFAULT_NAMESPACE,
    home: Home = DEFAULT_HOME,
    project: ProjectFolder = None,
    docker: InImages = False,
    output: Output = Form.TEXT,
) -> None:
    """Run the intervals of a pipeline that are missing, oldest first.

    An interval ends where a tick of the pipeline's schedule ends it, and is run with what was known at that tick; one
    that late facts wait for, with what was known when they were counted. All that overlap [--from, --to) are listed.
    After a run that failed none is begun, and the exit code is that run's. docs/backfill.md tells the rest.

    \b
    Examples:
      stockpot backfill moderation-training --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --dry-run
      stockpot backfill moderation-training --from 2026-01-01T00:00:00Z --max-parallel 2 --reprocess failed
      stockpot backfill moderation-training --from 2026-01-01T00:00:00Z --reprocess late
      stockpot backfill my.py:train --from 2026-01-01T00:00:00Z --project .
      stockpot backfill event-aggregation --from 2026-01-14T00:00:00Z --events events
    """
    from stockpot.backfill.carrying_out import Order, carry_out, handed_on, held_to
    from stockpot.backfill.counting import counted
    from stockpot.backfill.filling import arguments, bounds, filling, intervals_of, refuse_many
    from stockpot.backfill.intervals import chosen
    from stockpot.backfill.listing import listing
    from stockpot.compiler.definitions import load
    from stockpot.local.parameters import utc_now
    from stockpot.local.services import Wanted, in_use

    at, given, environ, now = _here(project, on, docker=docker), parameters(param, events), dict(os.environ), utc_now()
    filled = filling(load(pipeline).definition, reprocess, max_parallel, given)
    span = bounds(begin, end, now)
    refuse_many(filled, span, _MOST_LISTED if dry_run else _MOST, lambda question: yes or _agreed(question))
    start = _start(pipeline, on, namespace, home, at)
    report = partial(print, file=sys.stderr if output is Form.JSON else sys.stdout, flush=True)
    with in_use(home, environ, Wanted()) as endpoints:
        endpoints.put_into(os.environ)
        intervals = intervals_of(filled, span, now)
        intervals = counted(intervals, filled.dataset) if dry_run else intervals
        wanted = chosen(intervals, reprocess)
        report(listing(intervals, wanted))
        with handed_on(given, read_from_files(param)) as passed_on:
            order = Order(lambda one: [*start, *arguments(filled, one, passed_on)], max_parallel, environ, report)
            done = held_to([] if dry_run else carry_out(wanted, order), lambda: intervals_of(filled, span, now), report)
    words = [*_words(max_parallel, given, files(param), on, namespace, home, output, yes=yes), *at]
    again = partial(_again, [pipeline, "--from", begin, *(["--to", end] if end else [])], words)
    if dry_run and chosen(intervals, Reprocess.FAILED) != chosen(intervals, Reprocess.NONE):
        report(f"what failed runs again with: {again(Reprocess.FAILED)}")
    if output is Form.JSON:
        print_json(_document(intervals, wanted, done))
    fill = partial(completed, beside=pipeline, **_where(on, namespace, [*_home(home), *at]))
    _leave(done, len(wanted) - len(done), lambda failed: again(_reprocessed(reprocess, failed)), fill)


def _here(project: Path | None, on: Where, *, docker: bool) -> list[str]:
    """The options that say what steps of runs on this machine run in.

    Raises:
        ConfigurationError: the runs are on a cluster, where all steps run in their images.
    """
    from components.shell.errors import ConfigurationError

    words = [*(["--project", str(project)] if project else []), *(["--docker"] if docker else [])]
    if words and on is Where.CLUSTER:
        raise ConfigurationError(f"{words[0]} is for runs on this machine", "leave it out: a cluster has images")
    return words


def _start(pipeline: str, on: Where, namespace: str, home: Path, here: Sequence[str]) -> tuple[str, ...]:
    """The command that runs an interval, but for what distinguishes it from the others."""
    if on is Where.CLUSTER:
        return ("submit", pipeline, "--watch", "--namespace", namespace, "--output", "json")
    return ("run", pipeline, "--home", str(home), *here, "--output", "json")


def _agreed(question: str) -> bool:
    """Whether a person at the terminal says that all these are to run; nobody there says so."""
    return sys.stdin.isatty() and typer.confirm(f"{question}. Run what is missing of them?", err=True)


def _words(  # noqa: PLR0917 - what the command itself takes
    max_parallel: int,
    given: Mapping[str, str],
    named: Mapping[str, str],
    on: Where,
    namespace: str,
    home: Path,
    output: Form,
    *,
    yes: bool,
) -> list[str]:
    """The command's options beside pipeline, time and what it reprocesses."""
    from stockpot.local.recovery import given as given_words

    words = ["--max-parallel", str(max_parallel)] if max_parallel > 1 else []
    words += given_words(given, named)
    words += ["--on", on.value, "--namespace", namespace] if on is Where.CLUSTER else []
    words += _home(home)
    words += ["--output", output.value] if output is not Form.TEXT else []
    return [*words, *(["--yes"] if yes else [])]


def _home(home: Path) -> list[str]:
    return ["--home", str(home)] if home != DEFAULT_HOME else []


def _where(on: Where, namespace: str, here: Sequence[str]) -> dict[str, Any]:
    """How a run is begun where the backfill's are: the command and its options."""
    if on is Where.CLUSTER:
        return {"verb": "submit", "options": ["--namespace", namespace]}
    return {"verb": "run", "options": here}


def _again(begun: Sequence[str], words: Sequence[str], reprocess: Reprocess) -> str:
    """The command that also runs what failed, as a shell takes it; the caller's directory and environment are kept."""
    from stockpot.local.recovery import joined

    return joined(["stockpot", "backfill", *begun, "--reprocess", reprocess.value, *words])


def _reprocessed(asked: Reprocess, failed: "Ended") -> Reprocess:
    """What to reprocess so that the interval that failed runs again: rows that were there before it are there still."""
    from stockpot.backfill.intervals import State

    has_rows = failed.interval.state in (State.DONE, State.LATE)
    return asked if has_rows or asked is Reprocess.ALL else Reprocess.FAILED


def _document(intervals: Sequence["Interval"], wanted: Sequence["Interval"], done: Sequence["Ended"]) -> list[Any]:
    ends, chosen = {ended.interval: ended for ended in done}, set(wanted)
    return [
        {
            **one.described,
            "action": "run" if one in chosen else "leave",
            "run": ends[one].run if one in ends else None,
            "exit_code": ends[one].exit_code if one in ends else None,
            "error": ends[one].error or None if one in ends else None,
        }
        for one in intervals
    ]


def _leave(done: Sequence["Ended"], unrun: int, again: Callable[["Ended"], str], fill: Callable[[str], str]) -> None:
    """Leave with the exit code of the first run that failed; `fill` completes its line."""
    failed = next((ended for ended in done if ended.failed), None)
    if failed is None:
        return
    left = f"; {counted(unrun, 'interval')} not begun" if unrun else ""
    wrong = fill(failed.error)
    typer.echo(f"error: {failed.interval.span}: {wrong}{left} - once that is settled: {again(failed)}", err=True)
    raise typer.Exit(failed.exit_code)
