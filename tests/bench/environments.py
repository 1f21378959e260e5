"""How a benchmark starts a command of ours, a step with the packages of its own image, and what they are beside."""

import compileall
import subprocess
import sys
from functools import cache
from pathlib import Path

from stockpot import caches
from stockpot.local.environments import ensure
from stockpot.local.programs import installed
from stockpot.local.project import Project

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))


@cache
def step_command(module: str) -> tuple[str, ...]:
    """The command of a step, such as `event_tables.commit`, less its flags; its environment is built if need be."""
    project = _compiled()
    environment = ensure(project, module.partition(".")[0])
    return str(environment.python), "-m", f"components.{module}"


@cache
def other(requirement: str) -> Path | None:
    """The Python of an environment of its own for a peer, such as `dagster==1.13.29`; None where it cannot be had."""
    place = caches.cache() / "bench" / requirement
    python = place / "bin" / "python"
    if not (place / "complete").exists():
        uv = installed("uv", "uv is not installed", "run make setup")
        made = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, place]
        filled = [uv, "pip", "install", "--quiet", "--python", python, requirement]
        if any(subprocess.run(words, check=False).returncode for words in (made, filled)):
            return None
        (place / "complete").touch()
    return python


@cache
def _compiled() -> Project:
    """The project, with the steps' code compiled, once."""
    project = Project()
    compileall.compile_dir(project.code / "components", quiet=1)
    return project
