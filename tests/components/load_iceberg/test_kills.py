"""A load that is killed before and after each of its calls to the outside, and then run again."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.begin_run.migrate import migrate
from components.iceberg.catalog import open_catalog
from tests.components.load_iceberg.crowd import CONTEXT
from tests.components.load_iceberg.kills import DIED, Calls, changes, moments, run_until
from tests.components.load_iceberg.scene import (
    DAY,
    DEFINITION,
    EPOCH,
    NAME,
    T0,
    Job,
    append_naively,
    job,
    table_now,
    violations,
)

AT_A_TIME = 4


@pytest.fixture
def template(catalog_env, tmp_path):
    """A function that gives a table of its own, under a new name, in which an older version of the interval lies."""
    migrate([DEFINITION])
    for each in (job(EPOCH, T0), job(T0, T0 + DAY)):
        each.load(each.write(tmp_path / each.receipt.run_key))
    catalog, location = open_catalog(), table_now().metadata_location

    def clone(number: int) -> str:
        catalog.register_table(f"{NAME}_{number}", location)
        return f"{NAME}_{number}"

    return clone


def load(job: Job, rows: Path) -> None:
    """Load as a step does."""
    job.load(rows)


def append(job: Job, _rows: Path) -> None:
    """Load as the original does."""
    append_naively(job)


def rewritten(better):
    """What is wrong with the template's clone once its last interval has been written again."""
    return violations([*job(EPOCH, T0).rows, *better.rows], name=better.name)


def kill_everywhere(work, better, rows, clone, *, environ, only=frozenset(), judge=rewritten):
    """The names of all calls, and what is wrong after a kill at one of them and one more run, as `judge` says."""
    heard = rows.parent / "calls"
    assert _run(work, {(-1, False): replace(better, name=clone(0))}, rows, environ, heard) == {0}
    names = heard.read_text().split()
    deaths = moments(names, only)
    jobs = {moment: replace(better, name=clone(number)) for number, moment in enumerate(deaths, 1)}
    for first in range(0, len(deaths), AT_A_TIME):
        some = {moment: jobs[moment] for moment in deaths[first : first + AT_A_TIME]}
        assert _run(work, some, rows, environ, heard) == {DIED}
    found = {}
    for moment, each in jobs.items():
        work(each, rows)
        if wrong := judge(each):
            found[(changes(names)[moment[0]], *moment)] = wrong
    return names, found


def _run(work, jobs, rows, environ, heard):
    """The exit codes of processes that each die at the moment their job stands under."""
    processes = [
        CONTEXT.Process(
            target=run_until,
            args=(work, each, rows),
            kwargs={"environ": environ, "calls": Calls(*moment), "heard": heard},
        )
        for moment, each in jobs.items()
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return {process.exitcode for process in processes}


def test_the_naive_writer_doubles_rows_when_killed(template, catalog_env, tmp_path):
    """Appending, killed after its commit and run again, has its rows twice: the harness can tell."""
    more = job(T0, T0 + DAY, version="2")
    _, wrong = kill_everywhere(append, more, tmp_path / "rows", template, environ=catalog_env, only={"do_commit"})
    assert any("too many" in line for lines in wrong.values() for line in lines)
