"""`run`: carrying out a pipeline on this machine."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

from stockpot.commands.cleaning import clean_after_run
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
    files,
    parameters,
)
from stockpot.definition import completed

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from stockpot.compiler.tracing import Entry
    from stockpot.local.events import Event, Listener
    from stockpot.local.records import Run

Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Steps that run at the same time. Default: one per core.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Serve no step from the cache; it keeps the new results.")]
OnScreen = Annotated[
    bool,
    typer.Option("--tui", help="Show the run on the whole screen, as `stockpot watch` does; q goes back to lines."),
]


# Of `resume`: who asks for them here is told the command.
_First = Annotated[str, typer.Option("--from", metavar="STEP", hidden=True)]
_Only = Annotated[str, typer.Option("--only", metavar="STEP", hidden=True)]


def run(
    pipeline: PipelineName,
    *,
    as_of: AsOf = None,
    param: Parameters = None,
    events: Events = None,
    home: Home = DEFAULT_HOME,
    project: ProjectFolder = None,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    docker: InImages = False,
    tui: OnScreen = False,
    first: _First = "",
    only: _Only = "",
    output: Output = Form.TEXT,
) -> None:
    """Run a pipeline on this machine.

    Each step runs in the environment locked for its image, without Docker and without a cluster, or with --docker
    in its image.
    Postgres and the object store come from the environment (DATABASE_URL, MINIO_…, PYICEBERG_CATALOG__…); what is not
    set there is started embedded. Exit codes: 0 done, 10 data contract broken, 11 wrong configuration, 12 superseded,
    13 source history gone, 14 outcome unknown, 75 try again, 130 interrupted.

    \b
    Examples:
      stockpot run moderation-training --as-of 2026-01-15T00:00:00Z
      stockpot run moderation-training --param views_from=milestones
      stockpot run event-aggregation --events events
      stockpot run my_pipeline.py:train --output json
      stockpot run pipelines/train.py:train --project .
      stockpot run train.yaml --docker
    """
    from stockpot.compiler.definitions import glance
    from stockpot.local.project import Project
    from stockpot.local.recovery import options_of
    from stockpot.local.runner import run_pipeline
    from stockpot.local.unplanned import Wish, record_failure

    if first or only:
        _refuse_part(pipeline, "--from" if first else "--only", first or only, home)
    given, where = parameters(param, events), Project.of(home, pipeline, project, docker=docker)
    form, own = "" if output is Form.TEXT else output.value, home if home != DEFAULT_HOME else None
    options = options_of(own, jobs, form, project, cached=not no_cache, docker=docker)
    try:
        plan = glance(pipeline)
    except Exception as error:
        if not _is_there(pipeline):
            raise
        # The lambda outlives this block, the name `error` does not.
        why, wish = error, Wish(_lasting(pipeline), _own_name(pipeline), as_of or "", given, files(param), options)
        leave(carry_out(lambda listener: record_failure(why, wish, home=home, listener=listener), home, output))
        return
    work = partial(
        run_pipeline,
        plan.pipeline,
        given,
        home=home,
        reference=_lasting(pipeline),
        as_of=as_of,
        jobs=jobs,
        project=where,
        options=options,
        files=files(param),
        cached=not no_cache,
    )
    leave(carry_out(lambda listener: work(listener=listener), home, output, plan.entry, tui=tui))


def _refuse_part(reference: str, option: str, step: str, home: Path) -> NoReturn:
    """Say how a part of the pipeline is run: it is one of a run that is there.

    Raises:
        ConfigurationError: always; it names the command for the newest run of the pipeline in this home.
    """
    from components.shell.errors import ConfigurationError
    from stockpot.compiler.definitions import glance
    from stockpot.local.logs import steps_named
    from stockpot.local.records import list_runs
    from stockpot.local.recovery import joined

    name = glance(reference).pipeline.name
    problem = f"{option} is for a run that is there: a new one has nothing to hand to a step in its middle"
    last = next((run for run in list_runs(home, pipeline=name) if run.pipeline == name), None)
    if last is None:
        raise ConfigurationError(problem, f"leave it out: nothing of {name} was run in {home} yet")
    steps_named(last, step)
    own = ["--home", str(home)] if home != DEFAULT_HOME else []
    raise ConfigurationError(
        problem, f"go on with the newest: {joined(['stockpot', 'resume', last.id, option, step, *own])}"
    )


def _is_there(reference: str) -> bool:
    """Whether the file exists that the reference names: then the pipeline is there and fails, else nobody has one."""
    path, colon, _ = reference.rpartition(":")
    return Path(path if colon else reference).is_file()


def _own_name(reference: str) -> str:
    path, colon, function = reference.rpartition(":")
    return function if colon else Path(path or reference).stem


def carry_out(
    work: "Callable[[Listener], Run]", home: Path, output: Form, entry: "Entry | None" = None, *, tui: bool = False
) -> "Run":
    """The run that `work` carried out, shown while it goes on; then what nobody needs any more is cleaned away."""
    from stockpot.display.columns import print_json
    from stockpot.report.summary import run_summary

    stream = sys.stderr if output is Form.JSON else sys.stdout
    try:
        ended = _reported(work, home, stream, entry, tui=tui)
    except Exception:
        # There may have been no room for the run.
        clean_after_run(home, os.environ, stream)
        raise
    if output is Form.JSON:
        print_json(run_summary(ended, home))
    clean_after_run(home, os.environ, stream)
    return ended


def _reported(
    work: "Callable[[Listener], Run]", home: Path, stream: TextIO, entry: "Entry | None", *, tui: bool
) -> "Run":
    """The run that `work` carried out, as it ended however its services leave, of which its report may have need."""
    from components.shell.step import verdict
    from stockpot.local.display import line_of
    from stockpot.local.events import NotStopped
    from stockpot.report.local_source import services_held

    ended: list[Run] = []
    try:
        with services_held(home, entry.pictures if entry else ()):
            ended.append(_with_report(work, home, stream, entry, tui=tui))
    except (KeyboardInterrupt, Exception) as error:
        if not ended:
            raise
        print(line_of(NotStopped(verdict(error)[0])), file=stream, flush=True)
    return ended[0]


def _with_report(
    work: "Callable[[Listener], Run]", home: Path, stream: TextIO, entry: "Entry | None", *, tui: bool
) -> "Run":
    """The run that `work` carried out; its report is written however it ended."""
    from stockpot.local.display import listening
    from stockpot.local.records import load_run

    started: list[str] = []
    try:
        with _on_screen(home, stream) if tui else listening(stream) as shown:
            ended = work(_noting(started, shown))
    except BaseException:
        if started:
            _report(home, load_run(home, started[0]), entry, stream)
        raise
    _report(home, ended, entry, stream)
    return ended


def _on_screen(home: Path, stream: TextIO) -> "AbstractContextManager[Listener]":
    from stockpot.watching.beside import beside

    return beside(home, stream)


def _report(home: Path, run: "Run", entry: "Entry | None", stream: TextIO) -> None:
    """Write the report and print its path; that this fails must not change how the run ended."""
    from stockpot.report.writing import write_report

    try:
        result = str(write_report(home, run, entry))
    except Exception as error:  # noqa: BLE001 - whatever it is, the run itself is over and has its own outcome
        result = f"could not be written: {type(error).__name__}: {error}"
    print(f"Report: {result}", file=stream, flush=True)


def _noting(started: list[str], shown: "Listener") -> "Listener":
    """A listener that notes which run began, so that it can be reported on even where no record comes back."""
    from stockpot.local.events import RunStarted

    def listen(event: "Event") -> None:
        if isinstance(event, RunStarted):
            started.append(event.run.id)
        shown(event)

    return listen


def leave(ended: "Run") -> None:
    """Leave with the run's exit code and, where it failed, with the line that says what to do next."""
    if not ended.exit_code:
        return
    from stockpot.local.recovery import next_command, typed, where

    following = typed(next_command(ended))
    todo = f" - once that is settled: {following}" if following else ""
    error = completed(ended.error, options=where(ended), beside=ended.reference)
    typer.echo(f"error: {error}{todo}", err=True)
    raise typer.Exit(ended.exit_code)


def _lasting(reference: str) -> str:
    """The reference in a form that still holds when `resume` is called from another directory."""
    from stockpot.compiler.definitions import is_ir_file

    path, colon, function = reference.rpartition(":")
    if colon:
        return f"{Path(path).resolve()}:{function}"
    return str(Path(reference).resolve()) if is_ir_file(reference) else reference
