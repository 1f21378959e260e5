"""`submit`: a run on a cluster."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from stockpot.commands.helping import WHERE
from stockpot.commands.kubeflow import (
    Account,
    Endpoint,
    Engine,
    Experiment,
    Images,
    TokenFile,
    Where,
    submit_to_kfp,
    target_of,
)
from stockpot.commands.options import (
    DEFAULT_NAMESPACE,
    AsOf,
    Form,
    Output,
    Parameters,
    PipelineName,
    ProfileName,
    parameters,
)
from stockpot.compiler.profiles import Profile
from stockpot.definition import completed

if TYPE_CHECKING:
    from stockpot.cluster.access import Cluster, Document
    from stockpot.compiler.definitions import Plan

_INTERRUPTED = 130


def submit(
    pipeline: PipelineName,
    *,
    as_of: AsOf = None,
    param: Parameters = None,
    on: Engine = Where.ARGO,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace",
            "-n",
            rich_help_panel=WHERE,
            help="Where runs live. Argo: ARGO_NAMESPACE, else stockpot. KFP: your profile's; a single user has none.",
        ),
    ] = None,
    endpoint: Endpoint = "",
    token_file: TokenFile = None,
    experiment: Experiment = "",
    account: Account = None,
    images: Images = None,
    profile: ProfileName = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until the run has ended, with its exit code.")] = False,
    output: Output = Form.TEXT,
) -> None:
    """Start a run on a cluster with Argo Workflows, or on Kubeflow Pipelines.

    On Argo a pipeline is submitted by its name where it is installed (docs/cluster.md); one in a file needs nothing of
    its own there, for the run holds all of it. ARGO_SERVER and ARGO_TOKEN name Argo's server; without
    them kubectl is used as it is configured. With --watch, Ctrl-C leaves the run alone, and the exit code is that of
    the step that failed, as for `stockpot run`. With --on kfp the pipeline is uploaded as well (docs/kubeflow.md), and
    a run that fails gives 1, for Kubeflow Pipelines hands out no exit codes.

    \b
    Examples:
      stockpot submit moderation-training --as-of 2026-01-15T00:00:00Z --watch
      stockpot submit feed-ranking --param source=postgres --namespace feed
      stockpot submit verify-pipeline --output json
      stockpot submit my_pipeline.py:train --param epochs=3 --watch
      stockpot submit moderation-training --on kfp --endpoint http://localhost:8888 --watch
    """
    from components.shell.errors import ConfigurationError
    from stockpot.cluster.submission import one_off, workflow_of
    from stockpot.compiler.definitions import glance, in_a_file, load

    plan, given = glance(pipeline), parameters(param)
    target = target_of(
        on,
        endpoint=endpoint,
        namespace=namespace,
        token_file=token_file,
        experiment=experiment,
        account=account,
        images=images,
    )
    alone = in_a_file(pipeline)
    if profile and (target or not alone):
        raise ConfigurationError(
            "--profile is for a pipeline in a file, on Argo", "leave it out; what is installed has that of `compile`"
        )
    if target:
        submit_to_kfp(load(pipeline), given, as_of, target, lock=images, output=output, watch=watch)
        return
    workflow = one_off(plan, given, as_of, profile or Profile.COMPATIBLE) if alone else workflow_of(plan, given, as_of)
    where = namespace or os.environ.get("ARGO_NAMESPACE") or DEFAULT_NAMESPACE
    _submit_to_argo(plan, workflow, as_of or given.get("as_of", "its creation"), where, output=output, watch=watch)


def _submit_to_argo(
    plan: "Plan", workflow: "Document", as_of: str, namespace: str, *, output: Form, watch: bool
) -> None:
    from stockpot.cluster.access import choose
    from stockpot.cluster.submission import check, template_name
    from stockpot.display.columns import print_json

    cluster = choose(os.environ, namespace)
    template = template_name(workflow)
    if template:
        check(workflow, cluster.template(template))
    name = cluster.create(workflow)
    stream = sys.stderr if output is Form.JSON else sys.stdout
    print(f"Submitted {name} in namespace {namespace}", file=stream)
    if watch:
        _watch(cluster, name, plan, as_of, output)
        return
    print(f"Steps: kubectl -n {namespace} get workflow {name} --watch", _hints(name, namespace), sep="\n", file=stream)
    if output is Form.JSON:
        print_json({"workflow": name, "namespace": namespace, "template": template})


def _logs(name: str, namespace: str) -> str:
    """The command that prints what the steps of a run say."""
    return f"stockpot logs {name} --on cluster --namespace {namespace}"


def _hints(name: str, namespace: str) -> str:
    """How to read what a run says, and how to stop it."""
    stop = f'kubectl -n {namespace} patch workflow {name} --type=merge -p \'{{"spec":{{"shutdown":"Stop"}}}}\''
    return f"Logs:  {_logs(name, namespace)}\nStop:  {stop}"


def _watch(cluster: "Cluster", name: str, plan: "Plan", as_of: str, output: Form) -> None:
    """Follow the run to its end and leave with its exit code; Ctrl-C leaves it running."""
    from pathlib import Path

    from stockpot.cluster.status import verdict
    from stockpot.cluster.watching import follow
    from stockpot.display.columns import print_json
    from stockpot.local.display import listening
    from stockpot.local.events import RunStarted
    from stockpot.local.records import Run

    stream = sys.stderr if output is Form.JSON else sys.stdout
    try:
        with listening(stream) as shown:
            run = Run(name, plan.pipeline.name, plan.pipeline.description, "", "", as_of, "", {})
            shown(RunStarted(run, Path(), _containers(plan)))
            ended = follow(cluster, name, shown)
    except KeyboardInterrupt:
        typer.echo(f"\nNo longer watching; {name} goes on.\n{_hints(name, cluster.namespace)}", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    code, error = verdict(ended)
    if output is Form.JSON:
        print_json(_summary(ended, cluster.namespace, code, error))
    if code:
        _last_words(cluster, ended, stream)
        message = completed(error, "submit", ["--namespace", cluster.namespace])
        typer.echo(f"error: {message} - logs: {_logs(name, cluster.namespace)}", err=True)
        raise typer.Exit(code)
    print(f"{name} succeeded", file=stream)


def _last_words(cluster: "Cluster", workflow: "Document", stream: "TextIO") -> None:
    """Print the last lines of the step that failed, whose pod is kept; nothing where there is no way to its log."""
    from components.shell.errors import StepError
    from components.shell.legible import legible
    from stockpot.cluster.logs import last_said
    from stockpot.cluster.status import first_failed
    from stockpot.local.display import LAST_LINES, last_words

    if not (step := first_failed(workflow)):
        return
    try:
        words = last_words(last_said(cluster, workflow, step, LAST_LINES))
    except StepError:
        return
    if words:
        print(f"The last lines of {step.name}:", *map(legible, words), sep="\n", file=stream, flush=True)


def _containers(plan: "Plan") -> int:
    """The container tasks that are known beforehand, in whatever they are nested."""
    from stockpot.compiler import ir

    return sum(1 for _ in ir.containers(plan.pipeline.dag))


def _summary(workflow: "Document", namespace: str, code: int, error: str) -> dict[str, Any]:
    from stockpot.cluster.status import steps_of

    return {
        "workflow": workflow["metadata"]["name"],
        "namespace": namespace,
        "phase": workflow["status"]["phase"],
        "exit_code": code,
        "error": error or None,
        "steps": [
            {
                "step": step.name,
                "phase": step.phase,
                "started": step.started,
                "ended": step.ended,
                "attempts": len(step.attempts),
                "error": step.error if step.failed else None,
            }
            for step in steps_of(workflow).values()
        ],
    }
