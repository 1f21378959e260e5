"""`watch`: a run on the whole screen."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

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
from stockpot.commands.telling import how_it_ended

if TYPE_CHECKING:
    from stockpot.watching.picture import Picture

# So many seconds lie between two looks at a cluster.
_EVERY = 2.0


def watch(
    context: typer.Context,
    run: RunName,
    *,
    on: OfRun = Where.LOCAL,
    namespace: Namespace = DEFAULT_NAMESPACE,
    home: Home = DEFAULT_HOME,
) -> None:
    """Show a run on the whole screen, while it goes on and afterwards: steps, times, rows and logs.

    From another terminal too. Up and down choose a step, `l` shows what it says, `q` leaves; the run does not notice.
    On a cluster steps appear when they begin, and rows are not known.

    \b
    Examples:
      stockpot watch latest
      stockpot watch moderation-training-20260115T030000Z-1f2e
      stockpot watch moderation-training-x7k2p --on cluster
    """
    if on is Where.CLUSTER:
        refuse_of_here(context)
    left = _on_cluster(run, namespace) if on is Where.CLUSTER else _here(run, home)
    message = how_it_ended(left.id, left.state, left.error) if left.is_over else f"Run {left.id} goes on"
    typer.echo(message, err=True)


def _here(run: str, home: Path) -> "Picture":
    from stockpot.local.logs import recent_lines
    from stockpot.local.records import load_run, run_directory
    from stockpot.local.recovery import joined
    from stockpot.watching.picture import picture_of
    from stockpot.watching.screen import console_on, show

    record = load_run(home, run)
    options = ["--home", str(home)] if home != DEFAULT_HOME else []
    console = console_on(sys.stdout, f"try: {joined(['stockpot', 'logs', run, '-f', *options])}")
    return show(
        console,
        lambda: picture_of(load_run(home, record.id)),
        lambda step: recent_lines(run_directory(home, record.id), step),
    )


def _on_cluster(run: str, namespace: str) -> "Picture":
    from stockpot.cluster.access import choose
    from stockpot.cluster.recent import RecentLog
    from stockpot.cluster.status import ended, is_over
    from stockpot.cluster.watching import run_of
    from stockpot.local.recovery import joined
    from stockpot.polling import Latest
    from stockpot.watching.picture import picture_of
    from stockpot.watching.screen import console_on, show

    options = ["--namespace", namespace] if namespace != DEFAULT_NAMESPACE else []
    words = ["stockpot", "logs", run, "-f", "--on", "cluster", *options]
    console = console_on(sys.stdout, f"try: {joined(words)}")
    cluster = choose(os.environ, namespace)
    workflow = Latest(lambda: cluster.workflow(run), ended, every=_EVERY)
    log = RecentLog(cluster, run, lambda step: is_over(workflow(), step), every=_EVERY)
    try:
        return show(console, lambda: picture_of(run_of(workflow())), log)
    finally:
        workflow.leave()
        log.leave()
