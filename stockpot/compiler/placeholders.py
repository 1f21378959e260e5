"""The placeholders of KFP texts, such as `{{$.inputs.parameters['x']}}`, read into parts that an engine fills in."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from stockpot.compiler.errors import Location
from stockpot.compiler.go_json import decimal, go_json

Json: TypeAlias = Any


class RunProperty(StrEnum):
    """What a text may ask of the run it is used in."""

    NAME = "pipeline_job_name"
    RESOURCE_NAME = "pipeline_job_resource_name"
    ID = "pipeline_job_uuid"
    TASK_NAME = "pipeline_task_name"
    CREATED = "pipeline_job_create_time_utc"
    SCHEDULED = "pipeline_job_schedule_time_utc"


@dataclass(frozen=True)
class InputParameter:
    """The text of an input parameter."""

    name: str


@dataclass(frozen=True)
class InputPath:
    """The path of an input artifact."""

    name: str


@dataclass(frozen=True)
class OutputPath:
    """The path at which an output artifact is to be written."""

    name: str


@dataclass(frozen=True)
class InputUri:
    """The address of an input artifact."""

    name: str


@dataclass(frozen=True)
class OutputUri:
    """The address that an output artifact will have."""

    name: str


@dataclass(frozen=True)
class OutputFile:
    """The path of the file that is to hold an output parameter."""

    name: str


@dataclass(frozen=True)
class ExecutorInput:
    """All that KFP tells a Python component, as JSON; `escaped` as it stands within a JSON string."""

    escaped: bool = False


OfArtifact: TypeAlias = InputPath | OutputPath | InputUri | OutputUri
Part: TypeAlias = str | InputParameter | OfArtifact | OutputFile | RunProperty | ExecutorInput


@dataclass(frozen=True)
class Text:
    """A text whose parts are joined once each is known; a literal part is a plain string."""

    parts: tuple[Any, ...]

    @property
    def plain(self) -> str | None:
        """The finished text where every part is literal; None where one is filled in later."""
        return "".join(self.parts) if all(type(part) is str for part in self.parts) else None

    @property
    def inputs(self) -> list[str]:
        """The names of the input parameters within the text."""
        return [part.name for part in self.parts if isinstance(part, InputParameter)]

    def render(self, fill: Callable[[Any], str]) -> str:
        """The finished text; `fill` gives the text of every part that is not literal (RunProperty included)."""
        return "".join(part if type(part) is str else fill(part) for part in self.parts)


@dataclass(frozen=True)
class Concat:
    """Arguments joined into one."""

    items: tuple["Argument", ...]


@dataclass(frozen=True)
class IfPresent:
    """The arguments `then` when an input was given, else the arguments `otherwise`."""

    name: str
    then: tuple["Argument", ...]
    otherwise: tuple["Argument", ...]


Argument: TypeAlias = Text | Concat | IfPresent

WORKSPACE = "/kfp-workspace"
"""Where a run's workspace is found, in all of its steps."""

_PLACEHOLDER = re.compile(r"\{\{\$(.*?)\}\}", re.DOTALL)
_NAMED = re.compile(r"\.(inputs|outputs)\.(parameters|artifacts)\[(['\"])(.*?)\3\](\.[a-z_]+)?")
_NAMED_PARTS: dict[tuple[str, str, str | None], Callable[[str], Part]] = {
    ("inputs", "parameters", None): InputParameter,
    ("inputs", "artifacts", ".path"): InputPath,
    ("outputs", "artifacts", ".path"): OutputPath,
    ("inputs", "artifacts", ".uri"): InputUri,
    ("outputs", "artifacts", ".uri"): OutputUri,
    ("outputs", "parameters", ".output_file"): OutputFile,
}
_WHOLE = {"": ExecutorInput(), ".json_escape[1]": ExecutorInput(escaped=True)}


def reads_executor_input(texts: Iterable[str]) -> bool:
    """Whether any of the texts of a command has the executor input in it."""
    return any(f"{{{{${inner}}}}}" in text for text in texts for inner in _WHOLE)


def parse_text(text: str, location: Location, *, program: bool = False) -> Text:
    """The parts of `text`.

    Where the text is of a command that holds somebody's `program`, other words that look like placeholders stay words,
    as in KFP.

    Raises:
        UnsupportedError: a placeholder is none of those that every engine can fill in.
    """
    parts: list[Part] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [text[end : match.start()], _part(match, location, program=program)]
        end = match.end()
    return Text(tuple(part for part in [*parts, text[end:]] if part != ""))


def _part(match: re.Match[str], location: Location, *, program: bool) -> Part:
    inner = match[1]
    if inner in _WHOLE:
        return _WHOLE[inner]
    if inner == ".workspace_path":
        return WORKSPACE
    if inner[1:] in list(RunProperty):
        return RunProperty(inner[1:])
    named = _NAMED.fullmatch(inner)
    make = _NAMED_PARTS.get((named[1], named[2], named[5])) if named else None
    if named and make:
        return make(named[4])
    if program and not named:
        return match[0]
    advice = "make it a Python component, which is told all of an artifact" if ".artifacts[" in inner else ""
    return location.unsupported(f"the placeholder {{{{${inner}}}}}", advice)


def parse_argument(text: str, location: Location, *, program: bool = False) -> Argument:
    """The argument that `text` stands for; KFP writes IfPresent and Concat as JSON. For `program` see `parse_text`."""
    if text.startswith(('{"IfPresent":', '{"Concat":')):
        return _structured(json.loads(text), location)
    return parse_text(text, location, program=program)


def _structured(element: Json, location: Location) -> Argument:
    match element:
        case str():
            return parse_text(element, location)
        case {"Concat": list(items), **rest} if not rest and all(isinstance(item, str) for item in items):
            return parse_text("".join(items), location)
        case {"Concat": list(items), **rest} if not rest:
            return Concat(tuple(_structured(item, location) for item in items))
        case {"IfPresent": {"InputName": str(name), "Then": then, **rest}} if rest.keys() <= {"Else"}:
            return IfPresent(name, _several(then, location), _several(rest.get("Else", []), location))
    return location.unsupported(f"the argument {json.dumps(element)[:80]}")


def _several(elements: Json, location: Location) -> tuple[Argument, ...]:
    return tuple(_structured(element, location) for element in (elements if isinstance(elements, list) else [elements]))


def expand(arguments: tuple[Argument, ...], present: Callable[[str], bool]) -> list[Text]:
    """The arguments as texts, with IfPresent and Concat decided by which inputs are `present`."""
    return [text for argument in arguments for text in _expanded(argument, present)]


def _expanded(argument: Argument, present: Callable[[str], bool]) -> Iterator[Text]:
    match argument:
        case Text():
            yield argument
        case Concat(items):
            yield Text(tuple(part for text in expand(items, present) for part in text.parts))
        case IfPresent(name, then, otherwise):
            yield from expand(then if present(name) else otherwise, present)


def parts_of(argument: Argument) -> Iterator[Part]:
    """Every part that stands anywhere in the argument, an IfPresent's input included."""
    match argument:
        case Text(parts):
            yield from parts
        case Concat(items):
            for item in items:
                yield from parts_of(item)
        case IfPresent(name, then, otherwise):
            yield InputParameter(name)
            for item in (*then, *otherwise):
                yield from parts_of(item)


def text_of(value: Json) -> str:
    """How a parameter's value is written into a text, in every engine: JSON of Go's, with a bare string as it is.

    A fraction by itself has all its digits and no exponent, as in KFP (`PbValueToText` in its `converter.go`). A whole
    number by itself has all 64 bits, where KFP has a double's.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return decimal(value)
    return go_json(value) if isinstance(value, list | dict) else json.dumps(value)
