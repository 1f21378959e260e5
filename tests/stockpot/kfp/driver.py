"""A model of what Kubeflow Pipelines 2.17.0 does with an IR file between its API and the command of a container.

It follows `backend/src/v2`: `driver/resolve.go` (where inputs come from), `driver/util.go` (arguments, which are filled
in before defaults are known), `component/launcher_v2.go` (defaults and paths). It reads the IR as it stands and shares
no code with the compiler or the local runner, so that it can contradict them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Json = Any
_INPUT = re.compile(r"\{\{\$\.inputs\.parameters\['(.+?)'\]\}\}")
_WORDS = {"STRING": str, "NUMBER_INTEGER": (int, float), "NUMBER_DOUBLE": (int, float), "BOOLEAN": bool, "LIST": list}


class DriverError(Exception):
    """The driver's pod fails, in its own words."""


@dataclass(frozen=True)
class Run:
    """What the backend knows of a run; a recurring run has no display name of its own, and a scheduled time."""

    display_name: str = "my run"
    resource_name: str = "moderation-training-x7k2p"
    id: str = "0b5e02b8-c614-4132-bfcc-6a36094b8001"
    created: str = "2026-01-15T03:00:07Z"
    scheduled: str = "2026-01-15T03:00:07Z"

    def placeholder(self, text: Json, task: str) -> Json:
        """What a constant stands for: one that is nothing but a placeholder is filled in, within a text none is."""
        values = {
            "{{$.pipeline_job_name}}": self.display_name,
            "{{$.pipeline_job_resource_name}}": self.resource_name,
            "{{$.pipeline_job_uuid}}": self.id,
            "{{$.pipeline_task_name}}": task,
            "{{$.pipeline_job_create_time_utc}}": self.created,
            "{{$.pipeline_job_schedule_time_utc}}": self.scheduled,
        }
        return values.get(text, text) if isinstance(text, str) else text


@dataclass
class Execution:
    """What the metadata store keeps of a task: its state, what it was given, and what it and its tasks handed out.

    `state` is RUNNING, COMPLETE, FAILED or CANCELED. A DAG's `outputs` name the tasks within that hold its own.
    """

    name: str
    state: str = "RUNNING"
    parameters: dict[str, Json] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    output_parameters: dict[str, Json] = field(default_factory=dict)
    output_artifacts: dict[str, str] = field(default_factory=dict)
    tasks: "dict[str, Execution]" = field(default_factory=dict)


def inputs_of(task: Mapping[str, Json], component: Mapping[str, Json], dag: Execution, run: Run) -> Execution:
    """The execution of a task with its inputs resolved.

    Raises:
        DriverError: an input leads nowhere or has the wrong type.
    """
    name = task["taskInfo"]["name"]
    found = Execution(name)
    declared = component.get("inputDefinitions", {}).get("parameters", {})
    given = task.get("inputs", {})
    if "dag" in component:
        for key, parameter in declared.items():
            if parameter.get("isOptional") and key not in given.get("parameters", {}):
                found.parameters[key] = parameter.get("defaultValue")
    for key, source in given.get("parameters", {}).items():
        value = _parameter(source, task, dag, run)
        if value is None and declared.get(key, {}).get("isOptional"):
            continue
        if value is None:
            raise DriverError(f"the resolved input parameter is null: {key}")
        found.parameters[key] = _selected(value, source.get("parameterExpressionSelector", ""))
    for key, source in given.get("artifacts", {}).items():
        found.artifacts[key] = _artifact(source, dag)
    for key, parameter in declared.items():
        _check(key, parameter, found.parameters, task)
    return found


def _parameter(source: Mapping[str, Json], task: Mapping[str, Json], dag: Execution, run: Run) -> Json:
    if "componentInputParameter" in source:
        key = source["componentInputParameter"]
        if key not in dag.parameters:
            raise DriverError(f"parent DAG does not have input parameter {key}")
        return dag.parameters[key]
    if "taskOutputParameter" in source:
        output = source["taskOutputParameter"]
        return _produced(dag, output["producerTask"]).output_parameters.get(output["outputParameterKey"])
    if "taskFinalStatus" in source:
        return _final_status(_produced(dag, task["dependentTasks"][0]), run)
    return run.placeholder(source["runtimeValue"]["constant"], task["taskInfo"]["name"])


def _produced(dag: Execution, name: str) -> Execution:
    if name not in dag.tasks:
        raise DriverError(f"producer task, {name}, not in tasks")
    return dag.tasks[name]


def _final_status(guarded: Execution, run: Run) -> Json:
    """Neither message nor code: the backend leaves both empty."""
    return {
        "state": guarded.state,
        "pipelineTaskName": guarded.name,
        "pipelineJobResourceName": run.resource_name,
        "error": {},
    }


def _artifact(source: Mapping[str, Json], dag: Execution) -> str:
    if "componentInputArtifact" in source:
        key = source["componentInputArtifact"]
        if key not in dag.artifacts:
            raise DriverError(f"parent DAG does not have input artifact {key}")
        return dag.artifacts[key]
    output = source["taskOutputArtifact"]
    return _produced(dag, output["producerTask"]).output_artifacts[output["outputArtifactKey"]]


def _selected(value: Json, selector: str) -> Json:
    if not selector:
        return value
    key = re.fullmatch(r'parseJson\(string_value\)\["([^"]+)"\]', selector)
    if key is None:
        raise DriverError(f"evaluation of parameter expression selector {selector} failed")
    return (json.loads(value) if isinstance(value, str) else value)[key[1]]


def _check(name: str, parameter: Mapping[str, Json], values: dict[str, Json], task: Mapping[str, Json]) -> None:
    """Types are held; of anything a text can be made."""
    iterator = task.get("parameterIterator", {})
    if iterator.get("itemInput") == name:
        return
    if name not in values:
        if not parameter.get("isOptional"):
            raise DriverError(f'neither value nor default value provided for non-optional parameter "{name}"')
        return
    kind, value = parameter["parameterType"], values[name]
    if kind == "STRING" and value is not None and not isinstance(value, str):
        values[name] = text_of(value)
    elif value is not None and kind != "STRING" and not isinstance(value, _WORDS.get(kind, dict)):
        raise DriverError(f'input parameter "{name}" type mismatch: expect {kind}, got {type(value).__name__}')


def text_of(value: Json) -> str:
    """How a value is written into an argument: a number with all its digits, lists and structs as JSON of Go."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def command_of(
    container: Mapping[str, Json], component: Mapping[str, Json], given: Execution, outputs: Mapping[str, str]
) -> list[str]:
    """The command line of a container: what the driver fills in, then what the launcher does.

    `outputs` has the path of each output.

    Raises:
        DriverError: an argument names an input that has no value.
    """
    words = [*container.get("command", []), *container.get("args", [])]
    resolved = [text for word in words for text in _by_driver(word, given.parameters)]
    defaults = {
        name: each["defaultValue"]
        for name, each in component.get("inputDefinitions", {}).get("parameters", {}).items()
        if each.get("defaultValue") is not None
    }
    return [_by_launcher(word, {**defaults, **given.parameters}, given.artifacts, outputs) for word in resolved]


def _by_driver(word: str, parameters: Mapping[str, Json]) -> list[str]:
    if "$.outputs" in word:
        return [word]
    if word.strip().startswith('{"IfPresent":'):
        condition = json.loads(word)["IfPresent"]
        present = parameters.get(condition["InputName"]) is not None
        chosen = condition.get("Then" if present else "Else") or []
        return [_filled(text, parameters) for text in ([chosen] if isinstance(chosen, str) else chosen)]
    return [_filled(word, parameters)]


def _filled(text: str, parameters: Mapping[str, Json]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in parameters:
            raise DriverError(f'parameter "{match[1]}" not found in executor input')
        return text_of(parameters[match[1]])

    return _INPUT.sub(value, text)


def _by_launcher(
    word: str, parameters: Mapping[str, Json], artifacts: Mapping[str, str], outputs: Mapping[str, str]
) -> str:
    told = {"inputs": {"parameterValues": dict(parameters)}, "outputs": {"outputFile": "/tmp/output.json"}}  # noqa: S108 - in the pod
    known = {"{{$}}": json.dumps(told)}
    known |= {f"{{{{$.inputs.parameters['{name}']}}}}": text_of(value) for name, value in parameters.items()}
    known |= {f"{{{{$.inputs.artifacts['{name}'].path}}}}": path for name, path in artifacts.items()}
    for name, path in outputs.items():
        known |= {f"{{{{$.outputs.artifacts['{name}'].path}}}}": path}
        known |= {f"{{{{$.outputs.parameters['{name}'].output_file}}}}": path}
    for placeholder, text in known.items():
        word = word.replace(placeholder, text)
    return word
