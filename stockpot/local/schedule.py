"""The order of things: DAGs, conditions, loops and exit handlers, down to the steps."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace

from components.shell.step import verdict
from stockpot.compiler import ir
from stockpot.compiler.conditions import evaluate
from stockpot.compiler.placeholders import Json
from stockpot.compiler.values import sources_of
from stockpot.local.context import Context, Failure
from stockpot.local.events import TaskSkipped
from stockpot.local.names import Position
from stockpot.local.records import State
from stockpot.local.starting import Step
from stockpot.local.steps import Result, now, run_step
from stockpot.local.values import AbsentError, Inputs, Outputs, Scope, coerce, each_of, inputs_of, loop_items

_WELL = (State.SUCCEEDED, State.SKIPPED)


def needs(task: ir.Task) -> set[str]:
    """The siblings that a task waits for, and those that its exit handler reads."""
    values = [*task.parameters.values(), *task.artifacts.values()]
    if task.on_exit:
        values += [*task.on_exit.parameters.values(), *task.on_exit.artifacts.values()]
    read = (source for value in values for source in sources_of(value))
    producers = {source.task for source in read if isinstance(source, ir.TaskOutput)}
    return {*task.after, *producers} - {task.name}


async def run_dag(context: Context, dag: ir.Dag, inputs: Inputs, position: Position) -> Result:
    """Run the tasks of a DAG, each as soon as what it needs is there; after a failure no new one starts."""
    scope = Scope(context.facts, inputs.parameters, inputs.artifacts)
    waiting = list(dag.tasks)
    running: dict[asyncio.Task[Result], ir.Task] = {}
    ended: list[Result] = []
    for task in dag.tasks:
        _announce(context, task, position)
    try:
        while waiting or running:
            if waiting and not (_may_go_on(context, ended, position) and (running or _ready(waiting, scope))):
                ended.append(_omit(context, waiting, position))
            for task in _ready(waiting, scope):
                waiting.remove(task)
                running[asyncio.create_task(run_task(context, task, scope, position))] = task
            if running:
                ended += await _first_ended(running, scope)
    finally:
        for left in running:
            left.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return _together(ended, _dag_outputs(dag, scope))


def _ready(waiting: Sequence[ir.Task], scope: Scope) -> list[ir.Task]:
    """The tasks that wait for nothing any more; where steps are taken alone there may be none."""
    return [task for task in waiting if needs(task) <= scope.results.keys()]


async def _first_ended(running: dict["asyncio.Task[Result]", ir.Task], scope: Scope) -> list[Result]:
    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    results = []
    for each in done:
        task = running.pop(each)
        result = each.result()
        results.append(result)
        if result.state in _WELL:
            scope.results[task.name] = result.outputs
    return results


def _may_go_on(context: Context, ended: Sequence[Result], position: Position) -> bool:
    stop = context.stop.insisted if position.exits else context.stop.asked
    # What is left out for a step that is taken alone keeps no other way to it closed.
    return not stop.is_set() and (bool(context.alone) or all(result.state in _WELL for result in ended))


def _omit(context: Context, waiting: list[ir.Task], position: Position) -> Result:
    for task in waiting:
        context.journal.update(position.id(task), state=State.OMITTED, reason=context.omitting)
        context.emit(TaskSkipped(position.id(task), context.omitting))
    waiting.clear()
    return Result(State.CANCELLED)


def _together(results: Sequence[Result], outputs: Outputs) -> Result:
    """The result of tasks taken together: the first failure, else stopped if one was, else their outputs."""
    failures = [result.failure for result in results if result.failure]
    if failures:
        return Result(State.FAILED, failure=failures[0])
    if any(result.state is State.CANCELLED for result in results):
        return Result(State.CANCELLED)
    return Result(State.SUCCEEDED, outputs)


async def run_task(context: Context, task: ir.Task, scope: Scope, position: Position) -> Result:
    """Run a task with its condition, loop and exit handler."""
    result = await _guarded(context, task, scope, position)
    if task.on_exit is None or context.alone:
        return result
    scope.statuses[task.name] = final_status(context, task, result)
    leaving = replace(position, exits=True)
    _announce(context, task.on_exit, leaving)
    # It may read what that task has handed out, and goes without it where that has failed.
    results = {**scope.results, task.name: result.outputs}
    after = await _guarded(context, task.on_exit, replace(scope, results=results), leaving)
    return after if result.state in _WELL and after.state not in _WELL else result


def final_status(context: Context, task: ir.Task, result: Result) -> Json:
    """How a guarded task ended, in the form of KFP's PipelineTaskFinalStatus."""
    states = {State.FAILED: "FAILED", State.CANCELLED: "CANCELLED"}
    error = {"code": 0, "message": ""}
    if result.failure:
        error = {"code": result.failure.exit_code, "message": f"{result.failure.task}: {result.failure.message}"}
    elif result.state is State.CANCELLED:
        error = {"code": 1, "message": "the run was stopped"}
    return {
        "state": states.get(result.state, "SUCCEEDED"),
        "pipelineJobResourceName": context.facts.id,
        "pipelineTaskName": task.name,
        "error": error,
    }


async def _guarded(context: Context, task: ir.Task, scope: Scope, position: Position) -> Result:
    """Run a task whose inputs are known; what is wrong with its inputs is its own failure."""
    try:
        inputs = inputs_of(task, scope)
        if task.condition and not evaluate(task.condition, lambda name: inputs.parameters.get(name, "")):
            return _skip(context, position.id(task))
        if task.loop:
            return await _run_loop(context, task, task.loop, inputs, position)
        return await _run_once(context, task, inputs, position)
    except Exception as error:  # noqa: BLE001 - what is wrong with one task must not keep exit handlers from running
        return _wrong(context, position.id(task), error)


def _wrong(context: Context, task_id: str, error: Exception) -> Result:
    message, code = verdict(error)
    context.journal.update(task_id, state=State.FAILED, exit_code=code, error=message, ended=now())
    return Result(State.FAILED, failure=Failure(task_id, code, message))


def _skip(context: Context, task_id: str) -> Result:
    context.journal.update(task_id, state=State.SKIPPED, reason="its condition does not hold")
    context.emit(TaskSkipped(task_id, "its condition does not hold"))
    return Result(State.SKIPPED)


async def _run_once(context: Context, task: ir.Task, inputs: Inputs, position: Position) -> Result:
    body = task.component.body
    if isinstance(body, ir.Container):
        return await run_step(context, Step(position.id(task), task, body, inputs, position.exits))
    context.journal.update(position.id(task), state=State.RUNNING, started=now())
    result = await run_dag(context, body, inputs, position.inside(task))
    return _finished(context, position.id(task), result)


async def _run_loop(context: Context, task: ir.Task, loop: ir.Loop, inputs: Inputs, position: Position) -> Result:
    """Run a task once per item, so many at a time as the plan allows; after a failure no new iteration starts."""
    items = loop_items(loop, inputs, task.name)
    context.journal.update(position.id(task), state=State.RUNNING, started=now())
    room = asyncio.Semaphore(loop.parallelism or max(len(items), 1))
    ended: list[Result] = []
    once = replace(task, loop=None, condition=None, on_exit=None)

    async def iterate(index: int, item: Json) -> Result:
        async with room:
            iteration = position.iteration(task, index)
            _announce(context, once, iteration)
            if _may_go_on(context, ended, position):
                result = await _iteration(context, once, (loop.item, item), inputs, iteration)
            else:
                result = _omit(context, [once], iteration)
            ended.append(result)
            return result

    outputs = [result.outputs for result in await _all([iterate(*each) for each in enumerate(items)])]
    return _finished(context, position.id(task), _together(ended, _collected(task.component, outputs)))


async def _all(iterations: Sequence[Coroutine[None, None, Result]]) -> list[Result]:
    """The results of all; if one raises, the others are cancelled first."""
    running = [asyncio.create_task(iteration) for iteration in iterations]
    try:
        return await asyncio.gather(*running)
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _iteration(
    context: Context, task: ir.Task, item: tuple[str, Json], inputs: Inputs, position: Position
) -> Result:
    name, value = item
    parameter = task.component.parameters.get(name)
    try:
        value = coerce(value, parameter.kind, f"{task.name}: item") if parameter else value
        if name in task.component.artifacts:
            given = Inputs(inputs.parameters, {**inputs.artifacts, name: value})
        else:
            given = Inputs({**inputs.parameters, name: value}, inputs.artifacts)
        return await _run_once(context, task, given, position)
    except Exception as error:  # noqa: BLE001 - whatever it is, the iteration failed by it
        return _wrong(context, position.id(task), error)


def _collected(component: ir.Component, iterations: Sequence[Outputs]) -> Outputs:
    """The outputs of a loop: the list of each over the iterations that handed it out; of artifacts one list for all.

    KFP knows no lists of lists of artifacts.
    """
    return Outputs(
        {
            name: [outputs.parameters[name] for outputs in iterations if name in outputs.parameters]
            for name in component.output_parameters
        },
        {
            name: [
                path for outputs in iterations if name in outputs.artifacts for path in each_of(outputs.artifacts[name])
            ]
            for name in component.output_artifacts
        },
    )


def _dag_outputs(dag: ir.Dag, scope: Scope) -> Outputs:
    parameters = {name: _first(output, scope) for name, output in dag.output_parameters.items()}
    artifacts = {name: _first(output, scope) for name, output in dag.output_artifacts.items()}
    return Outputs(
        {name: values[0] for name, values in parameters.items() if values},
        {name: values[0] for name, values in artifacts.items() if values},
    )


def _first(output: ir.Output, scope: Scope) -> list[Json]:
    """The value of the first source that has one, as a list of at most one."""
    for source in output.sources:
        if source.task in scope.results:
            try:
                return [scope.value(source, source.task)]
            except AbsentError:
                continue
    return []


def _finished(context: Context, task_id: str, result: Result) -> Result:
    error = f"{result.failure.task}: {result.failure.message}" if result.failure else ""
    context.journal.update(task_id, state=result.state, ended=now(), error=error)
    return result


def _announce(context: Context, task: ir.Task, position: Position) -> None:
    """Note a task as waiting, unless it was noted beforehand."""
    if context.journal.task(position.id(task)) is None:
        context.journal.note(position.record(task))
