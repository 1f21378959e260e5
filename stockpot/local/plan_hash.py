"""What tells a plan from another."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from stockpot.compiler import ir
from stockpot.compiler.placeholders import Json


def plan_hash(pipeline: ir.Pipeline) -> str:
    """The hash of a plan: all tasks with all that is said of them, whatever the order of keys, which KFP shuffles.

    What is as it is by default is left out, so that a later version that knows of more finds the plan unchanged.
    Whoever changes what is so by default renames the field.
    """
    return hashlib.sha256(_text(pipeline.root).encode()).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(_canonical(value), sort_keys=True)


def _canonical(value: Any) -> Json:
    """The value as JSON that tells its types apart."""
    if dataclasses.is_dataclass(value):
        fields = {each.name: getattr(value, each.name) for each in dataclasses.fields(value) if _is_said(value, each)}
        return {"": type(value).__name__, **{name: _canonical(each) for name, each in fields.items()}}
    if isinstance(value, Mapping):
        return {str(name): _canonical(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    return value


def _is_said(value: Any, field: dataclasses.Field[Any]) -> bool:
    """Whether the field is other than by default. As texts, for to Python 0 is False."""
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    elif field.default is not dataclasses.MISSING:
        default = field.default
    else:
        return True
    return _text(getattr(value, field.name)) != _text(default)
