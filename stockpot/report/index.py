"""Where the index of a home's runs lies, and how it gets there."""

from collections.abc import Sequence
from pathlib import Path

from components.pages.index import MOST_RUNS, render
from components.shell.files import write_atomically
from components.shell.redaction import masked
from stockpot.local.homes import private
from stockpot.local.locks import exclusive
from stockpot.local.records import Run, list_runs, runs_directory
from stockpot.report import neighbours
from stockpot.report.overview import Following, histories


def index_path(home: Path) -> Path:
    """The path of the index, whether it is there or not."""
    return runs_directory(home) / "index.html"


def write_index(home: Path, *linked: str) -> Path:
    """The path of the index, just written; the reports of the runs `linked` are made to lead to those beside them.

    Of runs that end at the same time, the last to come here has seen all of them.
    """
    directory = private(home, "runs")
    with exclusive(directory / "index.lock"):
        runs = list_runs(home, MOST_RUNS)
        neighbours.link(directory, runs, linked)
        path = index_path(home)
        write_atomically(path, masked(render(histories(directory, runs))).encode())
    return path


def write_index_of(directory: Path, runs: Sequence[Run], following: Following) -> Path:
    """The path of the index of the newest of the runs, whose pages lie in that directory, just written.

    `following` gives the next command of one that failed.
    """
    path = directory / "index.html"
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(path, masked(render(histories(directory, runs[:MOST_RUNS], following))).encode())
    return path
