"""A run of an IR file on the model of Kubeflow Pipelines' backend: which steps start, with which arguments.

It follows `backend/src/v2/compiler/argocompiler/dag.go`: a task waits for the success of all that it depends on, exit
tasks are hooks of what they guard, and a loop makes one execution of each item.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cel

from tests.stockpot.kfp.driver import DriverError, Execution, Run, command_of, inputs_of

Json = Any
EXIT = "ALL_UPSTREAM_TASKS_COMPLETED"


@dataclass(frozen=True)
class Call:
    """A step that starts: the names on the way to it, its image and its command line."""

    path: tuple[str, ...]
    image: str
    command: tuple[str, ...]


class StepFailedError(Exception):
    """A step's container ends with another code than 0."""


Act = Callable[[Call, Mapping[str, str]], Mapping[str, Json]]


def nothing(_call: Call, parameters: Mapping[str, str]) -> Mapping[str, Json]:
    """What a step hands out that does no more than to write something of the right type."""
    values = {"STRING": "text", "NUMBER_INTEGER": 1, "NUMBER_DOUBLE": 1.5, "BOOLEAN": True, "LIST": [], "STRUCT": {}}
    return {name: values[kind] for name, kind in parameters.items()}


@dataclass
class Backend:
    """Runs one IR file; `act` stands for the containers.

    `cache` is what earlier runs left, if it is to be used (`driver/cache.go`), and `store` where this run's artifacts
    lie: an artifact that is made anew has another id, whatever it holds.
    """

    spec: Mapping[str, Json]
    run: Run = field(default_factory=Run)
    act: Act = nothing
    cache: dict[str, Execution] | None = None
    store: str = "/in"
    hits: list[str] = field(default_factory=list)
    undriven: set[int] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def start(self, parameters: Mapping[str, Json] | None = None) -> Execution:
        """The execution of the root, ended. What was not given has the root's defaults, as they stand."""
        declared = self.spec["root"].get("inputDefinitions", {}).get("parameters", {})
        root = Execution("root", parameters={name: each.get("defaultValue") for name, each in declared.items()})
        root.parameters.update(parameters or {})
        self._dag(self.spec["root"], root, ())
        return root

    def _dag(self, component: Mapping[str, Json], dag: Execution, path: tuple[str, ...]) -> None:
        tasks = component["dag"]["tasks"]
        hooks = {task["dependentTasks"][0]: name for name, task in tasks.items() if _is_exit(task)}
        for name in _ordered({name: task for name, task in tasks.items() if not _is_exit(task)}):
            if all(_succeeded(dag, before) for before in _before(tasks[name])):
                self._task(name, tasks[name], dag, path)
            # A hook belongs to the graph; where the driver ahead of it failed, there is none.
            if name in hooks and name in dag.tasks and id(dag.tasks[name]) not in self.undriven:
                self._task(hooks[name], tasks[hooks[name]], dag, path)
        ended = [dag.tasks[name].state for name in tasks if name in dag.tasks]
        dag.state = "FAILED" if "FAILED" in ended else "COMPLETE"
        _hand_out(component["dag"].get("outputs", {}), dag)

    def _task(self, name: str, task: Mapping[str, Json], dag: Execution, path: tuple[str, ...]) -> None:
        component = self.spec["components"][task["componentRef"]["name"]]
        try:
            execution = inputs_of(task, component, dag, self.run)
        except DriverError as error:
            self.errors.append(f"{name}: {error}")
            dag.tasks[name] = Execution(name, "FAILED")
            self.undriven.add(id(dag.tasks[name]))
            return
        try:
            condition = task.get("triggerPolicy", {}).get("condition")
            if condition and not cel.evaluate(condition, {"inputs": {"parameter_values": execution.parameters}}):
                execution.state = "CANCELED"
            elif "parameterIterator" in task:
                self._loop(task, component, execution, (*path, name))
            else:
                self._body(component, execution, (*path, name), task)
        except (DriverError, StepFailedError) as error:
            self.errors.append(f"{name}: {error}")
            execution = Execution(name, "FAILED")
        dag.tasks[name] = execution

    def _loop(
        self, task: Mapping[str, Json], component: Mapping[str, Json], loop: Execution, path: tuple[str, ...]
    ) -> None:
        iterator = task["parameterIterator"]
        items = iterator["items"]
        values = loop.parameters[items["inputParameter"]] if "inputParameter" in items else json.loads(items["raw"])
        rounds = []
        for place, item in enumerate(values):
            one = Execution(
                loop.name, parameters={**loop.parameters, iterator["itemInput"]: item}, artifacts=loop.artifacts
            )
            self._body(component, one, (*path, str(place)), task)
            rounds.append(one)
        loop.state = "FAILED" if any(one.state == "FAILED" for one in rounds) else "COMPLETE"
        names = component.get("outputDefinitions", {}).get("parameters", {})
        loop.output_parameters = {name: [one.output_parameters.get(name) for one in rounds] for name in names}

    def _body(
        self,
        component: Mapping[str, Json],
        execution: Execution,
        path: tuple[str, ...],
        task: Mapping[str, Json],
    ) -> None:
        if "dag" in component:
            self._dag(component, execution, path)
            return
        container = self.spec["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
        key = _key(container, component, execution) if task.get("cachingOptions", {}).get("enableCache") else ""
        if key and self.cache is not None and key in self.cache:
            before = self.cache[key]
            execution.output_parameters = dict(before.output_parameters)
            execution.output_artifacts = dict(before.output_artifacts)
            self.hits.append(path[-1])
        else:
            self._start(container, component, execution, path)
            if self.cache is not None:
                self.cache[key] = execution
        execution.state = "COMPLETE"

    def _start(
        self,
        container: Mapping[str, Json],
        component: Mapping[str, Json],
        execution: Execution,
        path: tuple[str, ...],
    ) -> None:
        outputs = component.get("outputDefinitions", {})
        names = [*outputs.get("parameters", {}), *outputs.get("artifacts", {})]
        command = command_of(container, component, execution, {name: f"/out/{name}" for name in names})
        call = Call(path, container["image"], tuple(command))
        self.calls.append(call)
        kinds = {name: each["parameterType"] for name, each in outputs.get("parameters", {}).items()}
        execution.output_parameters = dict(self.act(call, kinds))
        execution.output_artifacts = {
            name: f"{self.store}/{'/'.join(path)}/{name}" for name in outputs.get("artifacts", {})
        }


def _key(container: Mapping[str, Json], component: Mapping[str, Json], execution: Execution) -> str:
    """What a result is found again by: ids of artifacts, not what they hold (`cacheutils/cache.go`)."""
    parts = [container, component.get("outputDefinitions"), execution.parameters, execution.artifacts]
    return json.dumps(parts, sort_keys=True)


def _is_exit(task: Mapping[str, Json]) -> bool:
    return bool(task.get("triggerPolicy", {}).get("strategy") == EXIT)


def _before(task: Mapping[str, Json]) -> set[str]:
    """What a task waits for: what it names, and whose outputs it reads."""
    inputs = task.get("inputs", {})
    sources = [*inputs.get("parameters", {}).values(), *inputs.get("artifacts", {}).values()]
    outputs = [source.get("taskOutputParameter") or source.get("taskOutputArtifact") for source in sources]
    return {*task.get("dependentTasks", []), *(output["producerTask"] for output in outputs if output)}


def _ordered(tasks: Mapping[str, Mapping[str, Json]]) -> Iterator[str]:
    """The tasks' names, each after those it waits for."""
    done: set[str] = set()
    while len(done) < len(tasks):
        ready = sorted(name for name in tasks.keys() - done if _before(tasks[name]) <= done)
        assert ready, "tasks wait for one another"
        yield from ready
        done.update(ready)


def _succeeded(dag: Execution, name: str) -> bool:
    return name in dag.tasks and dag.tasks[name].state == "COMPLETE"


def _hand_out(outputs: Mapping[str, Json], dag: Execution) -> None:
    for name, each in outputs.get("parameters", {}).items():
        chosen = (
            [each["valueFromParameter"]]
            if "valueFromParameter" in each
            else each["valueFromOneof"]["parameterSelectors"]
        )
        for one in chosen:
            if _succeeded(dag, one["producerSubtask"]):
                dag.output_parameters[name] = dag.tasks[one["producerSubtask"]].output_parameters[
                    one["outputParameterKey"]
                ]
                break
    for name, each in outputs.get("artifacts", {}).items():
        for one in each["artifactSelectors"]:
            if _succeeded(dag, one["producerSubtask"]):
                dag.output_artifacts[name] = dag.tasks[one["producerSubtask"]].output_artifacts[
                    one["outputArtifactKey"]
                ]
                break
