"""What the tests of Kubeflow Pipelines share."""

import pytest

from stockpot.compiler.definitions import Plan, from_definition
from stockpot.definition import discover


@pytest.fixture(scope="package")
def plans() -> dict[str, Plan]:
    """The plans of our pipelines by name."""
    return {name: from_definition(each) for name, each in discover().items()}
