"""What a person gives a run: parameters in their types, and the instant it is about. All checked before it starts."""

import difflib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant, parse_instant
from components.shell.yaml_documents import yaml_documents
from stockpot.compiler import ir
from stockpot.compiler.placeholders import Json
from stockpot.local.values import RunFacts, Scope, coerce

# A clock that runs a little ahead is no reason to refuse a run.
_TOLERANCE = timedelta(seconds=60)
AS_OF = "as_of"
_NESTED = ("LIST", "STRUCT")


@dataclass(frozen=True)
class Start:
    """The facts of a run and the values of its parameters."""

    facts: RunFacts
    parameters: Mapping[str, Json]


def start(pipeline: ir.Pipeline, given: Mapping[str, Json], as_of: str | None, run_id: str, now: datetime) -> Start:
    """The parameters of a run: given ones in their types, and defaults with `as_of`, or now, as the scheduled time.

    Raises:
        ConfigurationError: a parameter is unknown, missing or of another type; `as_of` is malformed or in the future.
    """
    _known(pipeline, given)
    given = _with_as_of(pipeline, given, as_of)
    now = now.replace(microsecond=0)
    instant = now
    if given.get(AS_OF):
        instant = _instant(given[AS_OF], now)
        given = {**given, AS_OF: format_instant(instant)}
    facts = RunFacts(run_id, instant, now)
    scope = Scope(facts, {}, {})
    values = {}
    for name, parameter in pipeline.parameters.items():
        if given.get(name) is not None or (name in given and not parameter.optional):
            values[name] = _typed(parameter, given[name])
        elif parameter.default is not None:
            values[name] = coerce(scope.value(parameter.default, ""), parameter.kind, f"default of {name}")
        elif not parameter.optional:
            raise ConfigurationError(f"parameter {name} has no value", f"give one with --param {name}=…")
    return Start(facts, values)


def in_their_types(pipeline: ir.Pipeline, given: Mapping[str, Json]) -> Mapping[str, Json]:
    """Parameters that a run is given, in their types.

    Raises:
        ConfigurationError: one is unknown, or of another type; near matches are named.
    """
    _known(pipeline, given)
    typed = {name: _typed(pipeline.parameters[name], value) for name, value in given.items()}
    return {
        name: format_instant(parse_instant(str(value))) if name == AS_OF else value for name, value in typed.items()
    }


def _typed(parameter: ir.Parameter, value: Json) -> Json:
    label = f"parameter {parameter.name}"
    return coerce(_written(value, parameter.kind, label), parameter.kind, label)


def _written(value: Json, kind: str, label: str) -> Json:
    """What a person wrote as a list or a mapping: what is no JSON is YAML, as files have it."""
    if kind not in _NESTED or not isinstance(value, str):
        return value
    with suppress(ValueError):
        return json.loads(value)
    documents = yaml_documents(value.encode(), label)
    # JSON has neither dates nor keys that are numbers.
    return json.loads(json.dumps(documents[0], default=str)) if len(documents) == 1 else value


def _known(pipeline: ir.Pipeline, given: Mapping[str, Json]) -> None:
    for name in given:
        if name not in pipeline.parameters:
            near = difflib.get_close_matches(name, pipeline.parameters, n=1)
            known = f"known are {', '.join(pipeline.parameters)}" if pipeline.parameters else "it takes none"
            raise ConfigurationError(
                f"{pipeline.name} has no parameter '{name}'", f"did you mean '{near[0]}'?" if near else known
            )


def _with_as_of(pipeline: ir.Pipeline, given: Mapping[str, Json], as_of: str | None) -> Mapping[str, Json]:
    if as_of is None:
        return given
    if AS_OF not in pipeline.parameters:
        raise ConfigurationError(f"{pipeline.name} has no parameter '{AS_OF}'", "leave --as-of out")
    if given.get(AS_OF, as_of) != as_of:
        raise ConfigurationError("as_of is given twice and differently", "give it once")
    return {**given, AS_OF: as_of}


def _instant(text: Json, now: datetime) -> datetime:
    instant = parse_instant(str(text))
    if instant > now + _TOLERANCE:
        raise ConfigurationError(
            f"as_of {format_instant(instant)} lies in the future",
            f"what can be known ends now, at {format_instant(now)}",
        )
    return instant


def utc_now() -> datetime:
    """The present instant; the one place where a run asks for it."""
    return datetime.now(UTC)
