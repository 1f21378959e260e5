"""What a plan says of the last run: what has changed since, and what that run did."""

import dataclasses
import os
from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler.definitions import from_component
from stockpot.compiler.ir import Container
from stockpot.compiler.placeholders import Text
from stockpot.local.due import Due, due
from stockpot.local.planning import plan_pipeline
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_run
from stockpot.local.since import Changed, Since
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs

_BEFORE = "2026-01-15T00:00:00Z"


@dsl.pipeline(name="soup")
def soup(text: str = "s", api_token: str = "t"):  # noqa: S107 - a name that sounds so
    """One step that is cached, and one that is not."""
    probes.write(text=text)
    probes.write(text=api_token).set_caching_options(False)


@dsl.pipeline(name="soup")
def thicker(text: str = "s", api_token: str = "t"):  # noqa: S107 - the same
    """The same pipeline, with one step."""
    probes.write(text=text)


def asked(runs: Runs, pipeline: Any = soup, **given: str) -> Since | None:
    """What is said of the last run."""
    return plan_pipeline(from_component(pipeline).pipeline, given, home=runs.home, project=runs.project).since


def touch(runs: Runs, name: str, seconds: float) -> None:
    """Have a file of the project be written so many seconds from now."""
    path = runs.project.code / name
    at = path.stat().st_mtime + seconds
    os.utime(path, (at, at))


def rewritten(runs: Runs, run: Run, **changes: Any) -> None:
    """The record of the run, changed."""
    write_run(run_directory(runs.home, run.id), dataclasses.replace(run, **changes))


def test_what_has_changed_since_the_last_run_is_named(runs: Runs) -> None:
    """Parameters, without secrets; code and locks that a step may take; the definition; else nothing."""
    assert asked(runs) is None
    run = runs(soup)
    same = Since(run.id, run.created)
    assert asked(runs) == same
    for name in ("components/probe/__main__.py", "images/probe/requirements.txt", "images/other/requirements.txt"):
        if (runs.project.code / name).exists():
            touch(runs, name, 3600)
    assert asked(runs).files == ("components/probe/__main__.py", "images/probe/requirements.txt")
    hidden = Changed("api_token", "***", "***")
    assert asked(runs, text="u", api_token="hunter22").parameters == (hidden, Changed("text", '"s"', '"u"'))
    assert (asked(runs).is_redefined, asked(runs, thicker).is_redefined) == (False, True)
    rewritten(runs, run, state=State.FAILED)
    assert asked(runs) is None


def test_what_the_last_run_did_is_told(runs: Runs) -> None:
    """The rows of each table that it has committed; how far runs went, the last one or one before it."""
    first, second = runs(soup), runs(soup)
    begun, load = (TaskRecord(id=name, name=name, kind="container") for name in ("begin", "load"))
    begun = dataclasses.replace(begun, details={"interval_end": _BEFORE})
    load = dataclasses.replace(load, artifacts={"receipt": "x"}, rows_out=285, details={"table": "a.b"})
    rewritten(runs, first, tasks=(begun,))
    rewritten(runs, second, tasks=(load,))
    found = asked(runs)
    assert (found.run, found.filled_until, found.rows) == (second.id, _BEFORE, {"a.b": 285})
    several = {"table": "a.b", "datasets": {}, "rows": {"a.b": 9, "a.c": 3}}
    rewritten(runs, second, tasks=(dataclasses.replace(load, details=several),))
    assert asked(runs).rows == {"a.b": 9, "a.c": 3}


@pytest.mark.parametrize(
    ("given", "last_end", "wanted"),
    [
        ({}, "", Due("due is the time from where the last one ended to 2026-01-15T00:00:00Z", "", _BEFORE)),
        (
            {},
            "2026-01-14T00:00:00Z",
            Due(
                "due is the time from 2026-01-14T00:00:00Z, where the last run here ended, to 2026-01-15T00:00:00Z",
                "2026-01-14T00:00:00Z",
                _BEFORE,
            ),
        ),
        ({}, _BEFORE, Due(f"the time to {_BEFORE} again: a run here went to {_BEFORE}", "", _BEFORE)),
        (
            {"backfill_from": "2026-01-01T00:00:00Z", "backfill_to": "2026-01-02T00:00:00Z"},
            _BEFORE,
            Due(
                "due is the time from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z",
                "2026-01-01T00:00:00Z",
                "2026-01-02T00:00:00Z",
            ),
        ),
    ],
)
def test_an_interval_begins_where_the_last_one_ended(given: dict[str, str], last_end: str, wanted: Due) -> None:
    """As far as this home knows; what a backfill names holds, and a run that went as far is no beginning."""
    begins = Container("x", (Text(("components.begin_run.interval",)),), ())
    about = {"as_of": "2026-01-16T03:00:00Z", "scheduled": "", "label_delay_seconds": 86400, "each": "day"}
    assert due(begins, {**about, "timezone": "UTC", **given}, last_end) == wanted
