"""Values, texts and conditions of the plan in Argo's two notations: `{{tag}}` and `{{=expression}}`."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import carried, carried_code, quoted, read_code, without_tags
from stockpot.compiler.argo_outputs import SKIPPED, TEXT, output_code, value_code
from stockpot.compiler.argo_values import boolean_code, entry_code
from stockpot.compiler.conditions import (
    Comparison,
    Condition,
    Every,
    Literal,
    Not,
    Operand,
    Reference,
    Some,
    comparison_kind,
)
from stockpot.compiler.errors import Location
from stockpot.compiler.placeholders import Json, RunProperty, Text, text_of

CREATED = "workflow.creationTimestamp.RFC3339"
SCHEDULED = "workflow.scheduledTime"
_RUN = {
    RunProperty.NAME: "workflow.name",
    RunProperty.RESOURCE_NAME: "workflow.name",
    RunProperty.ID: "workflow.uid",
    RunProperty.CREATED: CREATED,
}
# The workflow's parameter that holds what a schedule knows; no parameter of KFP's can have a hyphen.
SCHEDULED_TIME = "scheduled-time"
_LARGEST = 2**63
# What is made of an item that Argo has gathered as a text.
_CONVERSIONS = {
    "NUMBER_INTEGER": "int(trim(#))",
    "NUMBER_DOUBLE": "float(trim(#))",
    "BOOLEAN": f'{boolean_code("#")} == "true"',
    "LIST": 'type(#) == "string" ? fromJSON(#) : #',
    "STRUCT": 'type(#) == "string" ? fromJSON(#) : #',
}

# Argo quotes the list of failed nodes the way Go does, which differs from JSON in `\x7f` and `\U...`. Of the nodes,
# only those are told of that say something new: not the nodes around one that failed, nor an attempt `step(0)` after
# which another one succeeded, for then `step` itself did not fail. The first to fail comes first.
_FAILED = (
    r'let nodes = fromJSON(fromJSON(replace(replace(workflow.failures, "\\x", "\\u00"), "\\U", "\\u"))) ?? []; '
    r"let names = map(nodes, #.displayName); let failed = map(sortBy(filter(nodes, "
    r"""not (#.message matches "^$|^child '|^No more retries|^retryStrategy[.]expression") && """
    r'split(#.displayName, "(")[0] in names), "finishedAt"), '
    r'({"displayName": split(#.displayName, "(")[0], "message": trim(#.message), "podName": #.podName})); '
)


@dataclass(frozen=True)
class Scope:
    """What surrounds a task, as Argo calls it: the inputs that are there, by KFP's name.

    An optional input that is not given stands neither in `parameters` nor in `artifacts`. `doubtful` are parameters of
    which only the run will know whether they are given; they are empty when not. `scheduled` is Argo's name for the
    time a run was scheduled for, where that is not handed on as a parameter yet. `origin` is where Argo keeps the
    parameters of the run itself, which are as they were given; in all templates below they are inputs, as they are
    carried. Of the run's parameters those in `late` hold tags by default, which Argo fills in later. `beside` are the
    tasks of the same DAG, by name, which a task may ask for outputs. `ended` is the one among them that has ended in
    whatever way, where that is what is waited for. `kept` are the keys of the artifacts that a pod makes, if it asks.
    """

    location: Location
    parameters: Mapping[str, str] = field(default_factory=dict)
    artifacts: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    scheduled: str = ""
    origin: str = ""
    late: frozenset[str] = frozenset()
    beside: Mapping[str, ir.Task] = field(default_factory=dict)
    ended: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)


def default_text(value: ir.Constant | ir.RunValue | ir.Template, scope: Scope) -> str:
    """The default of a parameter of the run, in which Argo itself fills in what it knows of the run."""
    match value:
        case ir.Constant(constant):
            return _without_tags(text_of(constant), scope.location)
        case ir.RunValue(prop):
            return _run_tag(prop, scope)
        case ir.Template(Text(parts)):
            texts = (
                _without_tags(part, scope.location) if type(part) is str else default_text(part, scope)
                for part in parts
            )
            return "".join(texts)
    return tag(expression(value, scope))


def _without_tags(text: str, location: Location) -> str:
    if "{{" in text:
        location.unsupported(
            "a default with '{{' in it, which Argo would fill in", "read it from a file or the environment"
        )
    return text


def text(value: ir.Value, scope: Scope) -> str:
    """The value as it is carried, with a tag for what the run fills in."""
    match value:
        case ir.Constant(constant):
            return carried(text_of(constant))
        case ir.ComponentInput(name, None) if name not in scope.parameters:
            return ""
        case ir.ComponentInput(name, None) if not scope.origin:
            return tag(input_code(name, scope))
        case ir.RunValue(prop):
            return _run_tag(prop, scope)
    return tag(carried_code(expression(value, scope)))


def tag(code: str) -> str:
    """The expression as a tag; two braces within would begin or end one. There are none in its texts: see `quoted`."""
    return "{{=" + re.sub(r"([{}])(?=\1)", r"\1 ", code) + "}}"


def json_tag(code: str) -> str:
    """What the expression gives as JSON, as a tag, with nothing in it that Argo would fill in."""
    return tag(without_tags(f"toJson({code})"))


def object_code(fields: Mapping[str, str]) -> str:
    """The expression of an object, whose fields are expressions."""
    return "{" + ", ".join(f"{quoted(name)}: {code}" for name, code in fields.items()) + "}"


def list_code(items: Iterable[str]) -> str:
    """The expression of a list of expressions."""
    return "[" + ", ".join(items) + "]"


def expression(value: ir.Value, scope: Scope) -> str:  # noqa: PLR0911 - one line per kind of value
    """The value as an expression; its result is a string."""
    match value:
        case ir.Constant(constant):
            return quoted(text_of(constant))
        case ir.ComponentInput(name) if name not in scope.parameters:
            return '""'
        case ir.ComponentInput(name, key):
            return _entry(input_code(name, scope) if scope.origin else read_code(input_code(name, scope)), key)
        case ir.TaskOutput(task, output, key):
            code = output_code(ir.TaskOutput(task, output))
            made_by = scope.beside.get(task)
            return _entry(code if made_by is None or made_by.loop else value_code(code, made_by.component, output), key)
        case ir.RunValue(prop):
            return _run(prop, scope) or _with_run(f"workflow.parameters[{quoted(SCHEDULED_TIME)}]")
        case ir.FinalStatus(task):
            return f"({_final_status(task)})" if scope.origin == "workflow.parameters" else _part_status(task)
        case ir.Template(Text() as template):
            return _joined(template, scope)
        case ir.Template(template):
            return f"toJson({_structure(template, scope)})"


def input_code(name: str, scope: Scope) -> str:
    """The expression of an input as Argo keeps it: carried, but for the parameters of the run itself."""
    code = f"{scope.origin or 'inputs.parameters'}[{quoted(scope.parameters[name])}]"
    return _with_run(code) if name in scope.late else code


def _with_run(code: str) -> str:
    """The expression of a parameter, which expressions find as it was given, with the tags that Argo fills in later."""
    for name in (*sorted(set(_RUN.values())), SCHEDULED):
        code = f'replace({code}, {quoted("{{" + name + "}}")}, {name} ?? "")'
    return code


def _entry(code: str, key: str | None) -> str:
    if key is None:
        return code
    return entry_code(code, key)


def _joined(template: Text, scope: Scope) -> str:
    parts = [quoted(part) if type(part) is str else expression(part, scope) for part in template.parts]
    return " + ".join(parts) or '""'


def _structure(value: Json, scope: Scope) -> str:
    if isinstance(value, Text):
        return _joined(value, scope)
    if isinstance(value, list):
        return list_code(_structure(item, scope) for item in value)
    if isinstance(value, dict):
        return object_code({key: _structure(item, scope) for key, item in sorted(value.items())})
    return json.dumps(value).replace("null", "nil")


def _run(prop: RunProperty, scope: Scope) -> str:
    """What Argo calls the property; nothing for the time a run was scheduled for, where that is a parameter."""
    if prop is RunProperty.SCHEDULED:
        return scope.scheduled
    return _RUN.get(prop) or scope.location.unsupported(f"{{{{$.{prop}}}}}")


def _run_tag(prop: RunProperty, scope: Scope) -> str:
    return f"{{{{{_run(prop, scope) or f'workflow.parameters.{SCHEDULED_TIME}'}}}}}"


def _final_status(task: str) -> str:
    """KFP's PipelineTaskFinalStatus; the message is the JSON list of what failed, as Argo tells it."""
    code = 'len(code) > 1 ? int(split(code[1], ")")[0]) : 1'
    return (
        f'{_FAILED}let code = split(len(failed) > 0 ? failed[0].message : "", "exit code "); '
        f'workflow.status == "Succeeded" ? {_status(task, "SUCCEEDED", "0")} '
        f": {_status(task, 'FAILED', code, 'toJson(failed)')}"
    )


def _part_status(task: str) -> str:
    """KFP's status of a part of the run that an exit handler guards; Argo tells no more than how it ended."""
    succeeded = f'tasks[{quoted(task)}].status == "Succeeded"'
    return f"({succeeded} ? {_status(task, 'SUCCEEDED', '0')} : {_status(task, 'FAILED', '1')})"


def _status(task: str, state: str, code: str, message: str = '""') -> str:
    run = f'"pipelineJobResourceName": workflow.name, "pipelineTaskName": {quoted(task)}'
    return f'toJson({{"state": "{state}", {run}, "error": {{"code": {code}, "message": {message}}}}})'


def condition_code(condition: Condition, value: Callable[[str], str]) -> str:
    """The condition as an expression; `value` gives the expression of a parameter by name."""
    match condition:
        case Comparison(left, sign, right):
            kind = comparison_kind(left, right)
            return f"{_operand(left, kind, value)} {sign} {_operand(right, kind, value)}"
        case Not(inner):
            return f"!({condition_code(inner, value)})"
        case Every(conditions):
            return " && ".join(f"({condition_code(inner, value)})" for inner in conditions)
        case Some(conditions):
            return " || ".join(f"({condition_code(inner, value)})" for inner in conditions)


def _operand(operand: Operand, kind: str, value: Callable[[str], str]) -> str:
    if isinstance(operand, Literal):
        if kind == "string":
            return quoted(text_of(operand.value))
        # A whole number may be larger than Argo's own are.
        large = kind == "number" and abs(float(operand.value)) >= _LARGEST
        return repr(float(operand.value)) if large else text_of(operand.value).lower()
    assert isinstance(operand, Reference)  # noqa: S101 - narrows the type
    code = value(operand.name)
    return {"number": f"asFloat({code})", "boolean": f'(lower(trim({code})) == "true")'}.get(kind, code)


def collected(code: str, kind: str, *, skipping: bool = False) -> str:
    """The expression of a list that Argo gathered from a loop, its items of KFP's type `kind`.

    Argo gathers texts, except where every one of them is a JSON list or object. A loop over nothing gathers nothing.
    Where a condition may skip what is gathered (`skipping`), nothing stands for what it skipped.
    """
    gathered = f'{code} ?? "[]"'
    items = f"filter(fromJSON({gathered}), # != {quoted(SKIPPED)})" if skipping else f"fromJSON({gathered})"
    item = _CONVERSIONS.get(kind, f"trimPrefix(#, {quoted(TEXT)})")
    return f"toJson(map({items}, {item}))"
