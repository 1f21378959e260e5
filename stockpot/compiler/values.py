"""Where the inputs of tasks come from: reading KFP's bindings and making them direct."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar

from stockpot.compiler import ir
from stockpot.compiler.errors import Location
from stockpot.compiler.fields import Fields
from stockpot.compiler.go_json import double
from stockpot.compiler.placeholders import InputParameter, Json, RunProperty, Text, parse_text

_KEY = re.compile(r'parseJson\(string_value\)\["([^"\]]+)"\]')
S = TypeVar("S")
# What KFP sets before the names of values that it hands into groups.
CHANNEL = "pipelinechannel--"
_SUBVAR = "-subvar-"
_ITEM = "-loop-item"


def parameter_value(fields: Fields, location: Location) -> ir.Value:
    """The value that a binding of KFP names; constants still hold their placeholders as text."""
    key = _key(fields.take("parameterExpressionSelector", ""), location)
    if "componentInputParameter" in fields.left:
        return ir.ComponentInput(fields.take("componentInputParameter"), key)
    if "taskOutputParameter" in fields.left:
        output = fields.take("taskOutputParameter")
        return ir.TaskOutput(output["producerTask"], output["outputParameterKey"], key)
    if "taskFinalStatus" in fields.left:
        return ir.FinalStatus(fields.take("taskFinalStatus")["producerTask"])
    runtime = fields.inner("runtimeValue")
    constant = ir.Constant(whole_numbers(runtime.take_needed("constant")))
    runtime.close()
    return constant


def artifact_source(fields: Fields) -> ir.ArtifactSource:
    """The artifact that a binding of KFP names."""
    if "componentInputArtifact" in fields.left:
        return ir.ComponentInput(fields.take("componentInputArtifact"))
    output = fields.take_needed("taskOutputArtifact")
    return ir.TaskOutput(output["producerTask"], output["outputArtifactKey"])


def default_value(constant: Json, location: Location) -> ir.Constant | ir.RunValue | ir.Template:
    """What a parameter's default stands for: a constant, a property of the run, or text with such properties."""

    def unknown(name: str) -> ir.Value:
        location.unsupported(f"a default that refers to the parameter '{name}'")

    value = with_placeholders(ir.Constant(whole_numbers(constant)), unknown, location)
    assert isinstance(value, ir.Constant | ir.RunValue | ir.Template)  # noqa: S101 - narrows the type
    return value


def with_placeholders(value: ir.Value, sibling: Callable[[str], ir.Value], location: Location) -> ir.Value:
    """The value with the placeholders of a constant resolved; `sibling` gives the task's other inputs."""
    texts = list(_strings(value.value)) if isinstance(value, ir.Constant) else []
    if any("{{channel:" in text for text in texts):
        location.unsupported("a parameter that KFP left unresolved within a text", "hand the parameter over by itself")
    if not isinstance(value, ir.Constant) or not any("{{$" in text for text in texts):
        return value
    template = _template(value.value, sibling, location)
    if isinstance(template, Text) and template.plain is not None:
        return ir.Constant(template.plain)
    if isinstance(template, Text) and len(template.parts) == 1:
        only: ir.Value = template.parts[0]
        return only
    return ir.Template(template)


def _template(value: Json, sibling: Callable[[str], ir.Value], location: Location) -> Json:
    if isinstance(value, str):
        return Text(tuple(_resolved(part, sibling, location) for part in parse_text(value, location).parts))
    if isinstance(value, list):
        return [_template(item, sibling, location) for item in value]
    if isinstance(value, dict):
        return {key: _template(item, sibling, location) for key, item in value.items()}
    return value


def _resolved(part: Any, sibling: Callable[[str], ir.Value], location: Location) -> Any:
    if isinstance(part, RunProperty):
        return ir.RunValue(part)
    if isinstance(part, InputParameter):
        return sibling(part.name)
    if isinstance(part, str):
        return part
    return location.unsupported(f"{type(part).__name__} of '{part.name}' in a task's input")


def entry_of(name: str, declared: Collection[str]) -> tuple[str, str] | None:
    """A loop item and its key, where the name is that of an entry, `ITEM-subvar-KEY`; KFP often leaves it undeclared.

    Of a loop over an entry, what stands behind the mark is no key: the whole is the name of that loop's own item.
    """
    base, _, key = name.rpartition(_SUBVAR)
    return (base, key) if is_entry(name) and base in declared else None


def is_entry(name: str) -> bool:
    """Whether it is the name that KFP gives an entry of a loop item where groups hand it on."""
    return name.startswith(CHANNEL) and _SUBVAR in name and not name.endswith(_ITEM)


def direct(source: S, declared: Mapping[str, Any], location: Location) -> S | ir.ComponentInput:
    """The source with a loop item's entry as item and key."""
    if not isinstance(source, ir.ComponentInput) or (entry := entry_of(source.name, declared)) is None:
        return source
    if source.key is not None:
        location.unsupported(
            f"an entry '{source.key}' of the entry '{entry[1]}' of a loop item", "pass the struct on whole"
        )
    return ir.ComponentInput(*entry)


def sources_of(value: Any) -> Iterator[ir.ComponentInput | ir.TaskOutput]:
    """Every input and task output that the value is made of."""
    return (each for each in references_of(value) if not isinstance(each, ir.RunValue))


def references_of(value: Any) -> Iterator[ir.ComponentInput | ir.TaskOutput | ir.RunValue]:
    """Every input, task output and property of the run that the value is made of."""
    if isinstance(value, ir.ComponentInput | ir.TaskOutput | ir.RunValue):
        yield value
    elif isinstance(value, ir.Template):
        yield from references_of(value.value)
    elif isinstance(value, Text):
        for part in value.parts:
            yield from references_of(part)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from references_of(item)


def whole_numbers(value: Json) -> Json:
    """The value with 3.0 as 3: KFP's plans know only doubles. A whole number by itself keeps all of its digits."""
    if isinstance(value, list):
        return [_doubles(item) for item in value]
    if isinstance(value, dict):
        return {key: _doubles(item) for key, item in value.items()}
    return double(value) if isinstance(value, float) else value


def _doubles(value: Json) -> Json:
    return double(value) if isinstance(value, int) and not isinstance(value, bool) else whole_numbers(value)


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _key(selector: str, location: Location) -> str | None:
    if not selector:
        return None
    match = _KEY.fullmatch(selector)
    return match[1] if match else location.unsupported(f"the expression {selector}")
