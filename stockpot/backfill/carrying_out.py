"""Running intervals, each as a command of its own: oldest first, some of them side by side."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from components.iceberg.coverage import Span, overlaps
from components.shell.errors import SupersededError
from stockpot.backfill.intervals import Interval, State
from stockpot.local.processes import exit_code, not_started
from stockpot.local.signals import hears_of_terminal, leave_terminal
from stockpot.local.spelling import as_written

_STOCKPOT = (sys.executable, "-c", "from stockpot.cli import main; main()")
_LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Ended:
    """How the run of an interval ended: its name, exit code, and what went wrong.

    A run may be refused because more is known of a part of its interval; `unfilled` says that the rest is not there.
    """

    interval: Interval
    exit_code: int
    run: str = ""
    error: str = ""
    unfilled: bool = False

    @property
    def failed(self) -> bool:
        """Whether rows are missing; where somebody else has written the interval meanwhile, none are."""
        return self.unfilled or self.exit_code not in (0, SupersededError.exit_code)

    def __str__(self) -> str:
        """The end for people, such as `✓ [2026-01-01T03:00:00Z, 2026-01-02T03:00:00Z): run-1`."""
        if self.failed:
            return f"✗ {self.interval.span}: {self.error or f'exit {self.exit_code}'}"
        return f"✓ {self.interval.span}: {'somebody else has written it' if self.exit_code else self.run}"


@dataclass(frozen=True)
class Order:
    """How intervals are run: by which command, in which environment, how many at once; and who hears of it."""

    command: Callable[[Interval], Sequence[str]]
    at_once: int
    environ: Mapping[str, str]
    report: Callable[[str], None]


@dataclass(frozen=True)
class _Child:
    interval: Interval
    process: "subprocess.Popen[bytes]"
    out: IO[bytes]
    err: IO[bytes]


@dataclass
class _Crew:
    waiting: list[Interval]
    children: list[_Child] = field(default_factory=list)
    done: list[Ended] = field(default_factory=list)
    stopping: bool = False


@contextmanager
def handed_on(given: Mapping[str, str], from_files: Collection[str]) -> Iterator[dict[str, str]]:
    """The parameters in the form in which runs take them, for the time of a block.

    A command line is everybody's to see. So what was read `from_files` lies in files that we alone may read, as it was
    read once.
    """
    with tempfile.TemporaryDirectory(prefix="backfill-") as directory:
        # By number, for what somebody calls a parameter may be a path.
        files = {name: Path(directory) / str(number) for number, name in enumerate(from_files)}
        for name, file in files.items():
            file.touch(mode=0o600)
            file.write_bytes(given[name].encode())
        yield as_written(given, {name: str(file) for name, file in files.items()})


def carry_out(intervals: Sequence[Interval], order: Order) -> list[Ended]:
    """The ends of the runs, in the order in which they came; after one that failed no other is begun.

    Ctrl-C is passed on to what runs, once per press, and raised again when that has ended. TERM and a terminal that is
    closed count as Ctrl-C.
    """
    crew = _Crew(list(intervals))
    with _interrupted_together(crew):
        while crew.waiting or crew.children:
            while crew.waiting and len(crew.children) < order.at_once:
                _begin(crew, order)
            for child in [child for child in crew.children if child.process.poll() is not None]:
                _end(crew, child, order)
            time.sleep(_LOOK_EVERY)
    return crew.done


def held_to(
    done: Sequence[Ended], listed: Callable[[], Sequence[Interval]], report: Callable[[str], None]
) -> list[Ended]:
    """The ends, those of runs that somebody else made needless held to how the intervals are `listed` now.

    What is still missing of their time nobody has written: it is reported, and such a run has failed.
    """
    if all(one.exit_code != SupersededError.exit_code for one in done):
        return list(done)
    missing = [(one.start, one.end) for one in listed() if one.state in {State.MISSING, State.FAILED}]
    held = [replace(one, unfilled=_is_unfilled(one, missing)) for one in done]
    for one in held:
        if one.unfilled:
            report(str(one))
    return held


def _is_unfilled(one: Ended, missing: Sequence[Span]) -> bool:
    is_needless = one.exit_code == SupersededError.exit_code
    return is_needless and overlaps(missing, one.interval.start, one.interval.end)


def _begin(crew: _Crew, order: Order) -> None:
    interval = crew.waiting.pop(0)
    order.report(f"▶ {interval.span}")
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed when the run has ended
    # In a session of its own, so that Ctrl-C reaches it through this process alone.
    try:
        process = subprocess.Popen(
            [*_STOCKPOT, *order.command(interval)],
            env=dict(order.environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    except OSError as error:
        out.close()
        err.close()
        _note(crew, Ended(interval, not_started(error), error=f"it cannot be started: {error.strerror}"), order)
        return
    crew.children.append(_Child(interval, process, out, err))


def _end(crew: _Crew, child: _Child, order: Order) -> None:
    crew.children.remove(child)
    with child.out as out, child.err as err:
        output, error_lines = _read(out), _read(err).strip().splitlines()
    code = exit_code(child.process.returncode)
    outcome: dict[str, Any] = json.loads(output) if output.strip() else {}
    last = error_lines[-1].removeprefix("error: ") if error_lines and code else ""
    name = str(outcome.get("run") or outcome.get("workflow") or "")
    _note(crew, Ended(child.interval, code, name, str(outcome.get("error") or last)), order)


def _note(crew: _Crew, ended: Ended, order: Order) -> None:
    if ended.failed:
        crew.waiting.clear()
    crew.done.append(ended)
    order.report(str(ended))


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


@contextmanager
def _interrupted_together(crew: _Crew) -> Iterator[None]:
    def hung_up(*_: object) -> None:
        leave_terminal()
        # Both the kernel and a shell may say so of one terminal.
        if not crew.stopping:
            crew.stopping = True
            raise KeyboardInterrupt

    wanted: dict[signal.Signals, Callable[..., None]] = {signal.SIGTERM: signal.default_int_handler}
    if hears_of_terminal():
        wanted[signal.SIGHUP] = hung_up
    before = {number: signal.signal(number, answer) for number, answer in wanted.items()}
    try:
        yield
    except BaseException:
        crew.stopping = True
        _stop(crew)
        raise
    finally:
        for number, answer in before.items():
            signal.signal(number, answer)


def _stop(crew: _Crew) -> None:
    """Ask all that run to stop, again at each Ctrl-C, and wait until they have."""
    while any(child.process.poll() is None for child in crew.children):
        try:
            for child in crew.children:
                child.process.send_signal(signal.SIGINT)
            for child in crew.children:
                child.process.wait()
        except KeyboardInterrupt:
            continue
