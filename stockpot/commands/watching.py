"""`watch`: a run of this machine on the whole screen."""

import sys

import typer

from stockpot.commands.options import DEFAULT_HOME, Home, RunName
from stockpot.commands.telling import how_it_ended


def watch(run: RunName, *, home: Home = DEFAULT_HOME) -> None:
    """Show a run of this machine on the whole screen, while it goes on and afterwards: steps, times, rows and logs.

    From another terminal too. Up and down choose a step, `l` shows what it says, `q` leaves; the run does not notice.

    \b
    Examples:
      stockpot watch latest
      stockpot watch moderation-training-20260115T030000Z-1f2e
    """
    from stockpot.local.logs import recent_lines
    from stockpot.local.records import load_run, run_directory
    from stockpot.local.recovery import joined
    from stockpot.watching.picture import picture_of
    from stockpot.watching.screen import console_on, show

    found = load_run(home, run)
    place = ["--home", str(home)] if home != DEFAULT_HOME else []
    console = console_on(sys.stdout, f"try: {joined(['stockpot', 'logs', run, '-f', *place])}")
    left = show(
        console,
        lambda: picture_of(load_run(home, found.id)),
        lambda step: recent_lines(run_directory(home, found.id), step),
    )
    told = how_it_ended(left.id, left.state, left.error) if left.is_over else f"Run {left.id} goes on"
    typer.echo(told, err=True)
