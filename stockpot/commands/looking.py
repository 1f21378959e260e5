"""`list`, `show`, `runs`, `report`: what there is and what there was."""

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockpot.commands.options import (
    DEFAULT_HOME,
    DEFAULT_NAMESPACE,
    Form,
    Home,
    Namespace,
    OfRun,
    Output,
    PipelineName,
    Where,
    completed_runs,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockpot.cluster.access import Document


def list_pipelines(output: Output = Form.TEXT) -> None:
    """List the pipelines with their schedule (UTC) and title.

    \b
    Examples:
      stockpot list
      stockpot list --output json
    """
    from stockpot.compiler.tracing import entries
    from stockpot.display.columns import fitted, print_json

    pipelines = entries().values()
    if output is Form.JSON:
        print_json(
            [
                {"name": one.name, "title": one.title, "schedule": one.cron, "description": one.description}
                for one in pipelines
            ]
        )
        return
    rows = [(one.name, one.cron or "by hand", one.title) for one in pipelines]
    typer.echo(fitted(("PIPELINE", "SCHEDULE", "TITLE"), rows))


def show(pipeline: PipelineName, home: Home = DEFAULT_HOME, output: Output = Form.TEXT) -> None:
    """Tell what a pipeline does, which parameters it has and how its last run in this home ended; draw its steps.

    A box waits for those above it that it is joined to; ◆ marks what runs at the end in any case. Where boxes are wider
    than the terminal, the steps are a list.

    \b
    Examples:
      stockpot show moderation-training
      stockpot show my_pipeline.py:train
      stockpot show moderation-training --output json
    """
    from stockpot.compiler.definitions import glance
    from stockpot.display.boxes import draw, listing
    from stockpot.display.columns import print_json
    from stockpot.display.describe import document, heading
    from stockpot.display.graph import steps
    from stockpot.local.names import short_names
    from stockpot.local.records import list_runs

    plan = glance(pipeline)
    drawn_steps = steps(plan.pipeline)
    last = next((run for run in list_runs(home) if run.pipeline == plan.pipeline.name), None)
    if output is Form.JSON:
        last_run = {"run": last.id, "state": last.state, "as_of": last.as_of} if last else None
        print_json({**document(plan, drawn_steps, short_names(plan.pipeline.dag)), "last_run": last_run})
        return
    drawing = draw(drawn_steps)
    wide = max(map(len, drawing.splitlines()), default=0) > shutil.get_terminal_size((120, 24)).columns
    about = heading(plan, f"{last.id} {last.state}" if last else "none in this home")
    typer.echo(f"{about}\n\n{listing(drawn_steps) if wide else drawing}")


def runs(
    home: Home = DEFAULT_HOME,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The newest so many.")] = 20,
    output: Output = Form.TEXT,
) -> None:
    """List the runs of this home, newest first.

    \b
    Examples:
      stockpot runs
      stockpot runs --limit 3 --output json
    """
    from stockpot.display.columns import fitted, print_json
    from stockpot.local.records import list_runs
    from stockpot.report.summary import run_line, run_summary

    newest = list_runs(home)[:limit]
    if output is Form.JSON:
        print_json([run_summary(run, home) for run in newest])
    elif newest:
        heads = ("RUN", "STATE", "AS OF", "STARTED", "TIME", "STEPS")
        typer.echo(fitted(heads, [run_line(run) for run in newest], spare=("STARTED", "AS OF", "STEPS")))
    else:
        typer.echo(f"nothing was run in {home} yet")


def report(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="A run's id, or `latest`.", autocompletion=completed_runs)
    ] = "",
    *,
    on: OfRun = Where.LOCAL,
    namespace: Namespace = DEFAULT_NAMESPACE,
    home: Home = DEFAULT_HOME,
    all_runs: Annotated[
        bool, typer.Option("--all", help="The index of all runs, in place of one run's report; so does --open alone.")
    ] = False,
    opened: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser too (BROWSER names another).")
    ] = False,
    output: Output = Form.TEXT,
) -> None:
    """Print the path of a run's report, or of the index of all runs: HTML pages.

    Both are written at the end of each run. Here a report is written if it is missing or older than what is known of
    the run, and the index anew. With --on cluster the page that the run has left in the bucket is fetched, from the
    store of MINIO_ENDPOINT; so is the index where STOCKPOT_REPORTS_URL names its folder, else it is of the workflows
    that are still there (docs/report.md).

    \b
    Examples:
      stockpot report latest
      stockpot report latest --open
      stockpot report --open
      stockpot report moderation-training-x7k2p --on cluster
      stockpot report --all --on cluster
      stockpot report latest --output json
    """
    import webbrowser

    from components.shell.errors import ConfigurationError
    from stockpot.display.columns import print_json
    from stockpot.report.index import write_index

    all_runs = all_runs or (opened and not run)
    if all_runs == bool(run):
        raise ConfigurationError("one of RUN and --all is needed", "try `stockpot report latest`")
    if on is Where.CLUSTER:
        path = _index_on_cluster(home, namespace) if all_runs else _report_on_cluster(run, home, namespace)
    else:
        path = write_index(home) if all_runs else _report_of(run, home)
    if output is Form.JSON:
        # A page lies in the folder of its run.
        print_json({"run": None if all_runs else path.parent.name, "page": str(path)})
    else:
        typer.echo(path)
    if opened and not webbrowser.open(path.as_uri()):
        raise ConfigurationError("no browser can be started", f"open {path} yourself, or name one in BROWSER")


def _report_on_cluster(run: str, home: Path, namespace: str) -> Path:
    """The path of the page that a run on a cluster has left, fetched."""
    from stockpot.cluster.access import choose
    from stockpot.cluster.reports import fetch_report

    return fetch_report(choose(os.environ, namespace), run, home)


def _index_on_cluster(home: Path, namespace: str) -> Path:
    """The path of the index of the runs on a cluster: the one that they have left, else one of those still there."""
    from components.shell.errors import StepError
    from components.shell.settings import setting
    from stockpot.cluster.access import choose
    from stockpot.cluster.history import runs_of
    from stockpot.cluster.reports import fetch_missing, pages_of
    from stockpot.report.index import write_index_of

    folder, cluster = setting("STOCKPOT_REPORTS_URL").usable(os.environ), choose(os.environ, namespace)
    workflows, pages = cluster.workflows(), pages_of(cluster, home)
    if folder and (left := _index_left(folder, workflows, pages)):
        return left
    try:
        fetch_missing(workflows, pages)
    except StepError as error:
        _note_missing(error)
    words = ["--on", "cluster", "--namespace", namespace]
    return write_index_of(pages, runs_of(workflows), lambda run: shlex.join(["stockpot", "logs", run.id, *words]))


def _index_left(folder: str, workflows: "Sequence[Document]", pages: Path) -> Path | None:
    """The path of the index that runs have left in a folder of reports, fetched; None, and a note, where it is no use.

    The pages themselves lie elsewhere too: what keeps the folder shut is no reason to go without them.
    """
    from components.shell.errors import StepError
    from components.shell.redaction import redact
    from stockpot.cluster.reports import fetch_index

    try:
        if index := fetch_index(folder, workflows, pages, _note_missing):
            return index
        problem = f"no index in {folder} knows of the last run; this one is of workflows alone"
    except StepError as error:
        problem = f"the index in {folder} cannot be read: {redact(str(error))}"
    typer.echo(f"note: {problem}", err=True)
    return None


def _note_missing(error: Exception) -> None:
    from components.shell.redaction import redact

    typer.echo(f"note: not all pages could be fetched: {redact(str(error))}", err=True)


def _report_of(run: str, home: Path) -> Path:
    """The path of the run's report, written if need be."""
    from stockpot.compiler.tracing import entries
    from stockpot.local.records import load_run
    from stockpot.report.writing import is_current, report_path, write_report

    record = load_run(home, run)
    if is_current(home, record):
        return report_path(home, record.id)
    return write_report(home, record, entries().get(record.pipeline))
