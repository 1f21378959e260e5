"""How large the pods of steps are that compute: as a pipeline says, or a multiple of it."""

import copy
import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stockpot.compiler.definitions import Plan


class Size(StrEnum):
    """What a pipeline's data asks for: as it is written, 4 times as much, or 16 times."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


_TIMES = {Size.SMALL: 1, Size.MEDIUM: 4, Size.LARGE: 16}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|[kKMGTPE]i?)?")
# As texts, and as the numbers that older backends of KFP read.
_TEXTS = ("resourceCpuLimit", "resourceMemoryLimit", "resourceMemoryRequest")
_NUMBERS = ("cpuLimit", "memoryLimit", "memoryRequest")


def sized(plan: "Plan", size: Size) -> "Plan":
    """The plan with larger pods for its steps that compute.

    These are those that may use more than one processor: the others ask, record and plan, which takes as much for large
    data. Both the limit of processors and the memory are multiplied. What a run's parameter says stays as it is.
    """
    if size is Size.SMALL:
        return plan
    documents, times = copy.deepcopy(list(plan.documents)), _TIMES[size]
    for resources in _computing(documents[0]):
        for name in _TEXTS:
            if match := _QUANTITY.fullmatch(resources.get(name, "")):
                resources[name] = f"{Decimal(match[1]) * times:f}{match[2] or ''}"
        resources.update({name: resources[name] * times for name in _NUMBERS if name in resources})
    return plan.written_as(documents)


def _computing(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for executor in spec.get("deploymentSpec", {}).get("executors", {}).values():
        resources = executor.get("container", {}).get("resources", {})
        match = _QUANTITY.fullmatch(resources.get("resourceCpuLimit", ""))
        if match and Decimal(match[1]) / (1000 if match[2] == "m" else 1) > 1:
            yield resources
