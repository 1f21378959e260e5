"""Locks of what lightweight components install: resolved once, with hashes, and kept beside the environments.

KFP's components call pip anew in every run. Here a version that was chosen once stays until the cache is emptied: the
next run is like this one, and needs no network.
"""

import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from components.shell.files import write_atomically
from stockpot.compiler.lightweight import Group, Installs
from stockpot.local.locks import exclusive_while
from stockpot.local.project import Project
from stockpot.local.unwanted import refuse_unwanted
from stockpot.local.uv import uv

NOTHING = Installs(())
_NAME = re.compile(r"[\w.-]+")
_OPTIONS = ("--quiet", "--no-header", "--no-annotate", "--generate-hashes", "--index-strategy", "unsafe-best-match")


def lock_of(project: Project, step: str, installs: Installs) -> Path:
    """The lock of a step's image with what a component installs; resolved where that was never done.

    Raises:
        ConfigurationError: there are no such packages, or not together.
        TransientError: the package index does not answer.
    """
    own = project.lock(step)
    if not installs.groups:
        return own
    parts = [own.read_text(), project.interpreter(step), sys.version, repr(installs)]
    name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    path = project.environments / f"{name}.txt"
    if not path.exists():
        with exclusive_while(project.environments / f"{name}.txt.lock", refuse_unwanted):
            if not path.exists():
                write_atomically(path, _resolved(project, step, installs).encode())
    return path


def _resolved(project: Project, step: str, installs: Installs) -> str:
    """The lock's text. What a later call of pip installs goes before what is there, as with pip."""
    entries = _entries(project.lock(step).read_text())
    for group in installs.groups:
        present = () if group.alone else tuple(entries.values())
        entries.update(_entries(_compiled(project, step, (*present, *group.requirements), group, installs.indexes)))
    return "".join(entries[name] for name in sorted(entries))


def _compiled(project: Project, step: str, requirements: Iterable[str], group: Group, indexes: Sequence[str]) -> str:
    alone = ("--no-deps",) if group.alone else ()
    with tempfile.TemporaryDirectory() as directory:
        requirements_file = Path(directory) / "requirements.in"
        requirements_file.write_text("\n".join(requirements) + "\n")
        command = ["pip", "compile", *_OPTIONS, *alone, "--python", project.interpreter(step), str(requirements_file)]
        wrong = f"{' '.join(group.requirements)} cannot be resolved"
        todo = "correct the component's packages_to_install, or take an image of another Python"
        return uv(project, command, wrong, todo, indexes)


def _entries(lock: str) -> dict[str, str]:
    """The lock's entries with their hashes, by the names of their packages."""
    entries: dict[str, str] = {}
    last = ""
    for line in pins(lock):
        if line[:1].isalnum():
            match = _NAME.match(line)
            last = re.sub(r"[-_.]+", "-", match[0] if match else line).lower()
        entries[last] = entries.get(last, "") + line + "\n" if line[:1].isspace() else line + "\n"
    return entries


def pins(lock: str) -> list[str]:
    """The lines of a lock that say what is installed, without comments."""
    return [line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")]
