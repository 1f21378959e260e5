"""One process of a step: started in a group of its own, watched, and ended with everything it started."""

import asyncio
import contextlib
import errno
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from components.shell.counts import counted
from components.shell.errors import ConfigurationError, TransientError
from stockpot.compiler.sizes import ARGUMENT, AS_FILE

_GRACE = 10.0
_LOOK = 0.25
NOT_FOUND = 127
# The words are too many; the machine has no process or no memory left, which passes.
_NOT_STARTED = {errno.E2BIG: ConfigurationError.exit_code} | dict.fromkeys(
    (errno.EAGAIN, errno.ENOMEM), TransientError.exit_code
)


@dataclass(frozen=True)
class Command:
    """What to run, with which environment, in which of its step's directories, and what it reads as its input."""

    words: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    timeout: float | None = None
    input: bytes = b""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (128 + signal when killed), and if the runner ended it, why.

    `timeout` is the time limit in seconds that it passed; `stopped`: the run was stopped. `by_runner`: the code is
    the runner's own, no program's.
    """

    exit_code: int
    timeout: float = 0.0
    stopped: bool = False
    by_runner: bool = False


class Stop:
    """The wish to stop: `asked` ends steps in order, `insisted` kills them and the exit handlers too."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()

    def ask(self) -> None:
        """Ask; asked twice, insist."""
        if self.asked.is_set():
            self.insisted.set()
        self.asked.set()


def refuse_unstartable(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Nothing, if the system can hand these words and variables to a program.

    Raises:
        ConfigurationError: one is too long, holds a NUL byte, or is no text.
    """
    named = [(f"argument {index}", word) for index, word in enumerate(words)]
    for label, text in (*named, *((f"variable {name}", f"{name}={value}") for name, value in environment.items())):
        try:
            length = len(os.fsencode(text))
        except UnicodeEncodeError:
            raise ConfigurationError(f"{label} of the command is no text", AS_FILE) from None
        if length > ARGUMENT:
            raise ConfigurationError(f"{label} has {counted(length, 'byte')}; the system takes {ARGUMENT:,}", AS_FILE)
        if "\0" in text:
            raise ConfigurationError(f"{label} holds a NUL byte, which no program can be given", AS_FILE)


async def execute(
    command: Command, stop: asyncio.Event, insisted: asyncio.Event, progress: Callable[[str], None]
) -> Ended:
    """Run a command to its end, its output in the files `stdout` and `stderr` of its directory."""
    work = command.directory / "work"
    with (command.directory / "stdout").open("wb") as out, (command.directory / "stderr").open("wb") as err:
        try:
            process = await asyncio.create_subprocess_exec(
                *bound_to_us(), *command.words, env=dict(command.environment), cwd=work,
                stdin=asyncio.subprocess.PIPE if command.input else asyncio.subprocess.DEVNULL,
                stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            err.write(f"error: {command.words[0]} cannot be started: {error.strerror}\n".encode())
            return Ended(not_started(error), by_runner=True)
    feeding = asyncio.ensure_future(_feed(process, command.input))
    try:
        return await _watch(process, command, stop, insisted, progress)
    finally:
        feeding.cancel()
        # Whatever happened, nothing that the step started may outlive it.
        signal_group(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())


async def _feed(process: asyncio.subprocess.Process, text: bytes) -> None:
    """Write the process its input; who ends without reading it has no need of it."""
    if process.stdin is not None:
        with contextlib.suppress(ConnectionError):
            process.stdin.write(text)
            await process.stdin.drain()
        process.stdin.close()


def progress_file(directory: Path) -> Path:
    """Where a step writes how far it is, as on Argo."""
    return directory / "work" / "progress"


def kill_leftovers(directory: Path) -> None:
    """Kill what a dead runner left behind in a step's directory. Processes are known by where they report progress.

    Every step is given that path, and none has it from its author, as a HOME may be.
    """
    path = str(progress_file(directory))
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("ARGO_PROGRESS_FILE") == path:
                process.kill()
                process.wait(_GRACE)


def ended(running: Callable[[], int | None], seconds: float) -> bool:
    """Whether a server ends within so many seconds. One that nobody has buried yet counts as ended."""
    deadline = time.monotonic() + seconds
    while running() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


async def _watch(
    process: asyncio.subprocess.Process,
    command: Command,
    stop: asyncio.Event,
    insisted: asyncio.Event,
    progress: Callable[[str], None],
) -> Ended:
    ending = asyncio.ensure_future(process.wait())
    stopping = asyncio.ensure_future(stop.wait())
    deadline = time.monotonic() + command.timeout if command.timeout else None
    try:
        while not ending.done() and not stopping.done() and not _passed(deadline):
            await asyncio.wait({ending, stopping}, timeout=_pause(deadline), return_when=asyncio.FIRST_COMPLETED)
            progress(reported(command.directory))
        if ending.done():
            return Ended(exit_code(ending.result()))
        await _terminate(process, insisted)
        code = exit_code(await ending)
        return Ended(code, stopped=True) if stopping.done() else Ended(code, timeout=command.timeout or 0.0)
    finally:
        stopping.cancel()
        ending.cancel()


async def _terminate(process: asyncio.subprocess.Process, insisted: asyncio.Event) -> None:
    """Ask the group to end and kill it when it does not, or at once when somebody insists."""
    signal_group(process.pid, signal.SIGTERM)
    waits = {asyncio.ensure_future(process.wait()), asyncio.ensure_future(insisted.wait())}
    await asyncio.wait(waits, timeout=_GRACE, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    signal_group(process.pid, signal.SIGKILL)


def reported(directory: Path) -> str:
    """What the step last wrote of its progress, empty as long as it has written nothing."""
    progress = progress_file(directory)
    with contextlib.suppress(OSError, UnicodeDecodeError):
        # A pipe in its place would be waited for.
        return progress.read_text() if progress.is_file() else ""
    return ""


def _passed(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _pause(deadline: float | None) -> float:
    return _LOOK if deadline is None else max(0.0, min(_LOOK, deadline - time.monotonic()))


def not_started(error: OSError) -> int:
    """The exit code of a program that cannot be started."""
    return _NOT_STARTED.get(error.errno or 0, NOT_FOUND)


def exit_code(code: int) -> int:
    """The exit code of a process as a shell has it: of one that a signal killed, 128 and the signal's number.

    Python gives such a signal as a negative number.
    """
    return code if code >= 0 else 128 - code


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a process group a signal, if it is still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def bound_to_us() -> list[str]:
    """Words before a command by which the kernel, on Linux, kills it when the runner dies, even by kill -9."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
