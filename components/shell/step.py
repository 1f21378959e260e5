"""How a step starts and ends: arguments in, exit code out, one clear line when it fails."""

import contextlib
import logging
import os
import signal
import sys
import time
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import NoReturn

from components.shell import streams
from components.shell.arguments import Main, parse
from components.shell.errors import StepError, TransientError
from components.shell.kubeflow import ON_KUBEFLOW
from components.shell.legible import legible
from components.shell.redaction import brief, redact

log = logging.getLogger("step")

# Kubernetes shows what is written here beside the pod's exit code, and Argo hands it to the exit handler.
_TERMINATION_LOG = Path("/dev/termination-log")
# What a step ends with that was asked to end.
TERMINATED = 143
# A full disk, a spent quota, a limit on the size of a file.
_NO_ROOM = (ENOSPC, EDQUOT, EFBIG)


def run(main: Main) -> NoReturn:
    """Run `main` on the arguments of this process and leave with the exit code of what happened.

    Logs and errors go to stderr, what a person asked to see to stdout. The keyword-only parameters of `main` are the
    flags. Every failure is one line; STOCKPOT_DEBUG shows the traceback of unexpected ones.
    """
    streams.guard()
    _start_log()
    signal.signal(signal.SIGTERM, _terminated)
    # A shell that starts a job in the background has it ignore Ctrl-C; whoever sends the signal means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if ON_KUBEFLOW in os.environ:
            _answer_as_before()
        main(**parse(main, sys.argv[1:]))
        _exit(0)
    except SystemExit:
        raise
    except BaseException as error:
        if os.environ.get("STOCKPOT_DEBUG") and not isinstance(error, StepError):
            raise
        _leave(*verdict(error))


def _answer_as_before() -> None:
    """Leave where an earlier try of this step has found that trying again is of no use; Kubeflow tries all again."""
    from components.shell.pods import earlier_verdict

    if failure := earlier_verdict():
        log.warning("an earlier try of this step has ended for good, so this one does nothing")
        _leave(failure.reason, failure.exit_code)


def verdict(error: BaseException) -> tuple[str, int]:
    """The line that reports `error`, legible and without secrets, and the exit code that stands for it."""
    line, code = _verdict(error)
    return legible(line), code


def _verdict(error: BaseException) -> tuple[str, int]:
    match error:
        case StepError():
            return redact(str(error)), error.exit_code
        case KeyboardInterrupt():
            return "interrupted", 130
        case MemoryError():
            return "out of memory - give the step more, or its input in smaller parts", 137
        case OSError() if error.errno in _NO_ROOM:
            return "no room left on the disk - give the step more, then try again", TransientError.exit_code
        case _:
            return f"{type(error).__name__}: {brief(error, 600)}", 1


def _start_log() -> None:
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)sZ %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    logging.getLogger("pyiceberg").setLevel(logging.WARNING)
    # They log every retry; what comes of them all is reported once, as an error.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


def _leave(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"error: {message}\n")
    if _TERMINATION_LOG.exists():
        # Kubeflow's launcher ends with 1 whatever the step ends with, so the code is part of what is said there.
        text = f"exit code {code}: {message}" if ON_KUBEFLOW in os.environ else message
        with contextlib.suppress(OSError):
            _TERMINATION_LOG.write_text(text[:1024])
    _exit(code)


def _exit(code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    # An ordinary exit takes its time over modules, and waits for threads that client libraries may hold.
    os._exit(code)


def _terminated(_signal: int, _frame: object) -> NoReturn:
    _leave("terminated", TERMINATED)
