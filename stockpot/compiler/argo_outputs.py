"""What tasks hand out on Argo, which keeps every output as the text that its step has written."""

from collections.abc import Callable, Iterable, Iterator

from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import quoted
from stockpot.compiler.argo_values import boolean_code, decimal_code, json_code
from stockpot.compiler.policies import speaks_codes
from stockpot.compiler.values import CHANNEL

SKIPPED = "\x1fskipped\x1f"
"""What a group of tasks hands out in place of the output of a task that its condition has skipped."""
TEXT = "\x1ftext\x1f"
"""What stands before a text that a loop gathers: Argo would read one that looks like JSON, and write it anew."""

# KFP reads the text by the output's type and writes the value anew.
_WRITTEN_ANEW: dict[str, Callable[[str], str]] = {
    "NUMBER_INTEGER": lambda code: f"toJson(int(trim({code})))",
    "NUMBER_DOUBLE": lambda code: decimal_code(f"float(trim({code}))"),
    "BOOLEAN": boolean_code,
    "LIST": lambda code: json_code(code, "array", "list"),
    "STRUCT": lambda code: json_code(code, "map", "object"),
}


def argo_name(name: str, beside: Iterable[str] = ()) -> str:
    """The name without the mark that KFP sets on what it hands into groups, unless that is taken."""
    short = name.removeprefix(CHANNEL)
    return name if short in set(beside) else short


def output_code(source: ir.TaskOutput, kind: str = "parameters") -> str:
    """The expression of a task's output; `kind` is `parameters` or `artifacts`."""
    return f"tasks[{quoted(source.task)}].outputs.{kind}[{quoted(argo_name(source.output))}]"


def output_tag(source: ir.TaskOutput, kind: str = "parameters") -> str:
    """The tag of a task's output."""
    return f"{{{{tasks.{source.task}.outputs.{kind}.{argo_name(source.output)}}}}}"


def kind_of(component: ir.Component, output: str) -> str:
    """The type of an output; of a loop inside, which hands out what it has gathered, that of the list."""
    return next(_writers(component, output))[1]


def value_code(code: str, component: ir.Component, output: str) -> str:
    """The expression of an output's value, as KFP writes it; steps of our own write it so themselves."""
    writers = list(_writers(component, output))
    kind = writers[0][1]
    if kind not in _WRITTEN_ANEW or all(container is None or speaks_codes(container) for container, _ in writers):
        return code
    return _WRITTEN_ANEW[kind](code)


def may_be_skipped(component: ir.Component, output: str) -> bool:
    """Whether a condition within decides if there is such an output; of `dsl.OneOf` there is always one."""
    if isinstance(component.body, ir.Container) or len(component.body.output_parameters[output].sources) > 1:
        return False
    task, inner = next(_makers(component.body, output))
    return task.condition is not None or (not task.loop and may_be_skipped(task.component, inner))


def _writers(component: ir.Component, output: str) -> Iterator[tuple[ir.Container | None, str]]:
    """The containers that may write an output, and the output's type there; of a loop no container does."""
    if isinstance(component.body, ir.Container):
        yield component.body, component.output_parameters[output]
        return
    for task, inner in _makers(component.body, output):
        yield from [(None, "LIST")] if task.loop else _writers(task.component, inner)


def _makers(dag: ir.Dag, output: str) -> Iterator[tuple[ir.Task, str]]:
    """The tasks within that may make an output, and how they call it."""
    tasks = {task.name: task for task in dag.tasks}
    for source in dag.output_parameters[output].sources:
        yield tasks[source.task], source.output
