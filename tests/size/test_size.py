"""Tables that have grown for years are planned, read, filled and cared for in little memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.shell.names import CATALOG_PREFIX
from tests.harness.big import DAYS, FILES, make
from tests.harness.memory import measured, own_peak

LIMIT = 1024
"""MiB, which is what a pod of these steps has."""


def work(*arguments: str) -> dict[str, Any]:
    """What the process prints in the end."""
    command = [sys.executable, "-m", "tests.harness.big", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1000)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("snapshots", [50, pytest.param(2000, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])])
def test_thousands_of_files_and_snapshots_need_less_than_a_pod_has(
    catalog_env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshots: int
) -> None:
    """Plan, read, load, compaction's plan, orphans and expiry, in one process: all is found, below 1 GiB."""
    monkeypatch.setenv(f"{CATALOG_PREFIX}WAREHOUSE", f"file://{tmp_path}/warehouse")
    make(tmp_path, snapshots)
    found = work(str(tmp_path))
    assert found.pop("peak") < LIMIT
    assert found == {
        "receipts": snapshots,
        "parts": 2,
        "read": 3 * FILES // DAYS,
        "loaded": 3,
        "to be compacted": FILES + 1,
        # What the making has left: three descriptions of the table, and a file with its two manifests.
        "orphans": 6,
        "expired": {"expired": snapshots, "kept": 1},
        "rows": 3 * FILES + 3,
    }


def test_whoever_is_large_does_not_make_what_it_starts_large(tmp_path: Path) -> None:
    """This process holds 1,100 MiB for a moment, and what it starts then is told at its own size."""
    hoard = bytes(1100 << 20) + b"1"
    assert own_peak() > LIMIT
    nothing, cost = [sys.executable, "-c", "pass"], tmp_path / "cost"
    subprocess.run(measured(nothing, cost), check=True)
    assert json.loads(cost.read_text())["memory"] < 100
    tells = [sys.executable, "-c", "from tests.harness.memory import own_peak; print(own_peak())"]
    assert int(subprocess.run(tells, check=True, capture_output=True).stdout) < 100
    assert hoard[-1:] == b"1"


def test_whoever_holds_more_is_noticed() -> None:
    """The counter-test: a process that keeps 1,100 MiB is above."""
    assert work("hoard")["peak"] > LIMIT
