"""`resume`: going on with a run that has failed, here or on a cluster."""

import os
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
    Parameters,
    RunName,
    Where,
    files,
    parameters,
    refuse_of_here,
)
from stockpot.commands.running import Jobs, NoCache, OnScreen, carry_out, leave

if TYPE_CHECKING:
    from stockpot.local.going_on import Told


def resume(
    context: typer.Context,
    run: RunName,
    *,
    first: Annotated[
        str, typer.Option("--from", metavar="STEP", help="Take this step anew, and all that comes after it.")
    ] = "",
    only: Annotated[
        str, typer.Option("--only", metavar="STEP", help="Take this step anew, and nothing else; the run stays open.")
    ] = "",
    param: Parameters = None,
    on: OfRun = Where.LOCAL,
    namespace: Namespace = DEFAULT_NAMESPACE,
    home: Home = DEFAULT_HOME,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    tui: OnScreen = False,
    output: Output = Form.TEXT,
) -> None:
    """Go on with a run that failed or was interrupted.

    Steps that ended well are not run again, unless --from names one of them or one before them. With --only a step is
    tried by itself, with what the steps before it have left: what comes after it, and the exit handlers, wait for a
    resume without it. With --param the steps that take that parameter are taken anew, and all that comes after them;
    one that makes it another run is refused. With --on cluster Argo goes on with the run, asked through its server
    (ARGO_SERVER) or the command argo.

    \b
    Examples:
      stockpot resume latest
      stockpot resume latest --from check-quality
      stockpot resume latest --only check-quality
      stockpot resume latest --param max_drop=1
      stockpot resume moderation-training-20260115T030000Z-1f2e
      stockpot resume moderation-training-x7k2p --on cluster --from check-quality
    """
    from components.shell.errors import ConfigurationError
    from stockpot.local.going_on import Told

    if on is Where.CLUSTER:
        refuse_of_here(context, only=only, param=param, jobs=jobs, no_cache=no_cache, tui=tui)
        _resume_on_cluster(run, first, namespace, output)
        return
    if only and (other := "--from" if first else "--param" if param else ""):
        raise ConfigurationError(f"{other} and --only are given", "give one of them")
    told = Told(parameters(param), files(param))
    _resume_here(run, first, only, told, home, jobs, output, cached=not no_cache, tui=tui)


def _resume_here(  # noqa: PLR0917 - what the command was told
    run: str,
    first: str,
    only: str,
    told: "Told",
    home: Path,
    jobs: int | None,
    output: Form,
    *,
    cached: bool,
    tui: bool,
) -> None:
    from stockpot.compiler.definitions import glance
    from stockpot.local.records import load_run
    from stockpot.local.runner import resume_run

    before = load_run(home, run)
    plan = glance(before.reference)
    ended = carry_out(
        lambda listener: resume_run(
            home,
            before.id,
            plan.pipeline,
            jobs=jobs,
            listener=listener,
            first=first,
            only=only,
            told=told,
            cached=cached,
        ),
        home,
        output,
        plan.entry,
        tui=tui,
    )
    leave(ended)


def _resume_on_cluster(run: str, first: str, namespace: str, output: Form) -> None:
    from stockpot.cluster.access import choose
    from stockpot.cluster.resuming import resume_workflow
    from stockpot.display.columns import print_json

    resume_workflow(choose(os.environ, namespace), run, first)
    if output is Form.JSON:
        print_json({"workflow": run, "namespace": namespace, "from": first or None})
        return
    place = f"--on cluster --namespace {namespace}"
    typer.echo(f"{run} goes on in namespace {namespace}\nWatch: stockpot watch {run} {place}")
    typer.echo(f"Logs:  stockpot logs {run} {place}")
