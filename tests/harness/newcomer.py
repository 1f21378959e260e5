"""A newcomer's way: a clone, and in it the commands of the tutorial's pages, typed as they stand.

`python -m tests.harness.newcomer` goes it, and writes what a terminal shows to docs/session.md.
"""

import fcntl
import os
import pty
import pwd
import re
import shlex
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.harness.docs_commands import ROOT, of_page

PAGES = ("tutorial.md", "own-pipeline.md")
KITCHEN = "a kitchen, for 1 $"
"""A name that a shell would take apart."""
SESSION = ROOT / "docs" / "session.md"
CLONE = ("git", "clone", "--quiet", "REPOSITORY", "stockpot")
FIRST_ROWS = ("make", "run")
OWN_STEP = ("stockpot", "run", "loyalty-points")
# Forty words a minute, of five characters each.
TYPED_A_MINUTE = 200
_LINES, _COLUMNS = 50, 80
# Of the developer's own environment: services and settings, and what git, make, Python and terminals are told.
_SERVICES = ("ARGO_", "AWS_", "DATABASE_URL", "KAFKA_", "KFP_", "KUBE", "MINIO_", "OPENLINEAGE_", "PG", "PYICEBERG_")
_TOOLS = ("COLUMNS", "GIT_", "GNUMAKE", "LANG", "LC_", "LINES", "MAKE", "MFLAGS", "PYTEST_", "PYTHON", "STOCKPOT_")
_HEAD = """# The tutorial on a terminal

What a terminal of 80 columns shows of the commands of [the tutorial](tutorial.md) and of
[a pipeline outside this repository](own-pipeline.md), typed one after the other into a new clone.
`python -m tests.harness.newcomer` recorded it. `make test` types them again and holds what it sees to this page, but
for times, ids, ports, and the order of what goes on at once.

| from before the clone until | on the clock | of processors | typed |
|---|---|---|---|
"""
_NOTE = """
Set-up is part of it: the environment of `stockpot`, that of each step, and the services. Packages came from the caches
of pip and uv; from the network they take as long as that needs. The clock is that of two cores, which others used too.
What the services have taken, once they were started, is not among the seconds of processors.
"""
_MASKS = (
    (re.compile(r"-\d{8}T\d{6}Z-[0-9a-f]{4}\b"), "-RUN"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "INSTANT"),
    (re.compile(r"\b(\d+ min )?\d+(\.\d+)? s\b|\b\d+m\d\ds\b"), "TIME"),
    (re.compile(r"(?<=127\.0\.0\.1:)\d+"), "PORT"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "KEY"),
    (re.compile(r"(?i)(?<=snapshot )\d+|(?<=snapshot: )\d+"), "SNAPSHOT"),
    (re.compile(r"-{3,}"), "---"),
    (re.compile(r"[ ]+"), " "),
)


@dataclass(frozen=True)
class Typed:
    """A command, its exit code, what the terminal showed, and seconds: on the clock, and of processors."""

    words: tuple[str, ...]
    code: int
    shown: str
    clock: float
    busy: float


@dataclass(frozen=True)
class Spent:
    """What the way has taken up to some command: seconds on the clock and of processors, and characters to type."""

    clock: float
    busy: float
    characters: int


def way(kitchen: Path) -> Iterator[Typed]:
    """Each command with what came of it, in a clone at `kitchen/stockpot`; nothing runs any more afterwards.

    Packages come from the caches that the user has; environments of steps and plans of pipelines are made anew.
    """
    place = kitchen / "stockpot"
    environment = _environment(kitchen)
    cloned = _type(("git", "clone", "--quiet", str(ROOT), "stockpot"), kitchen, environment)
    yield replace(cloned, words=CLONE)
    if cloned.code:
        return
    _bring_what_is_not_committed(place)
    try:
        for page in PAGES:
            for command in of_page(page, (ROOT / "docs" / page).read_text()):
                if command.whole:
                    yield _type(command.words, place, environment)
    finally:
        if (place / ".venv/bin/stockpot").exists():
            _type(("stockpot", "services", "down"), place, environment)


def _environment(kitchen: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*_SERVICES, *_TOOLS))}
    if cache := kept.get("UV_CACHE_DIR"):
        kept["UV_CACHE_DIR"] = str(Path(cache).absolute())
    path = f"{kitchen}/stockpot/.venv/bin:{os.environ['PATH']}"
    # Pip says so where it cannot use its cache.
    home = Path.home()
    own = {} if os.access(home, os.W_OK) and home.owner() == _user() else {"PIP_CACHE_DIR": str(kitchen / "pip")}
    shown = {"LC_ALL": "C.UTF-8", "TERM": "dumb"}
    return {**kept, **own, **shown, "PATH": path, "STOCKPOT_CACHE": str(kitchen / "cache")}


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _bring_what_is_not_committed(place: Path) -> None:
    """Copy what this working tree has beside its last commit, so that its author sees what it does."""
    for listed in (["diff", "--name-only", "-z", "HEAD"], ["ls-files", "-z", "--others", "--exclude-standard"]):
        names = subprocess.run(["git", *listed], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.split("\0")):
            (place / name).unlink(missing_ok=True)
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            # Another test may take its own file away meanwhile.
            with suppress(FileNotFoundError):
                shutil.copy2(ROOT / name, place / name)


def _type(words: tuple[str, ...], place: Path, environment: dict[str, str]) -> Typed:
    """What comes of a command on a terminal that can do nothing but show lines."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
    begun = time.monotonic()
    process = subprocess.Popen(
        words, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    try:
        shown = b"".join(_all_of(ours)).decode(errors="replace").replace("\r\n", "\n")
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        raise
    finally:
        os.close(ours)
    process.returncode = os.waitstatus_to_exitcode(status)
    clock = time.monotonic() - begun
    return Typed(words, process.returncode, shown, clock, used.ru_utime + used.ru_stime)


def _all_of(terminal: int) -> Iterator[bytes]:
    try:
        while some := os.read(terminal, 1 << 16):
            yield some
    except OSError:
        # Linux says so where nobody has the other side any more.
        return


def until(typed: Sequence[Typed], words: tuple[str, ...]) -> Spent:
    """What the way took up to the end of that command."""
    ends = [each.words for each in typed].index(words) + 1
    done = typed[:ends]
    characters = sum(len(shlex.join(each.words)) + 1 for each in done)
    return Spent(sum(each.clock for each in done), sum(each.busy for each in done), characters)


def page(typed: Sequence[Typed], kitchen: Path) -> str:
    """The page of a session."""
    rows = [
        ("the first rows of `moderation.training_data`", until(typed, FIRST_ROWS)),
        ("a step of one's own has run", until(typed, OWN_STEP)),
    ]
    lines = [
        f"| {what} | {spent.clock:.0f} s | {spent.busy:.0f} s | {spent.characters} characters |\n"
        for what, spent in rows
    ]
    blocks = [f"\n```console\n$ {shlex.join(each.words)}\n{each.shown}```\n" for each in typed]
    text = "".join([_HEAD, *lines, _NOTE, *blocks])
    return text.replace(str(kitchen), "~")


def told(text: str) -> list[tuple[str, list[str]]]:
    """Each command of a page with the lines behind it, without what differs from time to time."""
    found = re.findall(r"^```console\n\$ (.*)\n([^`]*(?:`(?!``)[^`]*)*)^```$", text, re.MULTILINE)
    return [(command, sorted(_masked(line) for line in lines.splitlines())) for command, lines in found]


def _masked(line: str) -> str:
    for pattern, word in _MASKS:
        line = pattern.sub(word, line)
    return line.strip()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        kitchen = Path(folder) / KITCHEN
        kitchen.mkdir(0o700)
        SESSION.write_text(page(list(way(kitchen)), kitchen))
