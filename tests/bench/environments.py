"""How a benchmark starts a step: with the packages of the step's own image, and compiled like there."""

import compileall
from functools import cache

from stockpot.local.environments import ensure
from stockpot.local.project import Project


@cache
def step_command(module: str) -> tuple[str, ...]:
    """The command of a step, such as `event_tables.commit`, less its flags; its environment is built if need be."""
    project = _compiled()
    environment = ensure(project, module.partition(".")[0])
    return str(environment.python), "-m", f"components.{module}"


@cache
def _compiled() -> Project:
    """The project, with the steps' code compiled, once."""
    project = Project()
    compileall.compile_dir(project.code / "components", quiet=1)
    return project
