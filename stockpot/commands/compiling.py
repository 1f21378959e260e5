"""`compile`: a pipeline for Argo Workflows or for Kubeflow Pipelines."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stockpot.commands.options import ProfileName
from stockpot.compiler.pod_sizes import Size


class Target(StrEnum):
    """An engine on a cluster."""

    ARGO = "argo"
    KFP = "kfp"


def compile_pipelines(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where the files go.")],
    target: Annotated[Target, typer.Option("--target", help="The engine.")],
    pipelines: Annotated[
        list[str] | None, typer.Argument(metavar="[PIPELINE]...", help="Names, FILE.py:function, or IR files.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every pipeline of this project.")] = False,
    images: Annotated[
        Path | None, typer.Option("--images", metavar="LOCK", help="Pin images to what `stockpot images` wrote.")
    ] = None,
    *,
    profile: ProfileName = None,
    size: Annotated[
        Size,
        typer.Option("--size", help="Pods of steps that compute: as written, or 4 or 16 times as large."),
    ] = Size.SMALL,
) -> None:
    """Write what Argo or Kubeflow Pipelines takes.

    For Argo these are WorkflowTemplates, CronWorkflows and Workflows to submit, for Kubeflow Pipelines its IR.
    The text is deterministic, so it can be committed and compared.

    \b
    Examples:
      stockpot compile --all --target argo -o manifests/argo
      stockpot compile moderation-training --target kfp -o manifests/kfp
      stockpot compile my_pipeline.py:train pipeline.yaml --target argo -o build
      stockpot compile --all --target argo --images images/lock.json -o build
      stockpot compile timeseries --target argo --size large -o build
    """
    from stockpot.compiler.command import compile_targets

    for path in compile_targets(pipelines or [], every, target.value, out, lock=images, profile=profile, size=size):
        typer.echo(path)
