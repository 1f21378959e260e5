"""Building the images of steps, a few at a time."""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from components.images import REGISTRY, TAG, reference
from components.shell.counts import counted, worded
from stockpot.images.engine import BuildError, Engine
from stockpot.images.sources import Sources

_CONTENT = 12


@dataclass(frozen=True)
class Order:
    """What to build and where it goes. `base` empty means the one that the Dockerfile names."""

    sources: Sources = field(default_factory=Sources)
    engine: Engine = field(default_factory=Engine)
    registry: str = REGISTRY
    tag: str = TAG
    base: str = ""
    push: bool = False
    jobs: int = 2


@dataclass(frozen=True)
class Built:
    """An image: the reference that pins it, its name with the tag, and the bytes of its own layers and of all."""

    step: str
    pinned: str
    name: str
    own: int
    total: int


def build_all(steps: Sequence[str], order: Order) -> list[Built]:
    """The images of the steps, in their order. All are tried, even when one fails.

    Raises:
        BuildError: at least one failed; the message names them all.
    """
    with ThreadPoolExecutor(order.jobs) as pool:
        begun = {pool.submit(build, step, order): step for step in steps}
        for count, future in enumerate(as_completed(begun), start=1):
            _report(begun[future], future, f"{count}/{len(steps)}")
    if failed := sorted(step for future, step in begun.items() if future.exception()):
        were = worded(len(failed), "was", "were")
        raise BuildError(f"{len(failed)} of {counted(len(steps), 'image')} {were} not built: {', '.join(failed)}")
    return [future.result() for future in begun]


def build(step: str, order: Order) -> Built:
    """The image of one step, built and, if asked for, pushed.

    A registry gives an image its digest. One that was not pushed has none, so it is pinned by a tag made from its
    content, which names this image and no other.
    """
    begin = time.monotonic()
    sources, engine = order.sources, order.engine
    name = reference(step, order.registry, order.tag)
    arguments = {**sources.arguments(step), "REVISION": sources.revision(step), "SOURCE_DATE_EPOCH": sources.time(step)}
    if order.base:
        arguments["BASE_IMAGE"] = order.base
    image = engine.build(sources.dockerfile, sources.root, arguments, name)
    pinned = reference(step, order.registry, engine.content(image)[:_CONTENT])
    engine.tag(image, pinned)
    if order.push:
        pinned = engine.push(name)
    layers = engine.layers(image)
    own = sum(size for size, instruction in layers if instruction.startswith("COPY"))
    _say(f"{step}: {pinned} in {time.monotonic() - begin:.0f} s")
    return Built(step, pinned, name, own, sum(size for size, _ in layers))


def _report(step: str, future: Future[Built], count: str) -> None:
    error = future.exception()
    _say(f"{count} {step} failed\n{error}" if error else f"{count} done")


def _say(line: str) -> None:
    sys.stderr.write(f"images: {line}\n")
    sys.stderr.flush()
