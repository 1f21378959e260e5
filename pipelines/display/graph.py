"""A plan flattened to its steps: which step waits for which, and under what circumstances it runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipelines.compiler.ir import Dag, Pipeline, Task

Path = tuple[str, ...]
Needs = Mapping[Path, Sequence[Path]]


@dataclass(frozen=True)
class Step:
    """A container task: the names on the way to it, the steps it waits for, and what it depends on besides.

    `notes` name loops and conditions around it, outermost first; `at_exit` marks a step that runs however its scope
    ended.
    """

    path: Path
    needs: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    at_exit: bool = False

    @property
    def name(self) -> str:
        """The task's own name."""
        return self.path[-1]


def steps(pipeline: Pipeline) -> list[Step]:
    """All container tasks of the plan, each after those it waits for; needs that follow from others are left out."""
    found = list(_steps(pipeline.dag, (), (), (), at_exit=False))
    needs = reduced({step.path: step.needs for step in found})
    return [Step(step.path, tuple(needs[step.path]), step.notes, step.at_exit) for step in found]


def _steps(dag: Dag, path: Path, needs: tuple[Path, ...], notes: tuple[str, ...], *, at_exit: bool) -> Iterator[Step]:
    ends: dict[str, tuple[Path, ...]] = {}
    for task in dag.tasks:
        before = tuple(end for name in task.after for end in ends[name]) or needs
        around = (*notes, *_notes(task))
        inner = list(_task(task, path, before, around, at_exit=at_exit))
        # A task without any step in it hands its own needs on.
        ends[task.name] = _last(inner) or before
        yield from inner
        if task.on_exit is not None:
            yield from _task(task.on_exit, path, _last(inner), notes, at_exit=True)


def _task(task: Task, path: Path, needs: tuple[Path, ...], notes: tuple[str, ...], *, at_exit: bool) -> Iterator[Step]:
    here = (*path, task.name)
    if isinstance(task.component.body, Dag):
        yield from _steps(task.component.body, here, needs, notes, at_exit=at_exit)
    else:
        yield Step(here, needs, notes, at_exit)


def _last(steps_of_task: Sequence[Step]) -> tuple[Path, ...]:
    needed = {need for step in steps_of_task for need in step.needs}
    return tuple(step.path for step in steps_of_task if step.path not in needed)


def _notes(task: Task) -> Iterator[str]:
    if task.loop is not None:
        items = task.loop.items
        yield f"for each of {items}" if isinstance(items, str) else f"for each of {len(items)} items"
    if task.condition is not None:
        yield "under a condition"


def reduced(needs: Needs) -> dict[Path, list[Path]]:
    """The needs without those that follow from others: if c needs b and b needs a, then c need not name a."""
    reach: dict[Path, set[Path]] = {}
    for node in ordered(needs):
        reach[node] = {far for near in needs[node] for far in (near, *reach[near])}
    return {
        node: [need for need in dict.fromkeys(near) if not any(need in reach[other] for other in near)]
        for node, near in needs.items()
    }


def ordered(needs: Needs) -> list[Path]:
    """The nodes, each after all it needs, otherwise as they came.

    Raises:
        ValueError: the needs go round in a circle or name a node that is not there.
    """
    done: dict[Path, None] = {}
    waiting = list(needs)
    while waiting:
        ready = [node for node in waiting if all(need in done for need in needs[node])]
        if not ready:
            raise ValueError(f"the needs go round in a circle: {waiting}")
        done.update(dict.fromkeys(ready))
        waiting = [node for node in waiting if node not in done]
    return list(done)
