"""What tells a plan from another."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from stockpot.compiler import ir
from stockpot.compiler.placeholders import Json


def plan_hash(pipeline: ir.Pipeline) -> str:
    """The hash of a plan: all tasks with all that is said of them, whatever the order of keys, which KFP shuffles."""
    return hashlib.sha256(json.dumps(_canonical(pipeline.root), sort_keys=True).encode()).hexdigest()


def _canonical(value: Any) -> Json:
    """The value as JSON that tells its types apart."""
    if dataclasses.is_dataclass(value):
        fields = {each.name: _canonical(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return {"": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(name): _canonical(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    return value
