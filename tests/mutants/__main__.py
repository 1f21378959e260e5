"""`python -m tests.mutants`: plants errors one by one, and prints those that no test finds."""

import argparse
import compileall
import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants import scope, trial
from tests.mutants.operators import Mutant

_ROOT = Path(__file__).parents[2]
_EQUIVALENT = Path(__file__).parent / "equivalent.toml"
_LEAST = 0.9
# A loaded machine is slower by far than the same machine a minute before.
_SLACK, _TIMES, _LONGEST = 60, 4, 1800


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
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        root = copied(_ROOT, Path(scratch) / "tree")
        wanted = list(_wanted(root, options, equivalent()))
        if options.list:
            return _listed(wanted)
        _warm(root)
        kafka = any(area.kafka for area, _ in wanted)
        with trial.services(with_kafka=kafka) as served:
            planted = [one for area, errors in wanted for one in _of(root, area, errors, served)]
    print(table(planted), flush=True)
    score = sum(one.found for one in planted) / max(1, len(planted))
    print(f"{sum(one.found for one in planted)} of {len(planted)} errors were found: {score:.1%}")
    return 0 if planted and score >= _LEAST else 1


def _listed(wanted: Iterable[tuple[scope.Area, Sequence[Mutant]]]) -> int:
    for _, mutants in wanted:
        for one in mutants:
            print(row(Planted(one, found=False, seconds=0)))
    return 0


def _options(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", default="", help="those in files whose path holds this")
    parser.add_argument("--seed", type=int, default=16, help="which errors are drawn")
    parser.add_argument("--each", type=int, default=4, help="how many errors per file, at most")
    parser.add_argument("--sample", type=int, default=0, help="how many errors over all these files, at most")
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
    # A trial would compile all of it anew; the error's file is younger than what is compiled here.
    for folder in ("components", "stockpot", "pipelines"):
        compileall.compile_dir(root / folder, quiet=2)
    sys.path[:] = [str(root), *(path for path in sys.path if Path(path or ".").resolve() != _ROOT)]


def _imported(names: Iterable[str]) -> None:
    """Import once what the tests import of others: half of a trial's time, for each is a fork of this process."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _wanted(
    root: Path, options: argparse.Namespace, known: Container[Any]
) -> Iterator[tuple[scope.Area, list[Mutant]]]:
    """The areas, and the errors to plant in each."""
    files = {area: [file for file in scope.files(root, area) if options.only in file] for area in scope.AREAS}
    every = [file for found in files.values() for file in found]
    most = scope.shares(every, options.seed, options.sample) if options.sample else dict.fromkeys(every, options.each)
    for area, found in files.items():
        drawn = (one for file in found for one in scope.drawn(root, file, options.seed, most[file]))
        if chosen := [one for one in drawn if (one.file, one.was, one.now) not in known]:
            yield area, chosen


def _of(root: Path, area: scope.Area, wanted: Sequence[Mutant], served: Mapping[str, Any]) -> Iterator[Planted]:
    tests = scope.tests(root, area)
    sound = trial.run(root, tests, served, _LONGEST, learn=True)
    if not sound.passed:
        # Others can still be judged; these count as not found.
        print(f"{' '.join(tests)} fails without an error\n{(root.parent / 'log').read_text()[-3000:]}", flush=True)
        yield from (Planted(mutant, found=False, seconds=0) for mutant in wanted)
        return
    _imported(sound.known.modules)
    print(f"== {' '.join(area.files)}: {len(wanted)} errors, tests take {sound.seconds:.0f} s", flush=True)
    for mutant in wanted:
        outcome = plant(Bench(root, tests, served, sound), mutant, _SLACK + _TIMES * sound.seconds)
        print(f"{'found' if outcome.found else 'NOT FOUND'} {outcome.seconds:.0f} s {row(outcome)}", flush=True)
        yield outcome


def plant(bench: Bench, mutant: Mutant, limit: float) -> Planted:
    """Whether the tests find the error: all that pass through its function or start processes, the nearest first.

    An error that keeps them busy for more than `limit` seconds is found.
    """
    path = bench.root / mutant.file
    text = path.read_bytes()
    if not (order := _order(mutant, text, bench.sound.known)):
        return Planted(mutant, found=False, seconds=0)
    path.write_bytes(mutant.planted(text))
    try:
        outcome = trial.run(bench.root, bench.tests, bench.served, limit, order)
    finally:
        path.write_bytes(text)
    return Planted(mutant, not outcome.passed, outcome.seconds, outcome.late)


def _order(mutant: Mutant, text: bytes, known: trial.Known) -> list[str]:
    """The tests that could find the error, the nearest and fastest first.

    What is in no function may reach any of them. Tests of one file share what they have set up.
    """
    lines = scope.function_of(text, mutant.line)

    def reaches(through: Container[tuple[str, int]]) -> bool:
        return not lines or trial.ELSEWHERE in through or any((mutant.file, line) in through for line in lines)

    def distance(name: str) -> tuple[int, float]:
        above = [
            mutant.line - line for file, line in known.through[name] if file == mutant.file and line <= mutant.line
        ]
        return min(above, default=10_000), known.seconds[name]

    files = {_file_of(name) for name, through in known.through.items() if reaches(through)}
    return sorted((name for name in known.seconds if _file_of(name) in files), key=distance)


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def row(planted: Planted) -> str:
    """The error in a line: where it is, and what was changed."""
    mutant = planted.mutant
    return f"{mutant.file}:{mutant.line}: {mutant.was}  ->  {mutant.now}{' (too late)' if planted.late else ''}"


def table(planted: Sequence[Planted]) -> str:
    """The score of each module as rows of Markdown, and the errors that no test found, a line each."""
    scores: dict[str, list[bool]] = {}
    for one in planted:
        scores.setdefault(scope.module(one.mutant.file), []).append(one.found)
    rows = [f"| {module} | {len(found)} | {sum(found)} |" for module, found in sorted(scores.items())]
    return "\n".join([*rows, "not found:", *(f"  {row(one)}" for one in planted if not one.found)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
