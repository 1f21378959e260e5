"""`logs`: what the steps of a run say."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

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

if TYPE_CHECKING:
    from stockpot.cluster.access import Document


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
    are one document, written as they come; its `state` tells whether the run has ended.

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

    record = load_run(home, run)
    with _Lines(record.id, record.state, steps_named(record, step), output, alone=bool(step)) as lines:
        if follow:
            record = follow_logs(home, record.id, step, lines.say)
            lines.state = record.state
        else:
            show_logs(home, record, step, lines.say)
    if follow:
        _note(how_it_ended(record.id, record.state, record.error))


def _logs_on_cluster(run: str, step: str, namespace: str, output: Form, *, follow: bool) -> None:
    from stockpot.cluster.access import choose
    from stockpot.cluster.logs import follow_logs, show_logs, steps_named
    from stockpot.cluster.status import verdict

    cluster = choose(os.environ, namespace)
    workflow = cluster.workflow(run)
    with _Lines(run, _state(workflow), steps_named(workflow, step), output, alone=bool(step)) as lines:
        if follow:
            workflow = follow_logs(cluster, run, step, lines.say, _note)
            lines.state = _state(workflow)
        else:
            show_logs(cluster, run, step, lines.say, _note)
    if follow:
        _note(how_it_ended(run, _state(workflow), verdict(workflow)[1]))


def _state(workflow: "Document") -> str:
    return str(workflow.get("status", {}).get("phase", "")).lower()


def how_it_ended(run: str, state: str, error: str) -> str:
    """The last line about a run that somebody has followed."""
    return f"Run {run} {state}" + (f": {error}" if error else "")


class _Lines:
    """Prints lines, each behind its step, not where there is but one; or, for programs, all of them in one document.

    The document is written as it comes, and is whole whatever breaks off: then it has the `state` from before.
    """

    def __init__(self, run: str, state: str, steps: list[str], output: Form, *, alone: bool) -> None:
        self.state = state
        self._run, self._output, self._alone = run, output, alone
        self._width = max(map(len, steps), default=0)
        self._before = "\n"

    def __enter__(self) -> Self:
        self._part(f'{{"run": {_json(self._run)}, "lines": [')
        return self

    def __exit__(self, *_: object) -> None:
        self._part(f'\n], "state": {_json(self.state or None)}}}\n')

    def _part(self, text: str) -> None:
        from stockpot.display.columns import print_part

        if self._output is Form.JSON:
            print_part(text)

    def say(self, name: str, line: str) -> None:
        """Print the line of a step."""
        if self._output is Form.JSON:
            self._part(f"{self._before}  {_json({'step': name, 'line': line})}")
            self._before = ",\n"
            return
        # What a terminal would obey is written out, on the way to anything: `color` keeps it from being dropped.
        typer.echo(line if self._alone else f"{name.ljust(self._width)} │ {line}", color=True)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _note(text: str) -> None:
    typer.echo(text, err=True)
