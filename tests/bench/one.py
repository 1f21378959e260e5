"""`python -m tests.bench.one NAME ROWS SCALE [DIRECTORY]`: one benchmark, whose rows go to a file, as JSON lines.

A benchmark is a module tests/bench/bench_NAME.py, whose `measure(scratch, scale)` tells rows. Its docstring says what
is measured, its targets stand beside it, and SMALL is the scale at which it takes a minute or so: it is meant by
`small` for SCALE. Below 1 those targets alone are judged that hold for small sizes. DIRECTORY is a scratch that stays.
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
        for row in bench.measure(Path(kept or scratch), size):
            for line in row.lines(whole=size >= 1):
                print("  " + " | ".join(cell.replace("\n", ", ") for cell in line.values() if cell), flush=True)
                print(json.dumps(line), file=file, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
