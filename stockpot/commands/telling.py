"""`logs`: what the steps of a run say."""

import os
from pathlib import Path
from typing import Annotated

import typer

from stockpot.commands.options import (
    DEFAULT_HOME,
    DEFAULT_NAMESPACE,
    Form,
    Home,
    Namespace,
    OfRun,
    Output,
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
    output: Output = Form.TEXT,
) -> None:
    """Print what the steps of a run have said, each line behind its step.

    Earlier tries come first, then the log, then what the step has to say to people. What a terminal would obey is
    written out. Ctrl-C leaves the run alone. With --on cluster pods are asked, through kubectl or Argo's server, and
    for those that are gone the bucket in which Argo keeps logs where it is told to (docs/cluster.md). As JSON all lines
    are one document, with -f at the end of the run.

    \b
    Examples:
      stockpot logs latest
      stockpot logs latest check-quality
      stockpot logs latest -f
      stockpot logs moderation-training-x7k2p -f --on cluster
      stockpot logs latest check-quality --output json
    """
    if on is Where.CLUSTER:
        refuse_of_here(context)
        _logs_on_cluster(run, step, namespace, output, follow=follow)
    else:
        _logs_here(run, step, home, output, follow=follow)


def _logs_here(run: str, step: str, home: Path, output: Form, *, follow: bool) -> None:
    from stockpot.local.logs import follow_logs, show_logs, steps_named
    from stockpot.local.records import load_run

    found = load_run(home, run)
    lines = _Lines(steps_named(found, step), output, alone=bool(step))
    if follow:
        found = follow_logs(home, found.id, step, lines.say)
        _note(how_it_ended(found.id, found.state, found.error))
    else:
        show_logs(home, found, step, lines.say)
    lines.end(found.id, found.state)


def _logs_on_cluster(run: str, step: str, namespace: str, output: Form, *, follow: bool) -> None:
    from stockpot.cluster.access import choose
    from stockpot.cluster.logs import follow_logs, show_logs, steps_named
    from stockpot.cluster.status import verdict

    cluster = choose(os.environ, namespace)
    found = cluster.workflow(run)
    lines = _Lines(steps_named(found, step), output, alone=bool(step))
    if follow:
        found = follow_logs(cluster, run, step, lines.say, _note)
        _note(how_it_ended(run, found["status"]["phase"].lower(), verdict(found)[1]))
    else:
        show_logs(cluster, run, step, lines.say, _note)
    lines.end(run, str(found.get("status", {}).get("phase", "")).lower())


def how_it_ended(run: str, state: str, error: str) -> str:
    """The last line about a run that somebody has followed."""
    return f"Run {run} {state}" + (f": {error}" if error else "")


class _Lines:
    """Prints lines, each behind its step, not where there is but one; or, for programs, all of them in one document."""

    def __init__(self, steps: list[str], output: Form, *, alone: bool) -> None:
        self._width = max(map(len, steps), default=0)
        self._output, self._alone = output, alone
        self._said: list[tuple[str, str]] = []

    def say(self, name: str, line: str) -> None:
        """Print the line of a step, or keep it for the document."""
        if self._output is Form.JSON:
            self._said.append((name, line))
            return
        # What a terminal would obey is written out, on the way to anything: `color` keeps it from being dropped.
        typer.echo(line if self._alone else f"{name.ljust(self._width)} │ {line}", color=True)

    def end(self, run: str, state: str) -> None:
        """Print the document, where programs read it."""
        from stockpot.display.columns import print_json

        if self._output is Form.JSON:
            said = [{"step": name, "line": line} for name, line in self._said]
            print_json({"run": run, "state": state or None, "lines": said})


def _note(text: str) -> None:
    typer.echo(text, err=True)
