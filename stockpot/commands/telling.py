"""`logs`: what the steps of a run say."""

import os
from pathlib import Path
from typing import Annotated

import typer

from stockpot.commands.options import (
    DEFAULT_HOME,
    DEFAULT_NAMESPACE,
    Home,
    Namespace,
    OfRun,
    RunName,
    Where,
    refuse_of_here,
)


def logs(
    context: typer.Context,
    run: RunName,
    step: Annotated[
        str, typer.Argument(metavar="[STEP]", help="One step alone, by its id or name: lines without a prefix.")
    ] = "",
    *,
    on: OfRun = Where.LOCAL,
    namespace: Namespace = DEFAULT_NAMESPACE,
    home: Home = DEFAULT_HOME,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on while the run does, from another terminal too.")
    ] = False,
) -> None:
    """Print what the steps of a run have said, each line behind its step.

    Earlier tries come first, then the log, then what the step has to say to people. What a terminal would obey is
    written out. Ctrl-C leaves the run alone. With --on cluster pods are asked, through kubectl or Argo's server, and
    for those that are gone the bucket in which Argo keeps logs where it is told to (docs/cluster.md).

    \b
    Examples:
      stockpot logs latest
      stockpot logs latest check-quality
      stockpot logs latest -f
      stockpot logs moderation-training-x7k2p -f --on cluster
    """
    if on is Where.CLUSTER:
        refuse_of_here(context)
        _logs_on_cluster(run, step, namespace, follow=follow)
    else:
        _logs_here(run, step, home, follow=follow)


def _logs_here(run: str, step: str, home: Path, *, follow: bool) -> None:
    from stockpot.local.logs import follow_logs, show_logs, steps_named
    from stockpot.local.records import load_run

    found = load_run(home, run)
    say = _Lines(steps_named(found, step), alone=bool(step)).say
    if follow:
        ended = follow_logs(home, found.id, step, say)
        _note(how_it_ended(ended.id, ended.state, ended.error))
    else:
        show_logs(home, found, step, say)


def _logs_on_cluster(run: str, step: str, namespace: str, *, follow: bool) -> None:
    from stockpot.cluster.access import choose
    from stockpot.cluster.logs import follow_logs, show_logs, steps_named
    from stockpot.cluster.status import verdict

    cluster = choose(os.environ, namespace)
    say = _Lines(steps_named(cluster.workflow(run), step), alone=bool(step)).say
    if follow:
        ended = follow_logs(cluster, run, step, say, _note)
        _note(how_it_ended(run, ended["status"]["phase"].lower(), verdict(ended)[1]))
    else:
        show_logs(cluster, run, step, say, _note)


def how_it_ended(run: str, state: str, error: str) -> str:
    """The last line about a run that somebody has followed."""
    return f"Run {run} {state}" + (f": {error}" if error else "")


class _Lines:
    """Prints lines, each behind its step; not where there is but one."""

    def __init__(self, steps: list[str], *, alone: bool) -> None:
        self._width = max(map(len, steps), default=0)
        self._alone = alone

    def say(self, name: str, line: str) -> None:
        """Print the line of a step."""
        # What a terminal would obey is written out, on the way to anything: `color` keeps it from being dropped.
        typer.echo(line if self._alone else f"{name.ljust(self._width)} │ {line}", color=True)


def _note(text: str) -> None:
    typer.echo(text, err=True)
