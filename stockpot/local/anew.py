"""Which steps of a run are taken anew, when it goes on from one that it has taken before."""

from stockpot.local.logs import steps_named
from stockpot.local.records import Run


def taken_anew(run: Run, step: str) -> frozenset[str]:
    """The ids of all tasks that a run takes anew from a step on: the step, and whatever comes after it.

    What comes after a part of the pipeline comes after each step in it.

    Raises:
        ConfigurationError: the run has no such step; near matches are named.
    """
    parents = {task.id: task.parent for task in run.tasks}
    anew: set[str] = set()
    more = set(steps_named(run, step))
    while more:
        anew |= more
        touched = anew | {above for each in anew for above in _around(each, parents)}
        more = {task.id for task in run.tasks if task.parent in anew or touched & {*task.after}} - anew
    return frozenset(anew)


def _around(task: str, parents: dict[str, str]) -> list[str]:
    """The ids of the parts of the pipeline that a task lies in."""
    found = []
    while task := parents.get(task, ""):
        found.append(task)
    return found
