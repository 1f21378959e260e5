"""`logs`: what the steps of a run say."""

from typing import Annotated

import typer

from stockpot.commands.options import DEFAULT_HOME, Home, RunName


def logs(
    run: RunName,
    step: Annotated[
        str, typer.Argument(metavar="[STEP]", help="One step alone, by its id or name: lines without a prefix.")
    ] = "",
    *,
    home: Home = DEFAULT_HOME,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on while the run does, from another terminal too.")
    ] = False,
) -> None:
    """Print what the steps of a run on this machine have said, each line behind its step.

    Earlier tries come first, then the log, then what the step has to say to people. What a terminal would obey is
    written out. Ctrl-C leaves the run alone. On a cluster, `stockpot submit` prints the command that shows logs.

    \b
    Examples:
      stockpot logs latest
      stockpot logs latest check-quality
      stockpot logs latest -f
    """
    from stockpot.local.logs import follow_logs, show_logs, steps_named
    from stockpot.local.records import load_run

    found = load_run(home, run)
    steps = steps_named(found, step)
    width = 0 if step else max(map(len, steps), default=0)

    def say(name: str, line: str) -> None:
        # What a terminal would obey is written out, on the way to anything: `color` keeps it from being dropped.
        typer.echo(line if step else f"{name.ljust(width)} │ {line}", color=True)

    if follow:
        ended = follow_logs(home, found.id, step, say)
        typer.echo(f"Run {ended.id} {ended.state}" + (f": {ended.error}" if ended.error else ""), err=True)
    else:
        show_logs(home, found, step, say)
