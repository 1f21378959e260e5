"""What the compiler's tests share: the fixtures, and plans that KFP did not write."""

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler import ir
from stockpot.compiler.reading import read_plan
from stockpot.compiler.tracing import kfp_documents

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="session")
def regenerate() -> bool:
    """Whether golden files are to be written (REGENERATE=1); never in CI, where nobody looks at the difference."""
    asked = bool(os.environ.get("REGENERATE"))
    if asked and os.environ.get("CI", "").lower() not in ("", "0", "false"):
        pytest.fail("golden files are not written in CI: do it at home and look at the difference")
    return asked


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of the fixtures."""
    return Path(__file__).parent / "fixtures"


@dsl.container_component
def _step(text: str, data: dsl.Output[dsl.Dataset], said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image="image", command=["run"], args=[text, data.path, said])


@dsl.pipeline(name="small")
def _small(text: str = "a"):
    _step(text=text)


@pytest.fixture(scope="session")
def small() -> dict[str, Any]:
    """The spec of a pipeline `small` with one task `step`."""
    return kfp_documents(_small)[0]


@pytest.fixture
def changed(small: dict[str, Any]) -> Callable[[Change], ir.Pipeline]:
    """Reads the small pipeline's plan after a change to its spec."""

    def read(change: Change) -> ir.Pipeline:
        spec = copy.deepcopy(small)
        change(spec)
        return read_plan([spec])

    return read
