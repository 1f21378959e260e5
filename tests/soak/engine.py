"""Steps in processes of their own, tried again as an engine does."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.shell.errors import StepError
from tests.components.load_iceberg.crowd import CONTEXT
from tests.components.load_iceberg.scene import Job, append_naively
from tests.soak.faults import Scene

# What an engine tries again; 14 too, for a run with the same key finds out what became of it.
_AGAIN = {75, 14, -9}
_TRIES = 100


def load(job: Job, rows: Path) -> None:
    """What a step does."""
    job.load(rows)


def append(job: Job, _rows: Path) -> None:
    """What the original does."""
    append_naively(job)


def work(step: Callable[[Job, Path], None], job: Job, rows: Path, environ: dict[str, str]) -> None:
    """The process of a step."""
    os.environ.update(environ)
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - what it says of faults is not what is looked at
    try:
        step(job, rows)
    except StepError as error:
        os._exit(error.exit_code)
    except Exception:  # noqa: BLE001 - the naive writer fails in many ways, and is tried again
        os._exit(75)


@dataclass
class Engine:
    """Runs steps as an engine does: again where that helps, and now and then twice at once."""

    scene: Scene
    environ: dict[str, str]
    step: Callable[[Job, Path], None] = load

    def run(self, job: Job, rows: Path) -> set[int]:
        """The exit codes of the last try, after as many as it took."""
        codes = {75}
        for _ in range(_TRIES):
            codes = self._once(job, rows)
            if not codes & _AGAIN:
                break
        return codes

    def _once(self, job: Job, rows: Path) -> set[int]:
        twins, self.scene.doubled = max(1, self.scene.doubled), 0
        processes: list[Any] = [
            CONTEXT.Process(target=work, args=(self.step, job, rows, self.environ), daemon=True) for _ in range(twins)
        ]
        with self.scene.lock:
            for process in processes:
                process.start()
            self.scene.processes = processes
        for process in processes:
            process.join()
        return {process.exitcode for process in processes}
