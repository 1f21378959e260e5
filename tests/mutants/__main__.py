"""`python -m tests.mutants`: plants errors one by one, and prints those that no test finds."""

import argparse
import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants import scope, trial
from tests.mutants.operators import Mutant

_ROOT = Path(__file__).parents[2]
_EQUIVALENT = Path(__file__).parent / "equivalent.toml"
_LEAST = 0.9
# A loaded machine is slower by far than the same machine a minute before.
_SLACK, _TIMES = 60, 4


@dataclass(frozen=True)
class Planted:
    """An error, and whether a test found it."""

    mutant: Mutant
    found: bool
    seconds: float
    late: bool = False


@dataclass(frozen=True)
class Bench:
    """An area on trial: the copy of the tree, what pytest is given, running services, and how all of it went before."""

    root: Path
    tests: Sequence[str]
    served: Mapping[str, Any]
    sound: trial.Outcome


def main(given: Sequence[str]) -> int:
    """0, if tests find at least nine of ten errors that are not known to change nothing; 1 if not."""
    options = _options(given)
    os.nice(10)
    # Services and copies are cleared away by whoever started them, also when asked to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = equivalent()
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        root = copied(_ROOT, Path(scratch) / "tree")
        _warm(root)
        with trial.services() as served:
            planted = [one for area in scope.AREAS for one in _of(root, area, served, options, known)]
    print(table(planted), flush=True)
    score = sum(one.found for one in planted) / max(1, len(planted))
    print(f"{sum(one.found for one in planted)} of {len(planted)} errors were found: {score:.1%}")
    return 0 if planted and score >= _LEAST else 1


def _options(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", default="", help="files whose path holds this")
    parser.add_argument("--seed", type=int, default=16, help="which errors are drawn")
    parser.add_argument("--each", type=int, default=4, help="how many errors per file, at most")
    parser.add_argument("--list", action="store_true", help="plant nothing")
    return parser.parse_args(given)


def equivalent() -> dict[tuple[str, str, str], str]:
    """Why errors that no test can find change nothing: by file, line before and line after."""
    listed = tomllib.loads(_EQUIVALENT.read_text())["equivalent"]
    return {(one["file"], one["was"], one["now"]): one["reason"] for one in listed}


def copied(tree: Path, to: Path) -> Path:
    """A copy of what git knows or would add, beside the same environment."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (tree / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree / name, to / name)
    (to / ".venv").symlink_to(tree / ".venv")
    return to


def _warm(root: Path) -> None:
    """Let trials, which are forks of this process, import the project from the copy."""
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(root)}
    os.chdir(root)
    sys.path[:] = [str(root), *(path for path in sys.path if Path(path or ".").resolve() != _ROOT)]


def _imported(names: Iterable[str]) -> None:
    """Import once what the tests import of others: half of a trial's time, for each is a fork of this process."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _of(
    root: Path, area: scope.Area, served: Mapping[str, Any], options: argparse.Namespace, known: Mapping[Any, str]
) -> Iterator[Planted]:
    wanted = [
        mutant
        for file in scope.files(root, area)
        if options.only in file
        for mutant in scope.drawn(root, file, options.seed, options.each)
        if (mutant.file, mutant.was, mutant.now) not in known
    ]
    if not wanted or options.list:
        for mutant in wanted:
            print(f"{mutant.file}:{mutant.line}: {mutant.was}  ->  {mutant.now}")
        return
    tests = scope.tests(root, area)
    sound = trial.run(root, tests, served, 600, learn=True)
    if not sound.passed:
        raise RuntimeError(f"{' '.join(tests)} fails without an error\n{(root.parent / 'log').read_text()[-3000:]}")
    _imported(sound.known.modules)
    print(f"== {' '.join(area.files)}: {len(wanted)} errors, tests take {sound.seconds:.0f} s", flush=True)
    for mutant in wanted:
        outcome = plant(Bench(root, tests, served, sound), mutant, _SLACK + _TIMES * sound.seconds)
        print(f"{'found' if outcome.found else 'NOT FOUND'} {outcome.seconds:.0f} s {row(outcome)}", flush=True)
        yield outcome


def plant(bench: Bench, mutant: Mutant, limit: float) -> Planted:
    """Whether the tests find the error; those that pass through its function come first.

    An error that keeps them busy for more than `limit` seconds is found.
    """
    path = bench.root / mutant.file
    text = path.read_bytes()
    path.write_bytes(mutant.planted(text))
    try:
        outcome = trial.run(bench.root, bench.tests, bench.served, limit, _order(mutant, bench.sound.known))
    finally:
        path.write_bytes(text)
    return Planted(mutant, not outcome.passed, outcome.seconds, outcome.late)


def _order(mutant: Mutant, known: trial.Known) -> list[str]:
    def distance(name: str) -> tuple[int, float]:
        above = [
            mutant.line - line for file, line in known.through[name] if file == mutant.file and line <= mutant.line
        ]
        return min(above, default=10_000), known.seconds[name]

    return sorted(known.seconds, key=distance)


def row(planted: Planted) -> str:
    """The error in a line: where it is, and what was changed."""
    mutant = planted.mutant
    return f"{mutant.file}:{mutant.line}: {mutant.was}  ->  {mutant.now}{' (too late)' if planted.late else ''}"


def table(planted: Sequence[Planted]) -> str:
    """The errors that no test found, a line each."""
    return "\n".join(["not found:", *(f"  {row(one)}" for one in planted if not one.found)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
