"""What a plan says of the last run: what has changed since, and what that run did."""

import dataclasses
import json
import os
from datetime import date
from typing import Any

import pytest
from kfp import dsl

from components.shell.instants import EPOCH, parse_instant
from stockpot.backfill.touching import Touched
from stockpot.commands import planning as commands
from stockpot.compiler.definitions import from_component
from stockpot.compiler.ir import Container
from stockpot.compiler.placeholders import Text
from stockpot.local.docker import Docker
from stockpot.local.due import Due, due
from stockpot.local.plan_hash import plan_hash
from stockpot.local.planning import Planned, plan_pipeline
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_run
from stockpot.local.since import Changed, Since
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs

_BEFORE = "2026-01-15T00:00:00Z"
_TABLE = {"name": "a.b", "columns": ["time timestamptz!"], "interval_column": "time"}
_NUMBERS = {"lookback_hours": 0, "late_days": 0, "whole_weeks": False}


@dsl.pipeline(name="soup")
def soup(text: str = "s", api_token: str = "t"):  # noqa: S107 - a name that sounds so
    """One step that is cached, and one that is not."""
    probes.write(text=text)
    probes.write(text=api_token).set_caching_options(False)


@dsl.pipeline(name="soup")
def thicker(text: str = "s", api_token: str = "t"):  # noqa: S107 - the same
    """The same pipeline, with one step."""
    probes.write(text=text)


@dsl.container_component
def begin(  # noqa: PLR0917 - the inputs of the step that it stands for
    as_of: str,
    table: dict,
    scheduled: str = "",
    label_delay_seconds: int = 0,
    lookback_hours: int = 0,
    each: str = "day",
    timezone: str = "UTC",
    late_days: int = 0,
    whole_weeks: bool = False,
):
    """Begin a run, as far as its command says."""
    return dsl.ContainerSpec(
        image=probes.IMAGE,
        command=["python", "-m", "components.begin_run.interval"],
        args=[
            "--",
            as_of,
            table,
            scheduled,
            label_delay_seconds,
            lookback_hours,
            each,
            timezone,
            late_days,
            whole_weeks,
        ],
    )


@dsl.pipeline(name="soup")
def begun(as_of: str = _BEFORE):
    """A step that begins a run, and another one."""
    probes.write(text="s").after(begin(as_of=as_of, table=_TABLE).set_caching_options(False))


@dsl.container_component
def shell():
    """What starts Python by itself."""
    return dsl.ContainerSpec(image=probes.IMAGE, command=["sh", "-c", "python -m components.probe silent"])


@dsl.pipeline(name="soup")
def shelled():
    """A step whose code cannot be known."""
    shell()


@dsl.pipeline(name="soup")
def nested(store: dict = {}, stores: list = [], told: str = ""):  # noqa: B006 - KFP takes them as they are
    """Parameters that hold others."""
    probes.write(text=told)


def asked(runs: Runs, pipeline: Any = soup, **given: Any) -> Since | None:
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


def test_files_of_a_step_that_is_never_cached_are_told(runs: Runs) -> None:
    """Such as of one that reads the commit of its code; and the steps whose files cannot be known."""
    main = runs.project.code / "components/probe/__main__.py"
    main.write_text('COMMIT = "STOCKPOT_GIT_COMMIT"\nPLACE = "/etc/passwd"\n' + main.read_text())
    run = runs(soup)
    touch(runs, "components/probe/__main__.py", 3600)
    touch(runs, "images/probe/requirements.txt", 3600)
    found = asked(runs)
    assert (found.files, found.unknown) == (("components/probe/__main__.py", "images/probe/requirements.txt"), ())
    rewritten(runs, run, plan=plan_hash(from_component(shelled).pipeline), parameters={})
    assert asked(runs, shelled).unknown == ("shell",)
    in_images = dataclasses.replace(runs.project, docker=Docker("true"))
    found = plan_pipeline(from_component(soup).pipeline, {}, home=runs.home, project=in_images).since
    assert (found.files, found.unknown) == ((), ("write", "write-2"))


def test_nothing_has_changed_is_said_only_where_that_is_known() -> None:
    """Else the steps are named of which it is not."""
    about = from_component(soup)
    told = [
        dict(commands._lines(about, Planned(EPOCH, Since("r", _BEFORE, unknown=unknown), ())))["changed"]
        for unknown in ((), ("shell", "write"))
    ]
    assert told == ["nothing since then", "perhaps the code of shell, write, which cannot be known"]


def test_secrets_within_parameters_are_not_shown(runs: Runs) -> None:
    """However deep; in texts of JSON too."""
    runs(nested)
    told = '{"a": {"private_key": "hunter22", "pin_token": 7}}'
    given = {"store": {"a": [{"api_key": "hunter22", "n": 1}]}, "stores": [{"pwd": ["hunter22"]}], "told": told}
    shown = [one.now for one in asked(runs, nested, **given).parameters]
    hidden = json.dumps('{"a": {"private_key": "***", "pin_token": "***"}}')
    assert shown == ['{"a": [{"api_key": "***", "n": 1}]}', '[{"pwd": "***"}]', hidden]


@pytest.mark.parametrize("foreign", ["yesterday", "2026-01-20T00:00:00", 7, ["x"], "2026-01-20T00:00:00Z"])
def test_only_what_begins_a_run_says_how_far_runs_went(runs: Runs, foreign: Any) -> None:
    """What another step calls by that name does not count, and what is no instant is unknown."""
    run = runs(soup)
    records = {name: TaskRecord(id=name, name=name, kind="container") for name in ("begin", "write")}
    ends = {name: dataclasses.replace(each, details={"interval_end": foreign}) for name, each in records.items()}
    rewritten(runs, run, tasks=(records["begin"], ends["write"]))
    assert asked(runs, begun).filled_until == ""
    rewritten(runs, run, tasks=(ends["begin"],))
    assert asked(runs, begun).filled_until == (foreign if str(foreign).endswith("Z") else "")


def test_what_the_last_run_did_is_told(runs: Runs) -> None:
    """The rows of each table that it has committed; how far runs went, the last one or one before it."""
    first, second = runs(soup), runs(soup)
    first_step, load = (TaskRecord(id=name, name=name, kind="container") for name in ("begin", "load"))
    first_step = dataclasses.replace(first_step, details={"interval_end": _BEFORE})
    load = dataclasses.replace(load, artifacts={"receipt": "x"}, rows_out=285, details={"table": "a.b"})
    rewritten(runs, first, tasks=(first_step,))
    rewritten(runs, second, tasks=(load,))
    found = asked(runs, begun)
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
            {"backfill_from": "2026-01-01T00:00:00Z", "backfill_to": "2026-01-02T00:00:00Z", "generation": "1"},
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
    assert due(begins, {**about, "table": _TABLE, **_NUMBERS, "timezone": "UTC", **given}, last_end) == wanted


def test_a_table_of_dates_is_filled_by_the_days_that_are_over() -> None:
    """As the run itself would end its interval, whatever hour it is."""
    begins = Container("x", (Text(("components.begin_run.interval",)),), ())
    table = {**_TABLE, "columns": ["day date!"], "interval_column": "day"}
    about = {"as_of": "2026-01-16T03:00:00Z", "scheduled": "", "label_delay_seconds": 86400, "each": "run"}
    found = due(begins, {**about, "table": table, **_NUMBERS, "timezone": "UTC"}, "")
    assert found
    assert found.end == _BEFORE


def test_the_terminal_shows_the_last_days_that_have_rows() -> None:
    """Those before them in one line; rows that are only added have none, and what was not counted is not said."""
    days = {date(2026, 3, day): day for day in range(1, 10)}
    span = parse_instant("2026-03-01T00:00:00Z"), parse_instant("2026-03-10T00:00:00Z")
    lines = list(commands._days(Touched("shop.sales", "written anew", span, days)))
    assert lines[0] == (
        "touches",
        "shop.sales: 2026-03-01T00:00:00Z to 2026-03-10T00:00:00Z, written anew; 45 rows there now",
    )
    assert lines[1:3] == [("rows", "2 days from 2026-03-01 to 2026-03-02: 3 rows"), ("rows", "2026-03-03: 3 rows")]
    assert len(lines) == 9
    assert list(commands._days(Touched("t", "rows are added", days=None))) == [("touches", "t: rows are added")]
    assert commands._of_table(Touched("t", "rows are added", days=None)) == {
        "table": "t", "start": None, "end": None, "why": "rows are added", "rows": None, "days": None,
    }  # fmt: skip
