"""How the process of a step starts."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN = "import gc, components, pyarrow; print(gc.get_threshold()[0], pyarrow.default_memory_pool().backend_name)"


def settings(*command: str) -> list[str]:
    """Threshold of Python's collector and Arrow's pool in a process with this command that imports `components`."""
    shown = [sys.executable, "-c", SHOWN, *command]
    return subprocess.run(shown, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def test_only_steps_keep_what_they_use_over_and_over() -> None:
    """Whoever imports the steps' code, such as the command or these tests, keeps the libraries' own settings."""
    assert settings("components.begin_run") == ["100000", "system"]
    assert settings("pytest") == ["700", "mimalloc"]
