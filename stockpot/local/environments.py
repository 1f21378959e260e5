"""One Python environment per image lock, built once and shared by all runs and homes."""

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from stockpot.caches import mark_used
from stockpot.compiler.lightweight import Installs
from stockpot.local.locks import exclusive_while, shared
from stockpot.local.project import Project
from stockpot.local.resolving import NOTHING, lock_of, pins
from stockpot.local.unwanted import refuse_unwanted
from stockpot.local.uv import uv

# The names by which a step calls the interpreter of its environment.
PYTHONS = frozenset({"python", "python3", "python3.11"})


@dataclass(frozen=True)
class Environment:
    """A built environment: its interpreter, the hash of the lock it came from, and how long it took to build."""

    step: str
    python: Path
    lock_hash: str
    seconds: float = 0.0


def lock_hash(project: Project, step: str, lock: Path | None = None) -> str:
    """The hash of a lock, by default the step's own, and of the interpreter; the name of its environment.

    Locks that differ in comments have one environment. uv builds on the interpreter that a virtual environment was made
    from, so all checkouts on it share what is built.
    """
    digest = hashlib.sha256("\n".join(pins((lock or project.lock(step)).read_text())).encode())
    digest.update(f"\0{sys.version}\0{sys.base_prefix}\0{Path(project.interpreter(step)).resolve()}".encode())
    return digest.hexdigest()[:32]


def machine(project: Project) -> str:
    """The Python that builds environments, and the platform for which compiled packages are chosen."""
    version = sys.version if project.python == Path(sys.executable) else _version(project.python)
    return "\0".join((version, str(project.python), sysconfig.get_platform(), *platform.libc_ver()))


@lru_cache
def _version(python: Path) -> str:
    command = [str(python), "-c", "import sys; print(sys.version)"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def ensure(
    project: Project,
    step: str,
    building: Callable[[int], None] = lambda _packages: None,
    installs: Installs = NOTHING,
) -> Environment:
    """The environment of a step's image, built where it is missing; `building` hears how many packages it gets.

    It holds what the image's lock holds, and what a component `installs`.

    Raises:
        ConfigurationError: the lock cannot be installed.
        TransientError: the package index does not answer.
    """
    lock = lock_of(project, step, installs)
    name = lock_hash(project, step, lock)
    directory = project.environments / name
    if _usable(directory):
        mark_used(directory)
        return Environment(step, _python(directory), name)
    project.environments.mkdir(parents=True, exist_ok=True)
    with exclusive_while(_lock(directory), refuse_unwanted):
        if _usable(directory):
            return Environment(step, _python(directory), name)
        begin = time.monotonic()
        building(sum(1 for line in lock.read_text().splitlines() if line[:1].isalnum()))
        _build(project, step, lock, directory, installs.indexes)
    return Environment(step, _python(directory), name, time.monotonic() - begin)


@contextlib.contextmanager
def in_use(environment: Environment) -> Iterator[None]:
    """While the block goes on nobody cleans the environment away, however long that is.

    Where its lock cannot be taken, nobody may clean there either.
    """
    directory = environment.python.parents[1]
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            stack.enter_context(shared(used_lock(directory)))
        try:
            yield
        finally:
            mark_used(directory)


def _lock(directory: Path) -> Path:
    """What who builds the environment holds alone."""
    return directory.with_name(f"{directory.name}.lock")


def used_lock(directory: Path) -> Path:
    """What those who use the environment hold together: another file, for they may have to build it anew meanwhile."""
    return directory.with_name(f"{directory.name}.used")


def _python(directory: Path) -> Path:
    return directory / "bin" / "python"


def _usable(directory: Path) -> bool:
    """An environment is complete once it has its name; its interpreter may have been removed since."""
    return _python(directory).exists()


def _build(project: Project, step: str, lock: Path, directory: Path, indexes: Sequence[str]) -> None:
    """Build beside the final name and rename at the end: an environment is there whole or not at all."""
    python = project.interpreter(step)
    shutil.rmtree(directory, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        venv = ["venv", "--quiet", "--allow-existing", "--relocatable", "--python", python, str(part)]
        uv(project, venv, f"no environment of Python {python}", "install that Python, or name an image of another one")
        if lock.read_text().strip():
            # Python keeps the bytecode of what it imports. Where it may not, all is compiled now, not at each start.
            compiled = ["--compile-bytecode"] if os.environ.get("PYTHONDONTWRITEBYTECODE") else []
            options = ["--quiet", *compiled, "--require-hashes", "--python", str(_python(part))]
            wrong = f"{lock} cannot be installed"
            uv(project, ["pip", "sync", *options, str(lock)], wrong, "run make locks, or correct the lock", indexes)
        part.rename(directory)
    finally:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(part)
