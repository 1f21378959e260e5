"""The texts of a container in one run: its command line, its own variables, and the placeholders in both."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from components.shell.errors import ConfigurationError
from stockpot.compiler import executor, ir
from stockpot.compiler.lightweight import interface_of
from stockpot.compiler.placeholders import (
    ExecutorInput,
    InputParameter,
    InputPath,
    InputUri,
    OutputFile,
    OutputPath,
    OutputUri,
    RunProperty,
    Text,
    expand,
    text_of,
)
from stockpot.local.values import Inputs, RunFacts

_VARIABLE = re.compile(r"\$(?:\$|\(([^)]*)\))")


def command_of(
    container: ir.Container, inputs: Inputs, fill: Callable[[Any], str], variables: Mapping[str, str]
) -> list[str]:
    """The container's command line; `fill` gives the text of every placeholder, `variables` that of `$(NAME)`."""
    texts = expand((*container.command, *container.arguments), lambda name: name in inputs)
    return [_with_variables(text, variables).render(fill) for text in texts]


def environment_of(container: ir.Container, fill: Callable[[Any], str]) -> dict[str, str]:
    """The container's own variables; each may name those before it as `$(NAME)`."""
    variables: dict[str, str] = {}
    for name, text in container.environment.items():
        variables[name] = _with_variables(text, variables).render(fill)
    return variables


def _with_variables(text: Text, variables: Mapping[str, str]) -> Text:
    """The text with `$(NAME)` put in as Kubernetes does, which leaves unknown names alone and reads `$$` as `$`.

    Only what the definition says is read so, as in KFP: a value that is filled in stays as it is.
    """

    def put(match: re.Match[str]) -> str:
        return "$" if match[1] is None else variables.get(match[1], match[0])

    return Text(tuple(_VARIABLE.sub(put, part) if type(part) is str else part for part in text.parts))


def filler(inputs: Inputs, outputs: Path, run: RunFacts, task: ir.Task) -> Callable[[Any], str]:
    """What fills the placeholders of a task's step whose outputs lie below `outputs`.

    Raises (when used):
        ConfigurationError: an optional input without value is used without a condition.
    """

    def fill(part: Any) -> str:
        match part:
            case InputParameter(name) if name in inputs.parameters:
                return text_of(inputs.parameters[name])
            case InputPath(name) if name in inputs.artifacts:
                return str(inputs.artifacts[name])
            case InputUri(name) if name in inputs.artifacts:
                return executor.uri_of(str(inputs.artifacts[name]))
            case OutputPath(name) | OutputUri(name) | OutputFile(name):
                return str(outputs / name)
            case RunProperty():
                return run.property(part, task.name)
            case ExecutorInput():
                document = _executor_input(inputs, outputs, task.component)
                return executor.escaped(document) if part.escaped else document
        raise ConfigurationError(
            f"{task.name} uses input '{part.name}', which has no value", "wrap it in dsl.IfPresentPlaceholder"
        )

    return fill


def _executor_input(inputs: Inputs, outputs: Path, component: ir.Component) -> str:
    paths = {
        name: list(map(str, files)) if isinstance(files, list) else str(files)
        for name, files in inputs.artifacts.items()
    }
    return executor.executor_input(interface_of(component), dict(inputs.parameters), paths, str(outputs))
