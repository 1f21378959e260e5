"""`list`, `show`, `runs`, `report`: what there is and what there was."""

import shutil
from typing import Annotated

import typer

from stockpot.commands.options import DEFAULT_HOME, Form, Home, Output, PipelineName, RunName


def list_pipelines(output: Output = Form.TEXT) -> None:
    """List the pipelines with their schedule (UTC) and title.

    \b
    Examples:
      stockpot list
      stockpot list --output json
    """
    from stockpot.compiler.tracing import entries
    from stockpot.display.columns import columns, print_json

    found = entries().values()
    if output is Form.JSON:
        print_json(
            [
                {"name": one.name, "title": one.title, "schedule": one.cron, "description": one.description}
                for one in found
            ]
        )
        return
    rows = [(one.name, one.cron or "by hand", one.title) for one in found]
    typer.echo(columns(("PIPELINE", "SCHEDULE", "TITLE"), rows))


def show(pipeline: PipelineName) -> None:
    """Draw the steps of a pipeline.

    A box waits for those above it that it is joined to; ◆ marks what runs at the end in any case.

    \b
    Examples:
      stockpot show moderation-training
      stockpot show my_pipeline.py:train
    """
    from stockpot.compiler.definitions import glance
    from stockpot.display.boxes import draw, listing
    from stockpot.display.describe import heading
    from stockpot.display.graph import steps

    plan = glance(pipeline)
    found = steps(plan.pipeline)
    drawing = draw(found)
    wide = max(map(len, drawing.splitlines()), default=0) > shutil.get_terminal_size((120, 24)).columns
    typer.echo(f"{heading(plan)}\n\n{listing(found) if wide else drawing}")


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
    from stockpot.display.columns import columns, print_json
    from stockpot.local.records import list_runs
    from stockpot.report.summary import run_line, run_summary

    found = list_runs(home)[:limit]
    if output is Form.JSON:
        print_json([run_summary(run, home) for run in found])
    elif found:
        typer.echo(columns(("RUN", "STATE", "AS OF", "STARTED", "TIME", "STEPS"), [run_line(run) for run in found]))
    else:
        typer.echo(f"nothing was run in {home} yet")


def report(run: RunName, home: Home = DEFAULT_HOME) -> None:
    """Print the path of a run's report, an HTML page.

    It is written at the end of each run, and here if it is missing or older than what is known of the run.

    \b
    Examples:
      stockpot report latest
      xdg-open "$(stockpot report latest)"
    """
    from stockpot.compiler.tracing import entries
    from stockpot.local.records import load_run
    from stockpot.report.writing import is_current, report_path, write_report

    found = load_run(home, run)
    path = report_path(home, found.id)
    if not is_current(home, found.id):
        write_report(home, found, entries().get(found.pipeline))
    typer.echo(path)
