"""A run of an area's tests in a process of its own, on a copy of the tree."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

import tests.conftest

_SERVED = ("scratch", "postgres_server", "object_store_server", "kafka_broker")
_FOUND, _PASSED, _NO_TESTS = 1, 0, 5
# A test that gets here does some of its work in a process of its own, where nobody sees what it passes through.
ELSEWHERE = ("", 0)
_OURS = Path(__file__).parents[2]
_STARTERS = ("/subprocess.py", "/multiprocessing/process.py")


@dataclass
class Known:
    """Of each test how long it takes and which functions it passes through, by file and first line; all imports.

    `ELSEWHERE` is among the functions of a test that starts processes.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    through: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What became of the tests: passed, failed, or given up after `seconds`."""

    passed: bool
    seconds: float
    late: bool
    known: Known


class _Plugin:
    """Hands pytest the services that are there, runs `first`, or all tests and learns what they pass through."""

    def __init__(self, root: Path, served: Mapping[str, Any], first: Sequence[str], learn: bool) -> None:
        self.root, self.served, self.learn, self.known = f"{root}/", served, learn, Known()
        self.rank = {name: place for place, name in enumerate(first)}

    def pytest_configure(self, config: Any) -> None:
        config.addinivalue_line("markers", "xdist_group(name): run in one process, as everything here is")

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        if (value := self.served.get(fixturedef.argname)) is None:
            return None
        fixturedef.cached_result = (value, fixturedef.cache_key(request), None)
        return value

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.rank:
            items[:] = [item for item in items if item.nodeid in self.rank]
        items.sort(key=lambda item: self.rank.get(item.nodeid, len(self.rank)))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        through: set[tuple[str, int]] = set()

        def passed(frame: FrameType, event: str, _value: Any) -> None:
            if event != "call":
                return
            if (file := frame.f_code.co_filename).startswith(self.root):
                through.add((file.removeprefix(self.root), frame.f_code.co_firstlineno))
            elif file.endswith(_STARTERS):
                through.add(ELSEWHERE)

        begun = time.monotonic()
        if self.learn:
            threading.setprofile(passed)
            sys.setprofile(passed)
        yield
        sys.setprofile(None)
        threading.setprofile(None)
        self.known.seconds[item.nodeid], self.known.through[item.nodeid] = time.monotonic() - begun, through

    def pytest_sessionfinish(self) -> None:
        places = ((name, getattr(module, "__file__", None)) for name, module in tuple(sys.modules.items()))
        self.known.modules = [name for name, place in places if place and "/site-packages/" in place]


@contextlib.contextmanager
def services(*, with_kafka: bool) -> Iterator[dict[str, Any]]:
    """The services of tests/conftest.py, running, by the names of their fixtures; Kafka only where it is asked for."""
    with contextlib.ExitStack() as stack:

        def start(name: str, *given: Any) -> Any:
            made = getattr(tests.conftest, name).__wrapped__
            return stack.enter_context(contextlib.contextmanager(made)(*given))

        scratch = start("scratch")
        names = _SERVED[1:] if with_kafka else _SERVED[1:-1]
        yield {"scratch": scratch, **{name: start(name, scratch) for name in names}}


def run(
    root: Path,
    given: Sequence[str],
    served: Mapping[str, Any],
    limit: float,
    first: Sequence[str] = (),
    *,
    learn: bool = False,
) -> Outcome:
    """What became of the tests, run in the copy at `root` until the first that fails, or for `limit` seconds.

    Where tests are named in `first`, these are run in this order, and no others.

    Raises:
        RuntimeError: pytest finds no test.
    """
    begun = time.monotonic()
    ours, theirs = Pipe(duplex=False)
    child = os.fork()
    if not child:
        _run(root, given, _Plugin(root, served, first, learn), theirs)
    theirs.close()
    answered = ours.poll(limit)
    try:
        code, known = ours.recv() if answered else (_FOUND, Known())
    except EOFError:
        code, known = _FOUND, Known()
    if not answered:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if code == _NO_TESTS:
        raise RuntimeError(f"no tests in {' '.join(given)}")
    return Outcome(code == _PASSED, time.monotonic() - begun, not answered, known)


def _run(root: Path, given: Sequence[str], plugin: _Plugin, answer: Any) -> None:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    log = os.open(root.parent / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (0, 1, 2):
        os.dup2(log, stream)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout", "0", "--rootdir", str(root)]
    code = _FOUND
    ours = _forgotten()
    try:
        code = int(pytest.main([*options, *given], plugins=[plugin]))
    finally:
        # The answer is read by who knows these modules.
        sys.modules.update(ours)
        answer.send((code, plugin.known))
        os._exit(0)


def _forgotten() -> dict[str, ModuleType]:
    """The modules of this tree, which are imported no more, for the tests would run with them instead of the copy.

    A package that is there already finds its modules in its own folder, whatever `sys.path` says.
    """
    names = [
        name
        for name, module in tuple(sys.modules.items())
        if (place := getattr(module, "__file__", None))
        and Path(place).is_relative_to(_OURS)
        and "site-packages" not in place
    ]
    return {name: sys.modules.pop(name) for name in names}
