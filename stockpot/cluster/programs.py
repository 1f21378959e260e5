"""The programs by which a cluster is spoken to, called here."""

import os
import selectors
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from components.shell.errors import StepError, TransientError
from stockpot.local.logs import ended_lines

_TIMEOUT = 60
# A program that prints goes on for as long as it likes; it is given up once it has been silent for so long.
_SILENCE = 60.0
_CHUNK = 1 << 16


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


def printed(command: Sequence[str], missing: StepError, failure: Callable[[str], Exception]) -> Iterator[bytes]:
    """The lines that the program prints, each once it has ended; no more than one is held, however many there are.

    Raises:
        StepError: `missing`, where there is no such program.
        TransientError: it was silent for a minute.
        Exception: what `failure` makes of its last line on stderr, where it ends badly.
    """
    rest, errors = bytearray(), b""
    with _running(command, missing) as process:
        for is_line, chunk in _chunks(process):
            if is_line:
                yield from ended_lines(rest, chunk)
            else:
                errors = (errors + chunk)[-_CHUNK:]
        if rest:
            yield bytes(rest)
        try:
            code = process.wait(_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise _silent() from None
    if code:
        raise failure(last_line(errors))


@contextmanager
def _running(command: Sequence[str], missing: StepError) -> "Iterator[subprocess.Popen[bytes]]":
    """The program as it runs; it ends with the block."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
    except FileNotFoundError:
        raise missing from None
    with process:
        try:
            yield process
        finally:
            process.kill()


def _chunks(process: "subprocess.Popen[bytes]") -> Iterator[tuple[bool, bytes]]:
    """What the program says as it says it, and whether it says it on stdout."""
    with selectors.DefaultSelector() as open_ones:
        for stream in (process.stdout, process.stderr):
            assert stream is not None  # noqa: S101 - both are pipes
            open_ones.register(stream, selectors.EVENT_READ)
        while open_ones.get_map():
            ready = open_ones.select(_SILENCE)
            if not ready:
                raise _silent()
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                if chunk:
                    yield key.fileobj is process.stdout, chunk
                else:
                    open_ones.unregister(key.fileobj)


def _silent() -> StepError:
    return TransientError("the cluster has said nothing for a minute", "try again")


def last_line(output: bytes) -> str:
    """The last line of what a program has said on stderr."""
    lines = output.decode(errors="replace").strip().splitlines() or ["it says nothing"]
    return " ".join(lines[-1].split())
