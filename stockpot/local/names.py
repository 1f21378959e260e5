"""Short ids of tasks: a task's own name where it is the only one of that name, else the way to it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from stockpot.compiler import ir
from stockpot.compiler.values import sources_of
from stockpot.local.records import TaskRecord


def short_names(dag: ir.Dag) -> Mapping[tuple[str, ...], str]:
    """The short name of every task, by the names on the way to it."""
    paths = [path for path, _ in ir.walk(dag)]
    often = Counter(path[-1] for path in paths)
    return {path: path[-1] if often[path[-1]] == 1 else ".".join(path) for path in paths}


@dataclass(frozen=True)
class Position:
    """Where in a run a DAG stands: the names of the tasks around it and the iterations of the loops around it."""

    names: Mapping[tuple[str, ...], str]
    path: tuple[str, ...] = ()
    indexes: tuple[int, ...] = ()
    exits: bool = False
    parent: str = ""
    iterating: bool = False

    def id(self, task: ir.Task) -> str:
        """The task's id in the run, such as `check-quality` or, in a loop's third iteration, `score.2`."""
        return ".".join((self.names[(*self.path, task.name)], *map(str, self.indexes)))

    def inside(self, task: ir.Task) -> "Position":
        """The position of the DAG that is the task's body."""
        return replace(self, path=(*self.path, task.name), parent=self.id(task), iterating=False)

    def iteration(self, task: ir.Task, index: int) -> "Position":
        """The position of one iteration of a looped task."""
        return replace(self, indexes=(*self.indexes, index), parent=self.id(task), iterating=True)

    def record(self, task: ir.Task) -> TaskRecord:
        """The record of a task that waits."""
        body = task.component.body
        kind = "loop" if task.loop else "container" if isinstance(body, ir.Container) else "dag"
        after = () if self.iterating else sorted(_after(task))
        return TaskRecord(
            id=self.id(task),
            name=task.name,
            kind=kind,
            parent=self.parent,
            after=tuple(".".join((self.names[(*self.path, name)], *map(str, self.indexes))) for name in after),
            exits=self.exits,
            image=body.image if isinstance(body, ir.Container) else "",
            title=task.title,
        )


def _after(task: ir.Task) -> set[str]:
    read = (source for value in (*task.parameters.values(), *task.artifacts.values()) for source in sources_of(value))
    return {*task.after, *(source.task for source in read if isinstance(source, ir.TaskOutput))} - {task.name}


def foreseen(dag: ir.Dag, position: Position) -> Iterator[TaskRecord]:
    """The records of all tasks that are known before the run, in the order of the plan; what loops hold is not."""
    for task in dag.tasks:
        for each, task_position in ((task, position), (task.on_exit, replace(position, exits=True))):
            if each is None:
                continue
            yield task_position.record(each)
            if each.loop is None and isinstance(each.component.body, ir.Dag):
                yield from foreseen(each.component.body, task_position.inside(each))
