"""From the plan's values to those of one run: inputs of tasks, and outputs."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias
from uuid import NAMESPACE_URL, uuid5

from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant
from stockpot.compiler import ir
from stockpot.compiler.conditions import references
from stockpot.compiler.go_json import BOOLEANS, double
from stockpot.compiler.placeholders import (
    Json,
    RunProperty,
    Text,
    text_of,
)
from stockpot.compiler.values import CHANNEL, is_entry

Files: TypeAlias = Path | list[Path]
"""Where an artifact lies, or a list of them."""


def each_of(files: Files) -> list[Path]:
    """Where each artifact lies, of a list or of one."""
    return files if isinstance(files, list) else [files]


class NotYetError(Exception):
    """The value comes from a task that has not run; only a forecast meets this."""


class AbsentError(Exception):
    """There is no such value: an input was not given, or the task that makes it was skipped."""


@dataclass(frozen=True)
class Outputs:
    """What a task handed out. Of a looped task, each value is the list over its iterations."""

    parameters: Mapping[str, Json] = field(default_factory=dict)
    artifacts: Mapping[str, Files] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFacts:
    """What texts may ask of the run."""

    id: str
    as_of: datetime
    created: datetime

    def property(self, name: RunProperty, task: str) -> str:
        """The text of a run's property, as seen from a task."""
        return {
            RunProperty.NAME: self.id,
            RunProperty.RESOURCE_NAME: self.id,
            RunProperty.ID: str(uuid5(NAMESPACE_URL, self.id)),
            RunProperty.TASK_NAME: task,
            RunProperty.CREATED: format_instant(self.created),
            RunProperty.SCHEDULED: format_instant(self.as_of),
        }[name]


@dataclass
class Scope:
    """A DAG at work: its inputs, what its tasks have handed out so far, and how guarded tasks have ended."""

    run: RunFacts
    parameters: Mapping[str, Json]
    artifacts: Mapping[str, Files]
    results: dict[str, Outputs] = field(default_factory=dict)
    statuses: dict[str, Json] = field(default_factory=dict)

    def value(self, value: ir.Value | ir.ArtifactSource, task: str) -> Json:
        """The value for an input of `task`.

        Raises:
            AbsentError: there is none.
            NotYetError: it is not known yet.
        """
        match value:
            case ir.Constant(constant):
                return constant
            case ir.ComponentInput(name, key):
                return _pick(self._input(name), key)
            case ir.TaskOutput(producer, output, key):
                return _pick(self._output(producer, output), key)
            case ir.RunValue(name):
                return self.run.property(name, task)
            case ir.FinalStatus(guarded):
                return self._status(guarded)
            case ir.Template(template):
                return self._filled(template, task)

    def _input(self, name: str) -> Json:
        for inputs in (self.parameters, self.artifacts):
            if name in inputs:
                return _known(inputs[name])
        raise AbsentError(f"input '{name.removeprefix(CHANNEL)}' was not given")

    def _output(self, task: str, output: str) -> Json:
        if task not in self.results:
            raise NotYetError(task)
        for outputs in (self.results[task].parameters, self.results[task].artifacts):
            if output in outputs:
                return _known(outputs[output])
        raise AbsentError(f"task {task} handed out no '{output}', for it was skipped")

    def _status(self, guarded: str) -> Json:
        if guarded not in self.statuses:
            raise NotYetError(guarded)
        return self.statuses[guarded]

    def _filled(self, template: Json, task: str) -> Json:
        if isinstance(template, Text):
            return template.render(lambda part: text_of(self.value(part, task)))
        if isinstance(template, list):
            return [self._filled(item, task) for item in template]
        if isinstance(template, dict):
            return {key: self._filled(item, task) for key, item in template.items()}
        return template


@dataclass(frozen=True)
class Unknown:
    """Stands in a forecast for a value that `task` will hand out."""

    task: str


def _known(value: Json) -> Json:
    if isinstance(value, Unknown):
        raise NotYetError(value.task)
    return value


def _pick(value: Json, key: str | None) -> Json:
    if key is None:
        return value
    struct = _JSON.decode(value) if isinstance(value, str) else value
    if not isinstance(struct, dict) or key not in struct:
        raise AbsentError(f"there is no entry '{key}' in {text_of(value)[:80]}")
    return struct[key]


@dataclass(frozen=True)
class Inputs:
    """The inputs of one task: parameters in their types, artifacts as paths, or as lists of them."""

    parameters: Mapping[str, Json]
    artifacts: Mapping[str, Files]

    def __contains__(self, name: str) -> bool:
        """Whether the input was given."""
        return name in self.parameters or name in self.artifacts


def inputs_of(task: ir.Task, scope: Scope) -> Inputs:
    """The task's inputs; optional ones without a value have their default, or are left out where there is none.

    Raises:
        ConfigurationError: a needed value is missing, or is not of the parameter's type.
    """
    parameters = {name: input_of(task, name, scope) for name in task.parameters}
    artifacts = {name: input_of(task, name, scope) for name in task.artifacts}
    return Inputs(
        {name: value for name, value in parameters.items() if value is not NOTHING},
        {name: value for name, value in artifacts.items() if value is not NOTHING},
    )


NOTHING = object()
"""What stands for an optional input that has neither a value nor a default."""


def input_of(task: ir.Task, name: str, scope: Scope) -> Json:
    """The value of one input of the task, or its default, or NOTHING.

    Raises:
        ConfigurationError: it is needed and missing, or is not of the parameter's type.
        NotYetError: it is not known yet.
    """
    if name in task.artifacts:
        return _resolved(task, name, task.artifacts[name], scope)
    component = task.component
    parameter = component.parameters.get(name)
    value = _resolved(task, name, task.parameters[name], scope)
    if value is NOTHING and parameter is not None and parameter.default is not None:
        value = scope.value(parameter.default, task.name)
    # KFP gives all entries of a loop's item the type of the first one; who reads an entry says what it is.
    guessed = isinstance(component.body, ir.Dag) and is_entry(name)
    if value is NOTHING or parameter is None or guessed:
        return value
    return coerce(value, parameter.kind, f"{task.name}: input '{name}'")


def _may_be_absent(task: ir.Task, name: str) -> bool:
    """Whether the task can do without the input.

    Groups and nested pipelines hand on what they have; whoever reads it within says whether it is needed. What decides
    if and how often a group runs must be there.
    """
    known = task.component.parameters.get(name) or task.component.artifacts.get(name)
    if known is None or _decides(task, name):
        return False
    return known.optional or isinstance(task.component.body, ir.Dag)


def _decides(task: ir.Task, name: str) -> bool:
    """Whether the input says if the task runs, or over what."""
    names = references(task.condition) if task.condition else ()
    return name in names or (task.loop is not None and task.loop.items == name)


def _resolved(task: ir.Task, name: str, value: ir.Value, scope: Scope) -> Json:
    try:
        return scope.value(value, task.name)
    except AbsentError as error:
        if _may_be_absent(task, name):
            return NOTHING
        raise ConfigurationError(
            f"{task.name} needs '{name.removeprefix(CHANNEL)}': {error}",
            "give it a default, or put both tasks under one condition",
        ) from None


# How Go writes, and reads, the numbers of people; Python's own readers take more.
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def coerce(value: Json, kind: str, label: str) -> Json:
    """The value in the type of a KFP parameter; texts are read as a person types them.

    Raises:
        ConfigurationError: it is of another type.
    """
    try:
        return _CONVERTERS[kind](value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        shown = value if isinstance(value, str) else json.dumps(value)
        raise ConfigurationError(f"{label} must be {_KINDS[kind]}, not '{shown[:100]}'") from None


def _integer(value: Json) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError
    number = int(_spelled(value, _WHOLE))
    if not -(2**63) <= number < 2**63:
        # KFP's have 64 bits.
        raise ValueError
    return number


def _number(value: Json) -> Json:
    if isinstance(value, bool):
        raise TypeError
    return _double(_spelled(value, _DECIMAL))


def _spelled(value: Json, form: re.Pattern[str]) -> Json:
    """The value, where a text is a number to Go too."""
    if isinstance(value, str) and not form.fullmatch(value.strip()):
        raise ValueError
    return value


def _finite(value: Json) -> float:
    number = float(value)
    if not math.isfinite(number):
        # JSON has neither NaN nor infinities, and every engine hands parameters on as JSON.
        raise ValueError
    return number


def _double(value: Json) -> float:
    return double(_finite(value))


# Python's reader would take numbers that no other knows. Within JSON all of them are doubles to KFP and to Argo.
_JSON = json.JSONDecoder(parse_constant=_finite, parse_float=_double, parse_int=_double)


def _boolean(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    word = text_of(value).strip()
    if not any(word in words for words in BOOLEANS.values()):
        raise ValueError
    return word in BOOLEANS[True]


def _json(kind: type) -> Callable[[Json], Json]:
    def convert(value: Json) -> Json:
        decoded = _JSON.decode(value) if isinstance(value, str) else value
        if not isinstance(decoded, kind):
            raise TypeError
        # Half of a character is no text, and what is not finite no number.
        text_of(decoded).encode()
        return decoded

    return convert


_CONVERTERS: Mapping[str, Callable[[Json], Json]] = {
    "STRING": text_of,
    "NUMBER_INTEGER": _integer,
    "NUMBER_DOUBLE": _number,
    "BOOLEAN": _boolean,
    "LIST": _json(list),
    "STRUCT": _json(dict),
    "TASK_FINAL_STATUS": _json(dict),
}
_KINDS = {
    "STRING": "text",
    "NUMBER_INTEGER": "a whole number",
    "NUMBER_DOUBLE": "a number",
    "BOOLEAN": "true or false",
    "LIST": "a JSON list",
    "STRUCT": "a JSON object",
    "TASK_FINAL_STATUS": "a JSON object",
}


def loop_items(loop: ir.Loop, inputs: Inputs, task: str) -> Sequence[Json]:
    """The items of a loop.

    Raises:
        ConfigurationError: what it loops over is no list.
    """
    if not isinstance(loop.items, str):
        return loop.items
    if loop.of_artifacts:
        return each_of(inputs.artifacts[loop.items])
    items: Sequence[Json] = coerce(inputs.parameters[loop.items], "LIST", f"{task}: what it loops over")
    return items
