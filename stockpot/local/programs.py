"""Programs that `make setup` installs beside Python."""

import shutil
import sys
from pathlib import Path

from components.shell.errors import ConfigurationError


def installed(name: str, absent: str, todo: str) -> str:
    """The path of a program: beside this Python, else where PATH finds it.

    Raises:
        ConfigurationError: it is nowhere; `absent` and `todo` are what is said.
    """
    beside = Path(sys.executable).parent / name
    path = str(beside) if beside.exists() else shutil.which(name)
    if path is None:
        raise ConfigurationError(absent, todo)
    return path
