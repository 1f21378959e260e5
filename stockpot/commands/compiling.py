"""`compile`: a pipeline for Argo Workflows or for Kubeflow Pipelines."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockpot.commands.options import Form, Output, ProfileName
from stockpot.compiler.pod_sizes import Size

if TYPE_CHECKING:
    from stockpot.compiler.command import Written


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
    gpu: Annotated[
        bool, typer.Option("--gpu", help="Steps that have an image for a GPU run in it, and ask for one.")
    ] = False,
    output: Output = Form.TEXT,
) -> None:
    """Write what Argo or Kubeflow Pipelines takes.

    For Argo these are WorkflowTemplates, CronWorkflows and Workflows to submit, for Kubeflow Pipelines its IR.
    The text is deterministic, so it can be committed and compared. The files are named on stdout. Which profile each
    image's pods get on Argo (`hardened` or `compatible`), and which of KFP's constructs each pipeline uses, is said on
    stderr; `--output json` says all of it on stdout.

    \b
    Examples:
      stockpot compile --all --target argo -o manifests/argo
      stockpot compile moderation-training --target kfp -o manifests/kfp
      stockpot compile my_pipeline.py:train pipeline.yaml --target argo -o build
      stockpot compile --all --target argo --images images/lock.json -o build
      stockpot compile timeseries --target argo --size large -o build
      stockpot compile articles-embeddings --target argo --gpu -o build
      stockpot compile my_pipeline.py:train --target argo -o build --output json
    """
    from stockpot.compiler.command import compile_targets

    written = compile_targets(
        pipelines or [], every, target.value, out, lock=images, profile=profile, size=size, gpu=gpu
    )
    if output is Form.JSON:
        _print_json(written)
        return
    for path in written.files:
        typer.echo(path)
    _report(written)


def _report(written: "Written") -> None:
    """Say on stderr what was compiled: whoever reads the names of files from stdout gets these alone."""
    from stockpot.display.columns import fitted

    images = [(each.image, each.profile, each.steps) for each in written.images]
    typer.echo(f"\n{fitted(('IMAGE', 'PROFILE', 'STEPS'), images)}", err=True)
    used = [(name, ", ".join(each) or "plain tasks alone") for name, each in written.constructs.items()]
    typer.echo(f"\n{fitted(('PIPELINE', 'USES'), used)}", err=True)


def _print_json(written: "Written") -> None:
    from stockpot.display.columns import print_json

    print_json(
        {
            "files": written.files,
            "images": [asdict(each) for each in written.images],
            "pipelines": [{"pipeline": name, "constructs": each} for name, each in written.constructs.items()],
        }
    )
