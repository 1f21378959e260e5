"""What Linux and Kubernetes can hold of a pipeline: what is larger is refused before anything is sent."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import carried
from stockpot.compiler.checks import container_parts
from stockpot.compiler.errors import Location
from stockpot.compiler.placeholders import Json, text_of

ARGUMENT = 128 * 1024 - 1
"""Bytes of one argument or variable of a process: Linux's MAX_ARG_STRLEN, less the byte that ends it."""

OBJECT = 896 * 1024
"""Bytes of one object of Kubernetes, as JSON.

Argo keeps a workflow, its template and its progress in one object and takes 1 MiB of it, as ConfigMaps do; etcd takes
1.5 MiB. An eighth is left to the progress.
"""

AS_FILE = "hand the value on as an artifact, which is a file"


def refuse_large(document: Mapping[str, Any], location: Location) -> None:
    """Nothing, if Kubernetes takes the object.

    Raises:
        ConfigurationError: it is too large.
    """
    size = len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    if size > OBJECT:
        kind = document.get("kind", "plan")
        raise ConfigurationError(
            f"{location}: its {kind} has {counted(size, 'byte')}; Kubernetes and Argo take {OBJECT:,}",
            "make two pipelines of it, or hand large values on as artifacts, which are files",
        )


def refuse_long(what: str, value: Json) -> None:
    """Nothing, if the value can be handed to a step.

    Raises:
        ConfigurationError: it is longer than any argument of a process.
    """
    size = len(text_of(value).encode())
    if size > ARGUMENT:
        raise ConfigurationError(f"{what} has {counted(size, 'byte')}; a step can be given {ARGUMENT:,}", AS_FILE)


def refuse_long_texts(pipeline: ir.Pipeline) -> None:
    """Nothing, if all that is known of the steps' arguments when the pipeline is compiled can be handed to them.

    They count as Argo carries them, which is more where they hold braces or dollars.

    Raises:
        ConfigurationError: a text in a command, or a constant that a step is given, is too long.
    """
    for path, task in ir.walk(pipeline.dag):
        for what, value in _known(task):
            refuse_long(f"{Location(pipeline.name, '/'.join(path))}: {what}", carried(text_of(value)))


def _known(task: ir.Task) -> Iterator[tuple[str, Json]]:
    body = task.component.body
    if isinstance(body, ir.Container):
        yield from (("a text of its command", part) for part in container_parts(body) if isinstance(part, str))
        constants = ((name, value.value) for name, value in task.parameters.items() if isinstance(value, ir.Constant))
        yield from ((f"its input '{name}'", value) for name, value in constants)
