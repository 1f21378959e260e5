"""`python -m tests.bench.one NAME ROWS SCALE [DIRECTORY]`: one benchmark, whose rows go to a file, as JSON lines.

A benchmark is a module tests/bench/bench_NAME.py, whose `measure(scratch, scale)` tells rows. Its docstring says what
is measured, its targets stand beside it, and SMALL is the scale at which it takes a minute or so: it is meant by
`small` for SCALE. Targets are judged from the scale on that they are said of. What is done stays in a new directory
below DIRECTORY; a benchmark with FILLED_ONCE works in DIRECTORY itself, and goes on from what it left there.
"""

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path


def main(name: str, rows: str, scale: str, kept: str = "") -> None:
    """Append the rows of a benchmark to the file."""
    # Steps and commands import from bytecode, as where they are installed.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    bench = importlib.import_module(f"tests.bench.bench_{name}")
    size = bench.SMALL if scale == "small" else float(scale)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, Path(rows).open("a") as file:
        place = _kept(Path(kept), name, is_filled_once=hasattr(bench, "FILLED_ONCE")) if kept else Path(scratch)
        for row in bench.measure(place, size):
            for line in row.lines(size):
                print("  " + " | ".join(cell.replace("\n", ", ") for cell in line.values() if cell), flush=True)
                print(json.dumps(line), file=file, flush=True)


def _kept(directory: Path, name: str, *, is_filled_once: bool) -> Path:
    """Where a benchmark works whose scratch stays: below the directory, for what one run left another would measure."""
    directory.mkdir(parents=True, exist_ok=True)
    return directory if is_filled_once else Path(tempfile.mkdtemp(prefix=f"{name}-", dir=directory))


if __name__ == "__main__":
    main(*sys.argv[1:])
