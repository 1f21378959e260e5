"""Where a run's report lies, and how it gets there."""

import dataclasses
from pathlib import Path

from components.pages.index import MOST_RUNS
from components.shell.files import write_atomically
from components.shell.redaction import masked
from stockpot.compiler.tracing import Entry
from stockpot.local.records import REPORT, Run, list_runs, run_directory, runs_directory
from stockpot.report.comparison import compared
from stockpot.report.gathering import gather
from stockpot.report.index import write_index
from stockpot.report.kept import kept_of, write_kept
from stockpot.report.local_source import local_source
from stockpot.report.page import render


def report_path(home: Path, run_id: str) -> Path:
    """The path of the run's report, whether it is there or not."""
    return run_directory(home, run_id) / REPORT


def is_current(home: Path, run: Run) -> bool:
    """Whether there is a report, and the run's record has not changed since it was written.

    That of a run whose end is not on record never is: it goes on, or was killed, which changes no file.
    """
    if not run.ended:
        return False
    try:
        record = (run_directory(home, run.id) / "run.json").stat().st_mtime_ns
        return report_path(home, run.id).stat().st_mtime_ns >= record
    except FileNotFoundError:
        return False


def write_report(home: Path, run: Run, entry: Entry | None = None) -> Path:
    """The path of the report, just written, and the index with it; it shows the run as it stands, however it ended.

    Where it cannot be written, none is left of an earlier try of the run, which would show that one.
    """
    path = report_path(home, run.id)
    path.unlink(missing_ok=True)
    with local_source(home, run, entry.pictures if entry else ()) as source:
        report = gather(run, run_directory(home, run.id), entry, source)
    kept = kept_of(report)
    comparison = compared(runs_directory(home), list_runs(home, MOST_RUNS, run.pipeline), run, kept)
    write_atomically(path, masked(render(dataclasses.replace(report, comparison=comparison))).encode())
    write_kept(run_directory(home, run.id), kept)
    write_index(home, run.id)
    return path
