"""Great Expectations, without a third of its time to start: what it only loads in case is loaded once it is used."""

import importlib.util
import sys


def load_when_used(name: str) -> None:
    """Leave a module to be loaded by the first who takes something from it, unless it is loaded already."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


# For one expectation on distributions, which no rule of ours is put to.
load_when_used("scipy.stats")
# ruff: noqa: E402 - it has to come second
import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
from great_expectations.expectations.metrics.column_aggregate_metrics.column_distinct_values import (
    _coerce_scalar_to_datetime as coerce_to_datetime,
)

__all__ = ["DataContextConfig", "InMemoryStoreBackendDefaults", "coerce_to_datetime", "gx", "gxe"]
