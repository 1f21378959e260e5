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
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from components.shell.errors import ConfigurationError, TransientError
from stockpot.caches import cache
from stockpot.local.locks import exclusive
from stockpot.local.project import Project, can_be_written

# The names by which a step calls the interpreter of its environment.
PYTHONS = frozenset({"python", "python3", "python3.11"})
_NETWORK = ("error sending request", "Failed to fetch", "dns error", "timed out", "Connection", "tcp connect")


@dataclass(frozen=True)
class Environment:
    """A built environment: its interpreter, the hash of the lock it came from, and how long it took to build."""

    step: str
    python: Path
    lock_hash: str
    seconds: float = 0.0


def lock_hash(project: Project, step: str) -> str:
    """The hash of a step's lock and of the interpreter; the name of its environment.

    uv builds on the interpreter that a virtual environment was made from, so all checkouts on it share what is built.
    """
    digest = hashlib.sha256(project.lock(step).read_bytes())
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


def ensure(project: Project, step: str, building: Callable[[int], None] = lambda _packages: None) -> Environment:
    """The environment of a step's image, built where it is missing; `building` hears how many packages it gets.

    Raises:
        ConfigurationError: the lock cannot be installed.
        TransientError: the package index does not answer.
    """
    name = lock_hash(project, step)
    place = project.environments / name
    if _usable(place):
        return Environment(step, _python(place), name)
    project.environments.mkdir(parents=True, exist_ok=True)
    with exclusive(project.environments / f"{name}.lock"):
        if _usable(place):
            return Environment(step, _python(place), name)
        begin = time.monotonic()
        lock = project.lock(step)
        building(sum(1 for line in lock.read_text().splitlines() if line[:1].isalnum()))
        _build(project, step, place)
    return Environment(step, _python(place), name, time.monotonic() - begin)


def _python(place: Path) -> Path:
    return place / "bin" / "python"


def _usable(place: Path) -> bool:
    """An environment is complete once it has its name; its interpreter may have been removed since."""
    return _python(place).exists()


def _build(project: Project, step: str, place: Path) -> None:
    """Build beside the final name and rename at the end: an environment is there whole or not at all."""
    lock, python = project.lock(step), project.interpreter(step)
    shutil.rmtree(place, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        venv = ["venv", "--quiet", "--allow-existing", "--relocatable", "--python", python, str(part)]
        _uv(project, venv, f"no environment of Python {python}", "install that Python, or name an image of another one")
        if lock.read_text().strip():
            # Where Python may not write bytecode, importing Great Expectations would take 6 s instead of 2.
            options = ["--quiet", "--compile-bytecode", "--require-hashes", "--python", str(_python(part))]
            wrong = f"{lock} cannot be installed"
            _uv(project, ["pip", "sync", *options, str(lock)], wrong, "run make locks, or correct the lock")
        part.rename(place)
    finally:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(part)


def _uv(project: Project, arguments: list[str], wrong: str, todo: str) -> None:
    """Run uv; where it fails for another reason than the network, `wrong` and `todo` are what is said."""
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    if not can_be_written(cache()):
        environment.setdefault("UV_CACHE_DIR", str(project.environments.parent / "uv"))
    done = subprocess.run([_program(), *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    reason = " ".join(done.stderr.split())[-500:]
    if any(sign in reason for sign in _NETWORK):
        raise TransientError(f"the package index does not answer: {reason}", "check the network and run again")
    raise ConfigurationError(f"{wrong}: {reason}", todo)


def _program() -> str:
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise ConfigurationError("uv is not installed", "run make setup")
    return found
