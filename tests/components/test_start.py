"""How the process of a step starts."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def thresholds(*command: str) -> str:
    """The threshold of Python's collector in a process with this command, once it has imported `components`."""
    shown = "import gc, components; print(gc.get_threshold()[0])"
    done = subprocess.run([sys.executable, "-c", shown, *command], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_only_steps_look_for_garbage_less_often() -> None:
    """Whoever imports the steps' code, such as the command or these tests, keeps Python's own setting."""
    assert thresholds("components.migrate") == "100000"
    assert thresholds("pytest") == "700"
