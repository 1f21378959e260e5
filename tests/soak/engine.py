"""Steps in processes of their own, several at once, tried again as an engine does."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.shell.errors import StepError
from tests.components.load_iceberg.crowd import CONTEXT
from tests.soak.faults import Scene

Step = Callable[[], object]
# What an engine tries again; 14 too, for a run with the same key finds out what became of it.
_AGAIN = {75, 14, -9}
_TRIES = 100


def work(step: Step, environ: dict[str, str]) -> None:
    """The process of a step."""
    os.environ.update(environ)
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - what it says of faults is not what is looked at
    sys.stdout = sys.stderr
    try:
        step()
    except StepError as error:
        os._exit(error.exit_code)
    except Exception:  # noqa: BLE001 - the naive writer fails in many ways, and is tried again
        os._exit(75)


@dataclass
class Engine:
    """Runs steps as an engine does: again where that helps, and the first of them now and then twice at once."""

    scene: Scene
    environ: dict[str, str]

    def run(self, *steps: Step) -> set[int]:
        """The exit codes of the last try of each of these steps, which begin at once, after as many as it took."""
        waiting, ended = list(steps), set[int]()
        for _ in range(_TRIES):
            codes = self._once(waiting)
            ended |= {code for each in codes if not each & _AGAIN for code in each}
            waiting = [step for step, each in zip(waiting, codes, strict=True) if each & _AGAIN]
            if not waiting:
                return ended
        return ended | _AGAIN

    def _once(self, steps: list[Step]) -> list[set[int]]:
        twins, self.scene.doubled = max(1, self.scene.doubled), 0
        again = [steps[0]] * (twins - 1)
        processes: list[Any] = [
            CONTEXT.Process(target=work, args=(step, self.environ), daemon=True) for step in (*steps, *again)
        ]
        with self.scene.lock:
            for process in processes:
                process.start()
            self.scene.processes = processes
        for process in processes:
            process.join()
        codes = [{process.exitcode} for process in processes[: len(steps)]]
        codes[0] |= {process.exitcode for process in processes[len(steps) :]}
        return codes
