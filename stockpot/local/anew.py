"""Which steps of a run are taken anew, when it goes on from one that it has taken before."""

from collections.abc import Iterable

from components.shell.errors import ConfigurationError
from stockpot.local.logs import steps_named
from stockpot.local.records import Run, State


def taken_anew(run: Run, step: str) -> frozenset[str]:
    """The ids of all tasks that a run takes anew from a step on: the steps of that name, and whatever comes after them.

    Raises:
        ConfigurationError: the run has no such step; near matches are named.
    """
    return with_all_after(run, steps_named(run, step))


def with_all_after(run: Run, steps: Iterable[str]) -> frozenset[str]:
    """The ids of these steps and of whatever comes after them.

    What comes after a part of the pipeline comes after each step in it.
    """
    parents = {task.id: task.parent for task in run.tasks}
    anew: set[str] = set()
    more = set(steps)
    while more:
        anew |= more
        touched = anew | {above for each in anew for above in _around(each, parents)}
        more = {task.id for task in run.tasks if task.parent in anew or touched & {*task.after}} - anew
    return frozenset(anew)


def taken_alone(run: Run, step: str) -> frozenset[str]:
    """The ids of the steps of that name, which a run takes alone: all that they come after has ended well.

    Raises:
        ConfigurationError: the run has no such step, it is an exit handler, its condition did not hold, or something
            before it has not ended well.
    """
    chosen = frozenset(steps_named(run, step))
    tasks = {task.id: task for task in run.tasks}
    if any(tasks[each].exits for each in chosen):
        todo = f"it runs once the run goes on to its end: stockpot resume {run.id}"
        raise ConfigurationError(f"{step} is not taken alone", todo)
    parents = {task.id: task.parent for task in run.tasks}
    if any(tasks[one].state is State.SKIPPED for each in chosen for one in (each, *_around(each, parents))):
        todo = f"it runs where that holds: stockpot run {run.pipeline}, with other parameters"
        raise ConfigurationError(f"{step} is not taken alone: its condition did not hold in this run", todo)
    before = _before(run, chosen)
    if twice := chosen & before:
        what = f"{step} cannot be taken alone: {', '.join(sorted(twice))} of that name comes before another"
        raise ConfigurationError(what, "name one of them by its id")
    wanting = [name for name in before if tasks[name].state not in (State.SUCCEEDED, State.SKIPPED)]
    if wanting:
        what = f"{step} cannot be taken alone: {', '.join(sorted(wanting))} before it has not ended well"
        raise ConfigurationError(what, f"take that first: stockpot resume {run.id}")
    return chosen


def ended_alone(run: Run, steps: frozenset[str]) -> tuple[State, int, str]:
    """How a run stands of which these steps alone were taken, none of which failed: state, exit code and line.

    It has no end yet: what comes after them, and its exit handlers, are still to come.
    """
    missed = sorted(task.id for task in run.tasks if task.id in steps and task.state is not State.SUCCEEDED)
    if missed:
        what = f"{', '.join(missed)}: outputs or claims of the steps before are no longer there"
        error = ConfigurationError(what, f"stockpot resume {run.id}")
        return State.FAILED, error.exit_code, str(error)
    return State.INTERRUPTED, 0, f"only {', '.join(sorted(steps))} was taken anew; the run goes on with resume"


def _before(run: Run, steps: frozenset[str]) -> set[str]:
    """The ids of all that comes before steps, or before the parts of the pipeline that they lie in."""
    parents = {task.id: task.parent for task in run.tasks}
    after = {task.id: task.after for task in run.tasks}
    earlier: set[str] = set()
    more = {*steps}
    while more:
        around = {above for each in more for above in (each, *_around(each, parents))}
        more = {before for each in around for before in after.get(each, ())} - earlier
        earlier |= more
    return earlier & after.keys()


def _around(task: str, parents: dict[str, str]) -> list[str]:
    """The ids of the parts of the pipeline that a task lies in."""
    enclosing = []
    while task := parents.get(task, ""):
        enclosing.append(task)
    return enclosing
