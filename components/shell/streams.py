"""What a process prints for people: legible, and its errors and logs without secrets."""

import sys
from typing import TextIO, cast

from components.shell.legible import guarded
from components.shell.redaction import Masked


def guard() -> None:
    """Put streams in place of stdout and stderr through which nothing else comes.

    On stderr that is true of logs, of tracebacks and of what libraries have to say.
    """
    sys.stdout = guarded(sys.stdout)
    sys.stderr = cast("TextIO", Masked(guarded(sys.stderr)))
