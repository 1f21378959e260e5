"""Whether a run may be gone on with, and with which parameters: those that change have their steps taken anew."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.shell.errors import ConfigurationError
from stockpot.compiler import ir
from stockpot.compiler.conditions import references
from stockpot.compiler.values import sources_of
from stockpot.local import recovery
from stockpot.local.anew import with_all_after
from stockpot.local.due import begun_by
from stockpot.local.names import Position, short_names
from stockpot.local.parameters import AS_OF, in_their_types
from stockpot.local.plan_hash import plan_hash
from stockpot.local.records import COMMAND, Run, State, run_directory

# What a step hands out that commits rows under the key of its run.
_RECEIPT = "receipt"
# How the ids of steps in loops end: in the numbers of the iterations.
_ITERATIONS = re.compile(r"(\.\d+)+$")


@dataclass(frozen=True)
class Overrides:
    """The parameters that a run goes on with instead of its own, and the files that some of them were read from."""

    given: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


AS_BEFORE = Overrides()
"""No other parameters."""


def gone_on_with(
    home: Path, run: Run, pipeline: ir.Pipeline, overrides: Overrides, named: str
) -> tuple[Run, frozenset[str]]:
    """The run with these parameters instead of its own, and the ids of the tasks that it takes anew for changes.

    `named` is the step that is taken anew in any case, if any.

    Raises:
        ConfigurationError: it is still running, or has succeeded and nothing is to be taken anew; its pipeline's
            definition has changed; it has no such parameter, or one that makes it another run.
    """
    if run.state is State.RUNNING:
        raise ConfigurationError(f"run {run.id} is still running", "wait for its end")
    values = in_their_types(pipeline, overrides.given)
    changed = {name for name, value in values.items() if value != run.parameters.get(name)}
    if run.state is State.SUCCEEDED and not (named or changed):
        todo = "there is nothing to resume; start a new run, or name the step to begin from with --from"
        raise ConfigurationError(f"run {run.id} has succeeded", todo)
    if run.plan != plan_hash(pipeline):
        raise ConfigurationError(
            f"the definition of {run.pipeline} has changed since run {run.id}",
            f"start a new run: {recovery.again(run)}",
        )
    if not changed:
        return run, frozenset()
    files = {name: file for name, file in run.files.items() if name not in overrides.given}
    again = dataclasses.replace(
        run,
        parameters={**run.parameters, **values},
        given={**run.given, **overrides.given},
        files={**files, **overrides.files},
    )
    anew = with_all_after(run, _taking(pipeline.dag, changed, Position(short_names(pipeline.dag))))
    directory = run_directory(home, run.id)
    _require_same_run(again, directory, _steps(run, directory, pipeline, anew), changed)
    return again, anew


def _taking(dag: ir.Dag, names: set[str], scope: Position) -> Iterator[str]:
    """The ids of what takes one of these inputs of the DAG: steps, and as a whole what is repeated, or run if at all.

    What stands in a part of the pipeline takes it under the name that it has there. Exit handlers run in any case.
    """
    for task in dag.tasks:
        taken = {
            inner
            for inner, value in task.parameters.items()
            if any(isinstance(source, ir.ComponentInput) and source.name in names for source in sources_of(value))
        }
        body = task.component.body
        asks = bool(task.loop) or bool(task.condition and taken & {*references(task.condition)})
        if taken and (asks or isinstance(body, ir.Container)):
            yield scope.id(task)
        elif taken and isinstance(body, ir.Dag):
            yield from _taking(body, taken, scope.inside(task))


def _require_same_run(again: Run, directory: Path, steps: Iterable[tuple[str, ir.Task]], changed: set[str]) -> None:
    """Nothing, if the run is about the same as before, and has committed nothing that these steps would make otherwise.

    Raises:
        ConfigurationError: what it is about, and so its key, may be another; or rows are committed under that key.
    """
    problem = f"run {again.id} cannot go on with another {', '.join(sorted(changed))}"
    as_of = str(again.parameters[AS_OF]) if AS_OF in changed else again.as_of
    todo = f"start a new run: {recovery.again(dataclasses.replace(again, as_of=as_of, exit_code=None))}"
    if AS_OF in changed:
        raise ConfigurationError(f"{problem}: that is what it is about", todo)
    for name, task in steps:
        if isinstance(task.component.body, ir.Container) and begun_by(task.component.body):
            raise ConfigurationError(f"{problem}: {name}, which says what the run is about, would be taken anew", todo)
        # Written before each try, and kept whatever becomes of the step's record.
        if _RECEIPT in task.component.output_artifacts and (directory / "steps" / name / COMMAND).exists():
            raise ConfigurationError(
                f"{problem}: {name} may have committed rows that were made with the one before", todo
            )


def _steps(run: Run, directory: Path, pipeline: ir.Pipeline, anew: frozenset[str]) -> Iterator[tuple[str, ir.Task]]:
    """The steps among these tasks, in loops each time, with what the plan says of them; no exit handlers.

    Of a loop that was to be taken anew and was not reached the run has no iterations; what they have left is there.
    """
    planned = {names[-1]: (names, task) for names, task in _planned(pipeline.dag, Position(short_names(pipeline.dag)))}
    tried = sorted(each.parent.name for each in (directory / "steps").glob(f"*/{COMMAND}"))
    for name in dict.fromkeys([*(each.id for each in run.tasks), *tried]):
        plain = _ITERATIONS.sub("", name)
        names, task = planned.get(plain, ((), None))
        if task and _is_among(anew, names, name.removeprefix(plain)):
            yield name, task


def _planned(dag: ir.Dag, scope: Position, around: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], ir.Task]]:
    """Each step that is no exit handler, with its name behind those of what it lies in; in loops without a number."""
    for task in dag.tasks:
        names, body = (*around, scope.id(task)), task.component.body
        if isinstance(body, ir.Container):
            yield names, task
        elif isinstance(body, ir.Dag):
            yield from _planned(body, scope.inside(task), names)


def _is_among(anew: frozenset[str], names: Iterable[str], numbers: str) -> bool:
    """Whether one of these, in the iterations of these numbers or around them, is among what is taken anew."""
    parts = numbers.split(".")
    ends = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return any(f"{name}{end}" in anew for name in names for end in ends)
