"""`submit --on kfp` and `schedule --on kfp`: runs and recurring runs on Kubeflow Pipelines."""

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockpot.commands.helping import OF_KFP, WHERE
from stockpot.commands.options import Form, Output, Parameters, PipelineName, parameters

if TYPE_CHECKING:
    from stockpot.compiler.definitions import Plan
    from stockpot.kubeflow.runs import Started
    from stockpot.kubeflow.schedules import Scheduled
    from stockpot.kubeflow.server import Server
    from stockpot.kubeflow.target import Target

_INTERRUPTED = 130
_BY_APPLYING = "kubectl apply what `stockpot compile --target argo` writes, or add --on kfp"


class Where(StrEnum):
    """An engine on a cluster."""

    ARGO = "argo"
    KFP = "kfp"


Engine = Annotated[Where, typer.Option("--on", rich_help_panel=WHERE, help="The engine on the cluster.")]
Endpoint = Annotated[
    str,
    typer.Option(
        "--endpoint",
        metavar="URL",
        rich_help_panel=OF_KFP,
        help="KFP: its API. Default: KF_PIPELINES_ENDPOINT, else as kubectl is configured.",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        envvar="KF_PIPELINES_SA_TOKEN_PATH",
        rich_help_panel=OF_KFP,
        help="KFP: a file with a bearer token.",
    ),
]
Experiment = Annotated[
    str,
    typer.Option("--experiment", metavar="NAME", rich_help_panel=OF_KFP, help="KFP: where it is shown. [stockpot]"),
]
Account = Annotated[
    str | None,
    typer.Option(
        "--service-account",
        metavar="NAME",
        rich_help_panel=OF_KFP,
        help="KFP: the pods' account; '' is KFP's own. [stockpot-kfp]",
    ),
]
Images = Annotated[
    Path | None,
    typer.Option(
        "--images",
        metavar="LOCK",
        rich_help_panel=OF_KFP,
        help="KFP: pin images to what `stockpot images` wrote.",
    ),
]


def target_of(
    on: Where,
    *,
    endpoint: str,
    namespace: str | None,
    token_file: Path | None,
    experiment: str,
    account: str | None,
    images: Path | None,
) -> "Target | None":
    """Where the run goes on Kubeflow Pipelines; None for Argo.

    Raises:
        ConfigurationError: something is given that means nothing to Argo.
    """
    from components.shell.errors import ConfigurationError
    from stockpot.kubeflow.target import ACCOUNT, EXPERIMENT, Target

    if on is Where.KFP:
        chosen = ACCOUNT if account is None else account
        return Target(endpoint, namespace or "", token_file, experiment or EXPERIMENT, chosen)
    strange = {"--endpoint": endpoint, "--experiment": experiment, "--service-account": account, "--images": images}
    for name, value in strange.items():
        if value:
            raise ConfigurationError(f"{name} is for Kubeflow Pipelines", "add --on kfp, or leave it out")
    return None


def _pinned(plan: "Plan", lock: Path | None) -> Mapping[str, str] | None:
    """What the plan's images are replaced by."""
    from stockpot.compiler.command import images_of
    from stockpot.images.lock import replacements

    return replacements(lock, images_of([plan])) if lock else None


def submit_to_kfp(
    plan: "Plan",
    given: Mapping[str, str],
    as_of: str | None,
    target: "Target",
    *,
    lock: Path | None,
    output: Form,
    watch: bool,
) -> None:
    """Upload the pipeline where it is new, start a run of it and, to `watch`, stay until it has ended."""
    from stockpot.display.columns import print_json
    from stockpot.kubeflow.runs import submitted, values_of
    from stockpot.kubeflow.server import Server

    values, images = values_of(plan, given, as_of), _pinned(plan, lock)
    server = Server(target, os.environ)
    stream = sys.stderr if output is Form.JSON else sys.stdout
    started = submitted(server, plan, values, images)
    print(f"Submitted {started.name} as run {started.id}\nSteps: {started.link}", file=stream, flush=True)
    if watch:
        _watch(server, started, output)
    elif output is Form.JSON:
        print_json({"run": started.id, "name": started.name, "link": started.link})


def _watch(server: "Server", started: "Started", output: Form) -> None:
    from stockpot.display.columns import print_json
    from stockpot.kubeflow.runs import follow, steps_of, verdict

    stream = sys.stderr if output is Form.JSON else sys.stdout
    try:
        run = follow(server, started.id, lambda line: print(f"  {line}", file=stream, flush=True))
    except KeyboardInterrupt:
        typer.echo(f"\nNo longer watching; run {started.id} goes on: {started.link}", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    code, error = verdict(run)
    if output is Form.JSON:
        steps = [{"step": step.name, "state": step.state} for step in steps_of(run)]
        document = {"run": started.id, "name": started.name, "link": started.link, "state": run.state}
        print_json({**document, "exit_code": code, "error": error or None, "steps": steps})
    if code:
        typer.echo(f"error: {error} - see {started.link}", err=True)
        raise typer.Exit(code)
    print(f"{started.name} succeeded", file=stream)


def schedule(
    pipeline: PipelineName,
    *,
    on: Engine = Where.KFP,
    cron: Annotated[
        str, typer.Option("--cron", metavar="TEXT", help="Minute hour day month weekday. Default: the pipeline's own.")
    ] = "",
    param: Parameters = None,
    paused: Annotated[
        bool, typer.Option("--paused", help="Leave it there, switched off; give the same options.")
    ] = False,
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Your profile's; an installation for a single user has none.")
    ] = "",
    endpoint: Endpoint = "",
    token_file: TokenFile = None,
    experiment: Experiment = "",
    account: Account = None,
    images: Images = None,
    output: Output = Form.TEXT,
) -> None:
    """Have a pipeline run by itself on Kubeflow Pipelines.

    Afterwards there is one recurring run of the pipeline's name, as it was asked for, however often the command is
    called. A new version of the pipeline is scheduled by calling it again. On Argo schedules are a part of what is
    applied (docs/cluster.md).

    \b
    Examples:
      stockpot schedule moderation-training --endpoint http://localhost:8888
      stockpot schedule feed-ranking --cron '30 4 * * *' --param source=postgres
      stockpot schedule moderation-training --paused
    """
    from components.shell.errors import ConfigurationError
    from stockpot.compiler.definitions import load
    from stockpot.display.columns import print_json
    from stockpot.kubeflow.runs import values_of
    from stockpot.kubeflow.schedules import cron_of, scheduled
    from stockpot.kubeflow.server import Server

    plan, given = load(pipeline), parameters(param)
    if "as_of" in given:
        raise ConfigurationError("every scheduled run would be about the same as_of", "leave it out")
    text = cron_of(plan.definition.schedule if plan.definition else None, cron, plan.pipeline.name)
    target = target_of(
        on,
        endpoint=endpoint,
        namespace=namespace,
        token_file=token_file,
        experiment=experiment,
        account=account,
        images=images,
    )
    if target is None:
        raise ConfigurationError("on Argo a schedule comes with the pipeline", _BY_APPLYING)
    server, wanted = Server(target, os.environ), values_of(plan, given, None)
    done = scheduled(server, plan, wanted, cron=text, enabled=not paused, images=_pinned(plan, images))
    if output is Form.JSON:
        print_json({"recurring_run": done.id, "link": done.link, "changed": done.changed, "replaced": done.replaced})
        return
    state = "is switched off" if paused else f"runs at '{text.removeprefix('0 ')}'"
    typer.echo(f"{plan.pipeline.name} {state} as recurring run {done.id} ({_how(done)})\n{done.link}")


def _how(done: "Scheduled") -> str:
    """What calling it has changed."""
    new = f"in place of {done.replaced}" if done.replaced else "new"
    return new if done.made else "switched" if done.changed else "as before"
