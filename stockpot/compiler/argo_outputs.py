"""What tasks hand out on Argo, which keeps every output as the text that its step has written."""

from collections.abc import Callable, Iterable

from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import quoted
from stockpot.compiler.argo_values import decimal_code, json_code
from stockpot.compiler.policies import speaks_codes
from stockpot.compiler.values import CHANNEL

SKIPPED = "\x1fskipped\x1f"
"""What a group of tasks hands out in place of the output of a task that its condition has skipped."""

# KFP reads the text by the output's type and writes the value anew.
_WRITTEN_ANEW: dict[str, Callable[[str], str]] = {
    "NUMBER_INTEGER": lambda code: f"toJson(int(trim({code})))",
    "NUMBER_DOUBLE": lambda code: decimal_code(f"float(trim({code}))"),
    "BOOLEAN": lambda code: f'(lower(trim({code})) == "true" ? "true" : "false")',
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
    return _source(component, output)[1]


def value_code(code: str, component: ir.Component, output: str) -> str:
    """The expression of an output's value, as KFP writes it; steps of our own write it so themselves."""
    container, kind = _source(component, output)
    if container is None or speaks_codes(container) or kind not in _WRITTEN_ANEW:
        return code
    return _WRITTEN_ANEW[kind](code)


def may_be_skipped(component: ir.Component, output: str) -> bool:
    """Whether a condition within decides if there is such an output; of `dsl.OneOf` there is always one."""
    if isinstance(component.body, ir.Container) or len(component.body.output_parameters[output].sources) > 1:
        return False
    task, inner = _maker(component.body, output)
    return task.condition is not None or (not task.loop and may_be_skipped(task.component, inner))


def _source(component: ir.Component, output: str) -> tuple[ir.Container | None, str]:
    """The container that writes an output, and the output's type there; of a loop no container does."""
    if isinstance(component.body, ir.Container):
        return component.body, component.output_parameters[output]
    task, inner = _maker(component.body, output)
    return (None, "LIST") if task.loop else _source(task.component, inner)


def _maker(dag: ir.Dag, output: str) -> tuple[ir.Task, str]:
    """The first task within that makes an output, and how it calls it."""
    source = dag.output_parameters[output].sources[0]
    return next(task for task in dag.tasks if task.name == source.task), source.output
