"""How a step starts and ends: arguments in, exit code out, one clear line when it fails."""

import contextlib
import logging
import os
import re
import signal
import sys
import time
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from components.shell.arguments import parse
from components.shell.errors import StepError

log = logging.getLogger("step")

# Kubernetes shows what is written here beside the pod's exit code, and Argo hands it to the exit handler.
_TERMINATION_LOG = Path("/dev/termination-log")
_CREDENTIALS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/@]*@|(?P<key>(?:password|secret|token)[a-z_]*\s*[=:]\s*)[^\s,;]+",
    re.IGNORECASE,
)


def run(main: Callable[[Any], None]) -> NoReturn:
    """Run `main` on the arguments of this process and leave with the exit code of what happened.

    Logs and errors go to stderr, what a person asked to see to stdout. `main` has one annotated parameter, the
    dataclass of its arguments. An expected failure is one line; an unexpected one is too, unless STOCKPOT_DEBUG is
    set, which shows the traceback.
    """
    _start_log()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        (arguments,) = [hint for name, hint in typing.get_type_hints(main).items() if name != "return"]
        main(parse(arguments, sys.argv[1:]))
    except StepError as error:
        _leave(redact(str(error)), error.exit_code)
    except KeyboardInterrupt:
        _leave("interrupted", 130)
    except MemoryError:
        _leave("out of memory; give the step more or its input in smaller parts", 137)
    except Exception as error:  # the last line of defence: one line instead of a traceback
        if os.environ.get("STOCKPOT_DEBUG"):
            raise
        _leave(redact(f"{type(error).__name__}: {' '.join(str(error).split())[:600]}"), 1)
    sys.exit(0)


def redact(text: str) -> str:
    """The text without the credentials that a URL or a `password=…` pair may carry."""
    return _CREDENTIALS.sub(lambda match: f"{match['scheme']}***@" if match["scheme"] else f"{match['key']}***", text)


def _start_log() -> None:
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)sZ %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    logging.getLogger("pyiceberg").setLevel(logging.WARNING)


def _leave(message: str, code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.write(f"error: {message}\n")
    sys.stderr.flush()
    if _TERMINATION_LOG.exists():
        with contextlib.suppress(OSError):
            _TERMINATION_LOG.write_text(message[:1024])
    # Client libraries may hold threads that would outlive an ordinary exit.
    os._exit(code)


def _terminated(_signal: int, _frame: object) -> NoReturn:
    _leave("terminated", 143)
