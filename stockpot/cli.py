"""The command `stockpot`."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer import TyperException
from typer.completion import completion_init  # type: ignore[attr-defined]  # typer's own way to have shells known

from components.shell import settings, streams
from components.shell.errors import ConfigurationError, StepError
from components.shell.redaction import brief, redact
from stockpot.commands import (
    backfilling,
    cleaning,
    compiling,
    completing,
    demo,
    doctor,
    helping,
    images,
    kubeflow,
    looking,
    neighbours,
    planning,
    reading,
    reconciling,
    resuming,
    running,
    sampling,
    scaffolding,
    serving,
    submitting,
    telling,
    watching,
)
from stockpot.definition import completed

_INTERRUPTED = 130

app = typer.Typer(
    name="stockpot",
    cls=helping.Grouped,
    help="Pipelines that turn what a product writes into training data in Apache Iceberg.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

_PIPELINES, _DATA, _ENGINES = "Pipelines and runs", "Data and services", "Other engines"
app.command("list", rich_help_panel=_PIPELINES)(looking.list_pipelines)
app.command(rich_help_panel=_PIPELINES)(looking.show)
app.command(cls=helping.OfPipeline, rich_help_panel=_PIPELINES)(planning.plan)
app.command(cls=helping.OfPipeline, rich_help_panel=_PIPELINES)(running.run)
app.command(rich_help_panel=_PIPELINES)(resuming.resume)
app.command(cls=helping.OfPipeline, rich_help_panel=_PIPELINES)(backfilling.backfill)
app.command(rich_help_panel=_PIPELINES)(looking.runs)
app.command(rich_help_panel=_PIPELINES)(looking.report)
app.command(rich_help_panel=_PIPELINES)(telling.logs)
app.command(rich_help_panel=_PIPELINES)(watching.watch)
app.command(rich_help_panel=_PIPELINES)(demo.demo)
app.command(rich_help_panel=_DATA)(reading.table)
app.command(rich_help_panel=_DATA)(neighbours.similar)
app.command(rich_help_panel=_DATA)(reconciling.reconcile)
app.command(rich_help_panel=_DATA)(cleaning.clean)
app.command(rich_help_panel=_DATA)(doctor.doctor)
app.add_typer(scaffolding.new, name="new", rich_help_panel=_PIPELINES)
app.add_typer(sampling.sample_data, name="sample-data", rich_help_panel=_DATA)
app.add_typer(serving.services, name="services", rich_help_panel=_DATA)
app.command("compile", rich_help_panel=_ENGINES)(compiling.compile_pipelines)
app.command(cls=helping.OfPipeline, rich_help_panel=_ENGINES)(submitting.submit)
app.command(rich_help_panel=_ENGINES)(kubeflow.schedule)
app.command("images", rich_help_panel=_ENGINES)(images.images)
app.command(rich_help_panel=_DATA)(completing.completion)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"stockpot {version('stockpot')}")
        raise typer.Exit


@app.callback()
def _options(
    _asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    settings.read_settings(os.environ, [settings.Part.NAMES])


def main() -> NoReturn:
    """Run the command line and leave with its exit code: a failure is one line on stderr, never a traceback."""
    streams.guard()
    # A shell that starts a job in the background has it ignore Ctrl-C; whoever sends the signal means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if completing.VARIABLE in os.environ:
        # A shell asks; that it is understood takes typer's own classes, which cost a start some time.
        completion_init()
    try:
        code = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
    except StepError as error:
        _fail(redact(completed(str(error), options=_home(sys.argv[1:]))), error.exit_code)
    except TyperException as error:
        _fail(redact(" ".join(error.format_message().split())), ConfigurationError.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted", _INTERRUPTED)
    except Exception as error:
        if os.environ.get("STOCKPOT_DEBUG"):
            raise
        _fail(f"{type(error).__name__}: {brief(error, 600)} (STOCKPOT_DEBUG=1 shows more)", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _home(words: Sequence[str]) -> Sequence[str]:
    """The words that name the home, where the command line has them."""
    for number, word in enumerate(words):
        if word == "--home":
            return words[number : number + 2]
        if word.startswith("--home="):
            return [word]
    return []


def _fail(message: str, code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.write(f"error: {message}\n")
    sys.exit(code)
