"""What a step may use is what its container has, and not what its machine has."""

from pathlib import Path

import pytest

from components.shell.control_group import engine_memory, processors
from components.shell.engine import engine

GIB = 1 << 30


def lay(group: Path, files: dict[str, str]) -> None:
    """Write the files of a control group."""
    for name, text in files.items():
        (group / name).parent.mkdir(exist_ok=True)
        (group / name).write_text(text)


@pytest.mark.parametrize(
    ("files", "most"),
    [
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "max 100000"}, 64),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        ({}, 64),
    ],
)
def test_threads_are_those_of_the_pod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], most: int
) -> None:
    """What a container may use, and not what its machine has."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(64))
    lay(tmp_path, files)
    assert processors(tmp_path) == most


@pytest.mark.parametrize(
    ("files", "memory"),
    [
        ({}, "1500MB"),
        ({"memory.max": "max"}, "1500MB"),
        ({"memory.max": str(3 * GIB)}, "1500MB"),
        ({"memory.max": str(12 * GIB)}, "5794MB"),
        ({"memory/memory.limit_in_bytes": str(12 * GIB)}, "5794MB"),
        # What older kernels say where nothing is limited.
        ({"memory/memory.limit_in_bytes": "9223372036854771712"}, "1500MB"),
    ],
)
def test_an_engine_takes_half_of_what_a_pod_has_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], memory: str
) -> None:
    """Beyond four gibibytes; in the pods of the manifests as they are, and on a laptop, it is as the step says."""
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 64 * GIB // 4096}.__getitem__)
    lay(tmp_path, files)
    assert engine_memory("1500MB", tmp_path) == memory


def test_the_engine_itself_is_held_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB says what it was given, as it rounds it; a step may ask for fewer threads."""
    monkeypatch.setattr("components.shell.control_group._limit", lambda _: 12 * GIB)
    monkeypatch.setattr("components.shell.engine.processors", lambda: 5)
    asked = "SELECT current_setting('memory_limit'), current_setting('threads')"
    for settings, threads in (({}, 5), ({"threads": 1}, 1)):
        with engine("2GB", **settings) as backend:
            found = backend.result(lambda connection: connection.execute(asked).fetchone())
        assert found == ("5.8 GiB", threads)
