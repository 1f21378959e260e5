"""Files of a new step or pipeline: all of them are there afterwards, or none."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template

from components.shell.errors import ConfigurationError, TransientError
from stockpot.scaffold.names import Name

_TEMPLATES = Path(__file__).with_name("templates")


def new_step(root: Path, name: Name) -> list[Path]:
    """The files written below `root`: interface, command, work, requirements with their lock, and a test.

    Raises:
        ConfigurationError: `root` is no working tree, or something of this name is there.
        TransientError: the requirements could not be locked.
    """
    step, values = name.python, {"step": name.python}
    _require_tree(root)
    folders = [root / parent / step for parent in ("components", "images", "tests/components")]
    _refuse_taken(root, folders)
    sources, image, tests = folders
    texts = {
        sources / "__init__.py": _text("package.py", values),
        sources / "component.py": _text("component.py", values),
        sources / "__main__.py": _text("main.py", values),
        sources / "compute.py": _text("compute.py", values),
        image / "requirements.in": _pinned(root, "pyarrow"),
        tests / f"test_{step}.py": _text("test.py", values),
    }
    try:
        for path, text in texts.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        _lock(root, step)
    except BaseException:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return [*texts, image / "requirements.txt"]


def new_pipeline(root: Path, name: Name) -> list[Path]:
    """The files written below `root`: a daily dataset, and its step `NAME_rows` where that is not there yet.

    Raises:
        ConfigurationError, TransientError: as `new_step`.
    """
    _require_tree(root)
    path, step = root / "pipelines" / f"{name.python}.py", Name(f"{name.python}_rows")
    _refuse_taken(root, [path])
    written = [] if (root / "components" / step.python).exists() else new_step(root, step)
    values = {"name": name.kebab, "function": name.python, "title": name.title, "step": step.python}
    path.write_text(_text("pipeline.py", values))
    return [path, *written]


def _require_tree(root: Path) -> None:
    if not (root / "images/Dockerfile").is_file() or not (root / "Makefile").is_file():
        raise ConfigurationError(f"{root} is no working tree of Stockpot", "clone it, and run make setup there")


def _refuse_taken(root: Path, paths: list[Path]) -> None:
    """Nothing, if there is neither a module nor a folder of these names: one would hide the other."""
    for path in paths:
        for candidate in (path.with_suffix(""), path.with_suffix(".py")):
            if candidate.exists():
                problem = f"there is {candidate.relative_to(root)} already"
                raise ConfigurationError(problem, "take another name, or remove it")


def _text(template: str, values: Mapping[str, str]) -> str:
    filled = Template((_TEMPLATES / f"{template}.tmpl").read_text()).substitute(values)
    return "\n\n".join(map(_in_order, filled.split("\n\n")))


def _in_order(paragraph: str) -> str:
    """The paragraph, its lines by module where all are imports: whose module comes first depends on the name."""
    lines = paragraph.split("\n")
    if not all(line.startswith("from ") for line in lines):
        return paragraph
    return "\n".join(sorted(lines, key=lambda line: line.split()[1]))


def _pinned(root: Path, package: str) -> str:
    """The requirement of a package in the version that the host has."""
    pin = re.search(rf"(?m)^{package}==[^\s;\\]+", (root / "locks/host.txt").read_text())
    if pin is None:
        raise ConfigurationError(f"locks/host.txt has no {package}", "run make locks")
    return f"{pin[0]}\n"


def _lock(root: Path, step: str) -> None:
    """Lock the requirements of this step and of no other."""
    # To make a blank parts two names, so it is told the way from here where there is one.
    environment = Path(sys.prefix)
    venv = environment.relative_to(root) if environment.is_relative_to(root) else environment
    command = ["make", "--silent", f"VENV={venv}", f"lock-of-{step}"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ConfigurationError("there is no make", "install it") from None
    if done.returncode:
        reason = " ".join(done.stderr.split())[-300:]
        raise TransientError(
            f"the requirements of {step} cannot be locked: {reason}", "check the network and try again"
        )
