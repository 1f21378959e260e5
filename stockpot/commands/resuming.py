"""`resume`: going on with a run that has failed, here or on a cluster."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockpot.commands.kubeflow import Endpoint, TokenFile
from stockpot.commands.options import (
    DEFAULT_HOME,
    DEFAULT_NAMESPACE,
    Form,
    Home,
    Namespace,
    Output,
    Parameters,
    RunName,
    files,
    parameters,
    refuse_of_here,
)
from stockpot.commands.running import Jobs, NoCache, OnScreen, carry_out, leave

if TYPE_CHECKING:
    from stockpot.local.going_on import Overrides


class Where(StrEnum):
    """Who goes on with the run: this machine, Argo on a cluster, or Kubeflow Pipelines."""

    LOCAL = "local"
    CLUSTER = "cluster"
    KFP = "kfp"


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
    on: Annotated[
        Where, typer.Option("--on", help="Where the run is: here, on a cluster with Argo, or on Kubeflow Pipelines.")
    ] = Where.LOCAL,
    namespace: Namespace = DEFAULT_NAMESPACE,
    endpoint: Endpoint = "",
    token_file: TokenFile = None,
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
    (ARGO_SERVER) or the command argo. With --on kfp Kubeflow Pipelines does, from where it failed; RUN is the id that
    `submit` printed.

    \b
    Examples:
      stockpot resume latest
      stockpot resume latest --from check-quality
      stockpot resume latest --only check-quality
      stockpot resume latest --param max_drop=1
      stockpot resume moderation-training-20260115T030000Z-1f2e
      stockpot resume moderation-training-x7k2p --on cluster --from check-quality
      stockpot resume 0b5e02b8-c614-4132-bfcc-6a36094b8001 --on kfp
    """
    from components.shell.errors import ConfigurationError
    from stockpot.local.going_on import Overrides

    if endpoint and on is not Where.KFP:
        raise ConfigurationError("--endpoint is for Kubeflow Pipelines", "add --on kfp, or leave it out")
    if on is not Where.LOCAL:
        refuse_of_here(context, only=only, param=param, jobs=jobs, no_cache=no_cache, tui=tui)
    if on is Where.KFP:
        _refuse_namespace(context)
        _resume_on_kfp(run, first, endpoint, token_file, output)
        return
    if on is Where.CLUSTER:
        _resume_on_cluster(run, first, namespace, output)
        return
    if only and (other := "--from" if first else "--param" if param else ""):
        raise ConfigurationError(f"{other} and --only are given", "give one of them")
    overrides = Overrides(parameters(param), files(param))
    _resume_here(run, first, only, overrides, home, jobs, output, cached=not no_cache, tui=tui)


def _refuse_namespace(context: typer.Context) -> None:
    """Nothing, unless a namespace is given, which says nothing there."""
    from components.shell.errors import ConfigurationError

    # A variable names one for all commands, whatever they do with it.
    source = context.get_parameter_source("namespace")
    if source is not None and source.name == "COMMANDLINE":
        todo = "leave it out: Kubeflow Pipelines knows a run by its id"
        raise ConfigurationError("--namespace is for runs on Argo", todo)


def _resume_here(  # noqa: PLR0917 - the command's own options
    run: str,
    first: str,
    only: str,
    overrides: "Overrides",
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
            overrides=overrides,
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
    options = f"--on cluster --namespace {namespace}"
    typer.echo(f"{run} goes on in namespace {namespace}\nWatch: stockpot watch {run} {options}")
    typer.echo(f"Logs:  stockpot logs {run} {options}")


def _resume_on_kfp(run: str, first: str, endpoint: str, token_file: Path | None, output: Form) -> None:
    from components.shell.errors import ConfigurationError
    from stockpot.display.columns import print_json
    from stockpot.kubeflow.resuming import resume_run
    from stockpot.kubeflow.server import Server
    from stockpot.kubeflow.target import Target

    if first:
        todo = "leave out --from, and it goes on from where it failed; or submit a new run"
        raise ConfigurationError("Kubeflow Pipelines cannot begin from a step that is named", todo)
    going = resume_run(Server(Target(endpoint, token_file=token_file), os.environ), run)
    if output is Form.JSON:
        print_json({"run": going.id, "name": going.name, "link": going.link})
        return
    typer.echo(f"{going.name} goes on as run {going.id}\nSteps: {going.link}")
