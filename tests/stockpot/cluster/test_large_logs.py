"""Logs that are large or come slowly: what is held of them, how long they are waited for. kubectl is a stand-in."""

import json
import tracemalloc
from pathlib import Path

import pytest

from components.shell.errors import TransientError
from stockpot.cluster import programs
from stockpot.cluster.kubectl import Kubectl
from stockpot.cluster.log_lines import LogQuery
from stockpot.cluster.logs import show_logs
from tests.stockpot.cluster.workflows import NAME, pod, workflow

CLUSTER = Kubectl("kitchen")
SAID = f"[pod/{NAME}-t-1/main] 2026-01-15T00:00:07Z"
# A limit on the whole request would end a long log in the middle.
KUBECTL = """#!/bin/sh
case "$*" in
  *"get workflows"*) cat {folder}/workflow.json ;;
  *"get pods"*) echo pod/{run}-t-1 ;;
  *--request-timeout*) echo "error: a log has no limit" >&2; exit 1 ;;
  *) {talk} ;;
esac
"""


@pytest.fixture
def lay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Lay":
    """Puts a kubectl on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Lay(tmp_path)


class Lay:
    """Lays a kubectl of a run with one pod."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, talk: str) -> None:
        """One that prints a log in that way."""
        told = workflow({**pod("cook"), "id": f"{NAME}-1"}, phase="Succeeded")
        (self._folder / "workflow.json").write_text(json.dumps(told))
        program = self._folder / "kubectl"
        program.write_text(KUBECTL.format(folder=self._folder, run=NAME, talk=talk))
        program.chmod(0o700)


def lines() -> list[str]:
    """What the pod says."""
    return [each.text for each in CLUSTER.log_lines(NAME, LogQuery(), pytest.fail)]


def test_a_large_log_is_told_line_by_line(lay: Lay) -> None:
    """Forty megabytes, of which a fraction is in memory at any time."""
    lay(f"yes '{SAID} {'soup ' * 400}' | head -n 20000")
    letters = 0

    def say(_: str, line: str) -> None:
        nonlocal letters
        letters += len(line)

    tracemalloc.start()
    try:
        show_logs(CLUSTER, NAME, "", say, pytest.fail)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert letters == 20_000 * 2000
    assert most < 4 << 20


def test_a_log_that_comes_slowly_is_waited_for(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes altogether; only silence is too much."""
    monkeypatch.setattr(programs, "_TIMEOUT", 3)
    monkeypatch.setattr(programs, "_SILENCE", 3.0)
    lay(f"for each in 1 2 3 4 5 6 7 8; do echo '{SAID}' $each; sleep 0.5; done")
    assert lines() == [*"12345678"]


def test_a_cluster_that_falls_silent_is_given_up(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has said by then was told; it can be tried again."""
    monkeypatch.setattr(programs, "_SILENCE", 1.0)
    lay(f"echo '{SAID} soup'; exec sleep 60")
    told = CLUSTER.log_lines(NAME, LogQuery(), pytest.fail)
    assert next(told).text == "soup"
    with pytest.raises(TransientError, match="has said nothing for a minute - try again"):
        next(told)


def test_a_program_is_ended_with_who_listens(lay: Lay, tmp_path: Path) -> None:
    """Nobody reads on in vain."""
    lay(f"echo $$ > {tmp_path}/pid; exec yes '{SAID} soup'")
    told = CLUSTER.log_lines(NAME, LogQuery(), pytest.fail)
    assert next(told).text == "soup"
    told.close()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_line_without_an_end_is_cut(lay: Lay) -> None:
    """What a progress bar draws for hours; what comes after it is told."""
    lay(f"printf '{SAID} '; head -c 5000000 /dev/zero | tr '\\0' x; echo; echo '{SAID} after'")
    cut, after = lines()
    assert after == "after"
    assert 1_000_000 < len(cut) < 1_100_000
    assert cut.endswith("x … (the rest of the line is left out)")
