"""`images`: the steps' images, built and pinned."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from components.images import REGISTRY, TAG
from stockpot.commands.options import Form, Output

if TYPE_CHECKING:
    from stockpot.images.build import Built


def images(
    steps: Annotated[
        list[str] | None, typer.Argument(metavar="[STEP]...", help="Default: all, but for those for a GPU.")
    ] = None,
    *,
    registry: Annotated[str, typer.Option("--registry", help="Where the images are named to be.")] = REGISTRY,
    tag: Annotated[str, typer.Option("--tag", help="The tag beside the one made from the content.")] = TAG,
    push: Annotated[
        bool, typer.Option("--push", help="Push them, and pin the digest that the registry gives.")
    ] = False,
    base: Annotated[
        str, typer.Option("--base", metavar="IMAGE", help="A Python 3.11 to build on. Default: the Dockerfile's own.")
    ] = "",
    docker: Annotated[str, typer.Option("--docker", metavar="COMMAND", help="Docker, or what takes its arguments.")] = (
        "docker"
    ),
    options: Annotated[
        str, typer.Option("--build-options", metavar="TEXT", help="More options for each build, as in a shell.")
    ] = "",
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="How many are built at a time.")] = 2,
    lock: Annotated[Path, typer.Option("--lock", metavar="FILE", help="Where the references are written.")] = Path(
        "images/lock.json"
    ),
    page: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="A page with a table of sizes to write anew.")
    ] = None,
    output: Output = Form.TEXT,
) -> None:
    """Build the images of the steps, and write down what pins each of them.

    \b
    Examples:
      stockpot images
      stockpot images load_iceberg end_run --jobs 1
      stockpot images embed_text_gpu embed_images_gpu
      stockpot images --registry registry.example.org/stockpot --push
    """
    from stockpot.display.columns import fitted, print_json
    from stockpot.images.build import Order, build_all
    from stockpot.images.engine import Engine
    from stockpot.images.lock import write_lock
    from stockpot.images.sources import Sources
    from stockpot.images.table import put, rows_of, table

    sources = Sources()
    chosen = sources.chosen(steps or [])
    engine = Engine(docker, tuple(shlex.split(options)))
    engine.check()
    built = build_all(chosen, Order(sources, engine, registry, tag, base, push, jobs))
    write_lock(lock, {each.step: each.pinned for each in built}, [*sources.steps(), *sources.on_gpu()])
    if page and chosen == sources.steps():
        put(page, table(built, sources))
    if output is Form.JSON:
        print_json([_document(each) for each in built])
    else:
        typer.echo(fitted(("STEP", "OWN MB", "ON SLIM", "WHAT IT DOES"), rows_of(built, sources)))


def _document(built: "Built") -> dict[str, object]:
    return {
        "step": built.step,
        "image": built.name,
        "reference": built.pinned,
        "own_bytes": built.own,
        "bytes": built.total,
    }
