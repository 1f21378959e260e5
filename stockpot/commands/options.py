"""Options that several commands share."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stockpot.commands.helping import OF_RUN, WHERE
from stockpot.compiler.profiles import Profile
from stockpot.local.homes import HOME
from stockpot.local.spelling import names_file

DEFAULT_HOME = HOME
DEFAULT_NAMESPACE = "stockpot"


def _usable(home: Path) -> Path:
    """The home, which need not be there yet.

    Raises:
        ConfigurationError: it is no directory, or none can be made there.
    """
    from components.shell.errors import ConfigurationError

    whole = home.resolve()
    nearest = next(directory for directory in (whole, *whole.parents) if os.path.exists(directory))  # noqa: PTH110 - Path would raise
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{nearest} is no directory that can be written to", "name another with --home")
    return home


Home = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="STOCKPOT_HOME",
        rich_help_panel=WHERE,
        help="Where runs, the cache and embedded services are kept.",
        callback=_usable,
    ),
]


def _existing(folder: Path | None) -> Path | None:
    """The folder of a project.

    Raises:
        ConfigurationError: there is none.
    """
    from components.shell.errors import ConfigurationError

    if folder and not folder.is_dir():
        raise ConfigurationError(f"there is no directory {folder}", "correct --project")
    return folder


ProjectFolder = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help="Where locks (images/STEP) and packages of your own steps lie. Default: beside the pipeline's file.",
        rich_help_panel=WHERE,
        callback=_existing,
    ),
]


InImages = Annotated[
    bool,
    typer.Option(
        "--docker",
        rich_help_panel=WHERE,
        help="Run each step in its image, by Docker or Podman (STOCKPOT_DOCKER names another).",
    ),
]


def _pipelines(incomplete: str) -> list[str]:
    """The pipelines whose names begin so, for a shell that completes a line."""
    from stockpot.compiler.tracing import entries

    return [name for name in entries() if name.startswith(incomplete)]


def completed_runs(context: typer.Context, incomplete: str) -> list[str]:
    """The runs whose ids begin so, newest first, and `latest`, for a shell that completes a line."""
    from stockpot.local.records import list_runs

    home = context.params.get("home") or os.environ.get("STOCKPOT_HOME") or DEFAULT_HOME
    return [name for name in ("latest", *(run.id for run in list_runs(Path(home)))) if name.startswith(incomplete)]


PipelineName = Annotated[
    str,
    typer.Argument(
        metavar="PIPELINE",
        help="A pipeline's name, FILE.py:function, or a compiled IR file.",
        autocompletion=_pipelines,
    ),
]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or `latest`.", autocompletion=completed_runs)]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="INSTANT",
        rich_help_panel=OF_RUN,
        help="What was known then is what may be used. Default: now.",
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        rich_help_panel=OF_RUN,
        help="A parameter of the pipeline; NAME=@FILE reads the value from a file, NAME=@@TEXT is @TEXT. Repeatable.",
    ),
]
Events = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="DIR",
        rich_help_panel=OF_RUN,
        help="Read archived topics, JSON lines below DIR/TOPIC/, not Kafka.",
    ),
]
Namespace = Annotated[
    str,
    typer.Option(
        "--namespace",
        "-n",
        envvar="ARGO_NAMESPACE",
        rich_help_panel=WHERE,
        help="On a cluster: where the pipelines are.",
    ),
]


ProfileName = Annotated[
    Profile | None,
    typer.Option(
        "--profile",
        rich_help_panel=WHERE,
        help="On Argo, of programs that are no steps of `components`: `compatible` with any image, the default, or "
        "`restricted`.",
    ),
]


class Form(StrEnum):
    """For people or for programs."""

    TEXT = "text"
    JSON = "json"


class Where(StrEnum):
    """Who carries out runs: this machine, or a cluster with Argo Workflows."""

    LOCAL = "local"
    CLUSTER = "cluster"


OfRun = Annotated[Where, typer.Option("--on", help="Where the run is: here, or on a cluster with Argo Workflows.")]


def refuse_of_here(context: typer.Context, **given: object) -> None:
    """Nothing, if neither one of these options is given nor a home: elsewhere than here they mean nothing.

    Raises:
        ConfigurationError: one is.
    """
    from components.shell.errors import ConfigurationError

    # A variable names a home for all commands, whatever they do with it.
    source = context.get_parameter_source("home")
    here = {**given, "home": source is not None and source.name == "COMMANDLINE"}
    if unknown := next((f"--{name.replace('_', '-')}" for name, value in here.items() if value), None):
        todo = f"leave it out, or leave out --on {context.params['on']}"
        raise ConfigurationError(f"{unknown} is for runs on this machine", todo)


Output = Annotated[
    Form, typer.Option("--output", help="`json` prints one JSON document on stdout and nothing else there.")
]


def parameters(given: list[str] | None, events: Path | None = None) -> dict[str, str]:
    """The parameters by name; `events` is one of them, as an absolute path, since steps run elsewhere.

    Raises:
        ConfigurationError: one is not written as NAME=VALUE, or given twice; its file or the directory of events is not
            there.
    """
    from components.shell.errors import ConfigurationError

    if events:
        from stockpot.local.preflight import require_directory

        require_directory(events.resolve())
    by_name = {"events_dir": str(events.resolve())} if events else {}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ConfigurationError(f"--param {text} has no name or no value", "write it as --param NAME=VALUE")
        if name in by_name:
            raise ConfigurationError(f"--param {name} is given twice", "give it once")
        by_name[name] = _read(name, Path(value[1:])) if names_file(value) else value.removeprefix("@")
    return by_name


def files(given: list[str] | None) -> dict[str, str]:
    """The files that parameters are read from, by the parameters' names, in full; not pipes, which are read once."""
    return {name: str(path.resolve()) for name, path in _named(given).items() if path.is_file()}


def read_from_files(given: list[str] | None) -> list[str]:
    """The parameters whose texts were read from files, pipes among them."""
    return list(_named(given))


def _named(given: list[str] | None) -> dict[str, Path]:
    """The files that parameters name, by the parameters' names, as they are written."""
    words = (text.partition("=") for text in given or [])
    return {name: Path(value[1:]) for name, _, value in words if names_file(value)}


def _read(name: str, path: Path) -> str:
    """The text of the file that a parameter names.

    Raises:
        ConfigurationError: it cannot be read.
    """
    from components.shell.errors import ConfigurationError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        problem = f"--param {name}=@{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}"
        raise ConfigurationError(problem, "name a file of this machine") from None
