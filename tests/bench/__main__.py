"""`python -m tests.bench [NAME…]`: measures, one benchmark after the other, and prints one table of all.

Each has a process of its own. Exit code 1 where a target is missed, a figure is missing, or a benchmark did not come to
its end or told nothing.
"""

import argparse
import importlib
import json
import pkgutil
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.rows import COLUMNS, FAILED, MISSED, WHOLE
from tests.bench.table import table

NARROWEST, WIDEST = 80, 120


def names() -> list[str]:
    """All benchmarks, by what follows `bench_` in the names of their modules."""
    modules = pkgutil.iter_modules(importlib.import_module("tests.bench").__path__)
    return sorted(each.name.removeprefix("bench_") for each in modules if each.name.startswith("bench_"))


def main(given: Sequence[str]) -> int:
    """Measure and print; 1 where a target is missed or something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("benches", metavar="NAME", nargs="*", help=f"of {', '.join(names())}; all by default")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--scale", type=float, default=WHOLE, help="times the whole size")
    sizes.add_argument("--small", action="store_true", help="each so small that all take minutes")
    parser.add_argument("--keep", default="", help="a directory below which what one benchmark leaves stays")
    options = parser.parse_args(given)
    benches = options.benches or names()
    if unknown := sorted({*benches} - {*names()}):
        parser.error(f"there is no {', '.join(unknown)}; known are {', '.join(names())}")
    if options.keep and len(benches) > 1:
        parser.error("--keep is for one benchmark")
    lines = measured(benches, "small" if options.small else str(options.scale), options.keep)
    print()
    if options.small or options.scale < WHOLE:
        print("Not the whole sizes: figures say little, and a target is judged from the size on that it is said of.\n")
    print(table(lines, min(max(shutil.get_terminal_size((WIDEST, 0)).columns, NARROWEST), WIDEST)))
    return int(any(line["verdict"] in {MISSED, FAILED} for line in lines))


def measured(benches: Sequence[str], scale: str, kept: str) -> list[dict[str, str]]:
    """The lines of all benchmarks; those that fail or tell nothing leave one that says so."""
    lines = []
    for name in benches:
        print(f"== {name}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            rows = Path(scratch, "rows")
            command = [sys.executable, "-m", "tests.bench.one", name, str(rows), scale, kept]
            code = subprocess.run(command, check=False).returncode
            told = [json.loads(line) for line in (rows.read_text().splitlines() if rows.exists() else [])]
        lines += told
        if code or not told:
            lines.append(dict.fromkeys(COLUMNS, "") | {"work": name, "verdict": FAILED})
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
