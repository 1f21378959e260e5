"""A plan flattened to its steps: which step waits for which, and under what circumstances it runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.pages.model import Step
from components.shell.counts import counted
from stockpot.compiler.ir import Dag, Pipeline, Task
from stockpot.compiler.values import CHANNEL

Path = tuple[str, ...]
Needs = Mapping[Path, Sequence[Path]]


@dataclass(frozen=True)
class Node:
    """A task in a tree of tasks: `children` is None for a step. `at_exit` marks a handler; `on_exit` is this task's."""

    name: str
    after: tuple[str, ...] = ()
    children: "tuple[Node, ...] | None" = None
    notes: tuple[str, ...] = ()
    on_exit: "Node | None" = None
    at_exit: bool = False


def steps(pipeline: Pipeline) -> list[Step]:
    """All container tasks of the plan, each after those it waits for; needs that follow from others are left out."""
    return flatten([_node(task) for task in pipeline.dag.tasks])


def _node(task: Task, *, at_exit: bool = False) -> Node:
    body = task.component.body
    children = tuple(_node(child, at_exit=at_exit) for child in body.tasks) if isinstance(body, Dag) else None
    on_exit = _node(task.on_exit, at_exit=True) if task.on_exit else None
    return Node(task.name, task.after, children, tuple(_notes(task)), on_exit, at_exit)


def _notes(task: Task) -> Iterator[str]:
    if task.loop is not None:
        items = task.loop.items
        yield (
            f"for each of {items.removeprefix(CHANNEL)}"
            if isinstance(items, str)
            else f"for each of {counted(len(items), 'item')}"
        )
    if task.condition is not None:
        yield "under a condition"


def flatten(nodes: Sequence[Node]) -> list[Step]:
    """The steps of a tree of tasks, with needs between steps instead of between tasks."""
    flat = list(_steps(nodes, (), (), ()))
    needs = reduced({step.path: step.needs for step in flat})
    return [Step(step.path, tuple(needs[step.path]), step.notes, step.at_exit) for step in flat]


def _steps(nodes: Sequence[Node], path: Path, needs: tuple[Path, ...], notes: tuple[str, ...]) -> Iterator[Step]:
    ends: dict[str, tuple[Path, ...]] = {}
    for node in _in_order(nodes):
        before = tuple(end for name in node.after for end in ends.get(name, ())) or needs
        inner = list(_inside(node, path, before, (*notes, *node.notes)))
        # A task without any step in it hands its own needs on.
        ends[node.name] = _last(inner) or before
        yield from inner
        if node.on_exit is not None:
            yield from _inside(node.on_exit, path, ends[node.name], notes)


def _inside(node: Node, path: Path, needs: tuple[Path, ...], notes: tuple[str, ...]) -> Iterator[Step]:
    here = (*path, node.name)
    if node.children is None:
        yield Step(here, needs, notes, node.at_exit)
    else:
        yield from _steps(node.children, here, needs, notes)


def _in_order(nodes: Sequence[Node]) -> list[Node]:
    """The nodes, each after those it names that are there."""
    by_path: dict[Path, Node] = {(node.name,): node for node in nodes}
    needs: Needs = {path: [(name,) for name in node.after if (name,) in by_path] for path, node in by_path.items()}
    return [by_path[path] for path in ordered(needs)]


def _last(steps_of_task: Sequence[Step]) -> tuple[Path, ...]:
    needed = {need for step in steps_of_task for need in step.needs}
    return tuple(step.path for step in steps_of_task if step.path not in needed)


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
