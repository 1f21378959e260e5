"""How a benchmark starts a step, with the packages of its own image, and what steps are compared with."""

import compileall
import subprocess
import sys
from functools import cache
from pathlib import Path

from stockpot.caches import cache as users_cache
from stockpot.local.environments import ensure
from stockpot.local.programs import installed
from stockpot.local.project import Project


@cache
def step_command(module: str) -> tuple[str, ...]:
    """The command of a step, such as `event_tables.commit`, less its flags; its environment is built if need be."""
    project = _compiled()
    environment = ensure(project, module.partition(".")[0])
    return str(environment.python), "-m", f"components.{module}"


@cache
def other(requirement: str) -> Path:
    """The Python of an environment of its own for what we are compared with, such as `dagster==1.13.29`."""
    place = users_cache() / "bench" / requirement
    python = place / "bin" / "python"
    if not (place / "complete").exists():
        uv = installed("uv", "uv is not installed", "run make setup")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, place], check=True)
        words = [uv, "pip", "install", "--quiet", "--python", python, requirement]
        subprocess.run(words, check=True)
        (place / "complete").touch()
    return python


@cache
def _compiled() -> Project:
    """The project, with the steps' code compiled, once."""
    project = Project()
    compileall.compile_dir(project.code / "components", quiet=1)
    return project
