"""The steps of a pipeline are seen while they run, and a measure without them is none."""

import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.bench import bench_shop
from tests.bench.bench_shop import Watch
from tests.bench.cost import Cost, run
from tests.harness.waiting import wait_for

# As `stockpot run` does: a step is a process of its own.
RUNNER = """
import subprocess, sys
sys.exit(subprocess.call([sys.executable, "-m", "components.waits"], cwd=sys.argv[1]))
"""
STEP = """
import pathlib, time
while not pathlib.Path("seen").exists():
    time.sleep(0.05)
"""


def test_a_step_of_a_measured_run_is_seen(tmp_path: Path) -> None:
    """Whatever processes stand between it and the benchmark."""
    (tmp_path / "components").mkdir()
    (tmp_path / "components/__init__.py").touch()
    (tmp_path / "components/waits.py").write_text(STEP)
    measured = threading.Thread(target=partial(run, [sys.executable, "-c", RUNNER, tmp_path]))
    with Watch() as watch:
        measured.start()
        try:
            wait_for(lambda: watch.found, 30)
        finally:
            (tmp_path / "seen").touch()
            measured.join()
    ((_, step),) = watch.found
    assert step == "waits"
    (((_, memory)),) = watch.found.values()
    assert memory >= 1


def test_a_pipeline_without_steps_that_are_seen_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It says that it measures them."""
    monkeypatch.setattr(bench_shop, "run", lambda *_, **__: Cost(1.0, 1.0, 1))
    with pytest.raises(SystemExit, match="none of the steps of timeseries was seen"):
        bench_shop.measured(tmp_path, "timeseries")
