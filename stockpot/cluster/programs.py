"""The programs by which a cluster is spoken to, called here."""

import subprocess
from collections.abc import Sequence

from components.shell.errors import StepError, TransientError

_TIMEOUT = 60


def called(command: Sequence[str], missing: StepError, text: str = "") -> "subprocess.CompletedProcess[bytes]":
    """How the program ended that was given the text; where a configuration names no credentials, it asks in vain.

    Raises:
        StepError: `missing`, where there is no such program.
        TransientError: it has not ended within a minute.
    """
    try:
        return subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=_TIMEOUT)
    except FileNotFoundError:
        raise missing from None
    except subprocess.TimeoutExpired:
        raise TransientError("the cluster does not answer within a minute", "try again") from None


def last_line(said: bytes) -> str:
    """The last line of what a program has said on stderr."""
    lines = said.decode(errors="replace").strip().splitlines() or ["it says nothing"]
    return " ".join(lines[-1].split())
