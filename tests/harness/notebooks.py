"""Notebooks whose outputs are what their cells print: run anew, and compared with what is committed.

`python -m tests.harness.notebooks FILE.ipynb` runs one, in a Python that has `make run`'s home as STOCKPOT_HOME, and
writes the outputs into it.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# What no cell prints: it parts the output of one from that of the next.
_BETWEEN = "\x1e"


def read(path: Path) -> dict[str, Any]:
    """The notebook as JSON."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def printed(notebook: Mapping[str, Any]) -> list[str]:
    """What each cell of code printed when it was committed."""
    return ["".join(text for output in cell["outputs"] for text in output["text"]) for cell in _code(notebook)]


def run(notebook: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """What each cell of code prints now: all of them, in their order, in a Python of their own.

    Raises:
        CalledProcessError: one of them fails.
    """
    parted = f"\nprint({_BETWEEN!r}, end='')\n"
    script = parted.join("".join(cell["source"]) for cell in _code(notebook))
    done = subprocess.run(
        [sys.executable, "-"], input=script, env=dict(environment), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.split(_BETWEEN)


def fill(notebook: dict[str, Any], outputs: list[str]) -> None:
    """Put outputs into the notebook, as the cells' own."""
    for number, (cell, text) in enumerate(zip(_code(notebook), outputs, strict=True), 1):
        stream = {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}
        cell.update(execution_count=number, outputs=[stream] if text else [])


def _code(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


if __name__ == "__main__":
    import os

    file = Path(sys.argv[1])
    found = read(file)
    fill(found, run(found, os.environ))
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
