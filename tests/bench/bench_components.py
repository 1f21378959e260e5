"""What a lightweight Python component costs beside its own process: at most 300 ms, with a warm environment.

A chain of components that hand a number on is run by the runner and by KFP's own `kfp.local.SubprocessRunner`. The same
program, `kfp.dsl.executor_main`, is started by hand as often; what a run takes longer is its own cost.
"""

import builtins
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kfp import dsl, local

from stockpot.compiler.definitions import from_component
from tests.bench.bench_runner import by_runner
from tests.bench.cost import Cost
from tests.bench.rows import Other, Row, most
from tests.corpus.on_kfp_local import carried_out_where_called
from tests.harness.memory import own_peak

SMALL = 0.15
TARGET = most(0.3, "seconds", scale=0)
IMAGE = "python:3.11"
MODULE = """
from kfp import dsl
from kfp.dsl import *
from typing import *

def more(number: int) -> int:
    return number + 1
"""


def more(number: int) -> int:
    """One more."""
    return number + 1


# Here an environment holds KFP; KFP's runner starts this Python, which has it, and is to install nothing.
_OURS = dsl.component(more, base_image=IMAGE)
_THEIRS = dsl.component(more, base_image=IMAGE, install_kfp_package=False)


def chain(component: Any, length: int) -> Any:
    """A pipeline of `length` components, each after the one before."""

    @dsl.pipeline(name="chain")
    def pipeline() -> int:
        number = 0
        for _ in range(length):
            task = component(number=number).set_caching_options(enable_caching=False)
            number = task.output
        return number

    return pipeline


def by_hand(length: int, root: Path) -> float:
    """Seconds that the bare processes take."""
    module, out = root / "ephemeral_component.py", root / "out"
    module.write_text(MODULE)
    told = {
        "inputs": {"parameterValues": {"number": 1}},
        "outputs": {
            "parameters": {"Output": {"outputFile": str(out / "number")}},
            "outputFile": str(out / "told.json"),
        },
    }
    words = [
        "--component_module_path",
        str(module),
        "--executor_input",
        json.dumps(told),
        "--function_to_execute",
        "more",
    ]
    # As KFP's command says it, so that `import kfp` brings what a component needs and no more.
    environment = {**os.environ, "_KFP_RUNTIME": "true"}
    command = [sys.executable, "-m", "kfp.dsl.executor_main", *words]
    begin = time.perf_counter()
    for _ in range(length):
        subprocess.run(command, check=True, capture_output=True, cwd=root, env=environment)
    return time.perf_counter() - begin


def by_kfp(length: int, root: Path) -> float:
    """Seconds that `kfp.local` takes for the same."""
    pipeline = chain(_THEIRS, length)
    with carried_out_where_called(local.SubprocessRunner(use_venv=False), root), patch.object(builtins, "print"):
        begin = time.perf_counter()
        assert pipeline().output == length
        return time.perf_counter() - begin


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """What the runner and KFP's own take longer than the processes, per component."""
    length = max(3, int(20 * scale))
    logging.disable(logging.INFO)
    by_runner(None, from_component(chain(_OURS, 1)).pipeline, scratch / "warm")
    pipeline = from_component(chain(_OURS, length)).pipeline
    bare = by_hand(length, scratch)
    ours = (by_runner(None, pipeline, scratch / "home") - bare) / length
    theirs = (by_kfp(length, scratch / "kfp") - bare) / length
    work = f"each of {length} lightweight components, beside its process of {bare / length:.2f} s"
    yield Row(work, Cost(ours, memory=own_peak()), Other("kfp.local", Cost(theirs)), targets=(TARGET,))
