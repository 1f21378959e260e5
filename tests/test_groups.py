"""Tests of one group share their servers, so one worker has to run them all."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

TESTS = """
import os
import pytest

GROUPS = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("one", "other")]

@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("number", range(6))
def test(group, number):
    with open("workers", "a") as told:
        told.write(f"{group} {os.environ['PYTEST_XDIST_WORKER']}\\n")
"""


def test_a_group_has_one_worker(tmp_path: Path) -> None:
    """pytest-xdist 3.8 writes a group where pytest 9.2 no longer looks, and then groups nothing without a word."""
    (tmp_path / "test_sample.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "3", "--dist", "loadgroup", "-p", "no:cacheprovider"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run(command, cwd=tmp_path, env=clean, check=True, capture_output=True, timeout=120)
    workers = defaultdict(list)
    for line in (tmp_path / "workers").read_text().splitlines():
        group, worker = line.split()
        workers[group].append(worker)
    assert {group: (len(each), len(set(each))) for group, each in workers.items()} == {"one": (6, 1), "other": (6, 1)}
