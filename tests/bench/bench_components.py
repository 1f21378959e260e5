"""What a lightweight Python component costs beside its own process: at most 300 ms, with a warm environment.

A chain of components that hand a number on is run by the runner and by KFP's own `kfp.local.SubprocessRunner`. The same
program, `kfp.dsl.executor_main`, is started by hand as often; what a run takes longer is its own cost.
"""

import argparse
import builtins
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kfp import dsl, local

from stockpot.compiler.definitions import from_component
from tests.bench.bench_runner import by_runner
from tests.corpus.on_kfp_local import carried_out_where_called
from tests.harness.memory import own_peak

TARGET = 0.3
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


def main() -> None:
    """Print the figures and leave with 1 when a component costs more than its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    length = max(3, int(20 * parser.parse_args().scale))
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        by_runner(None, from_component(chain(_OURS, 1)).pipeline, root / "warm")
        pipeline = from_component(chain(_OURS, length)).pipeline
        bare = by_hand(length, root)
        rows = {"stockpot run": by_runner(None, pipeline, root / "home"), "kfp.local": by_kfp(length, root / "kfp")}
    print(f"{length} lightweight components one after the other; their processes by hand: {bare:.2f} s")
    for name, taken in rows.items():
        own = (taken - bare) / length
        print(f"{name:<14}{taken:>8.2f} s{own * 1000:>9.0f} ms of its own per component")
    print(f"peak memory of the runner: {own_peak()} MiB; target: at most {TARGET * 1000:.0f} ms per component")
    sys.exit(0 if (rows["stockpot run"] - bare) / length <= TARGET else 1)


if __name__ == "__main__":
    main()
