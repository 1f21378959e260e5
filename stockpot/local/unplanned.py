"""A run of a pipeline that cannot be compiled: it has no plan and no steps, but a record, and people hear of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.shell.instants import format_instant
from components.shell.step import verdict
from stockpot.compiler.placeholders import Json
from stockpot.local.events import Listener, RunFinished, RunStarted, silent
from stockpot.local.homes import private
from stockpot.local.parameters import utc_now
from stockpot.local.project import Project
from stockpot.local.records import Run, State, run_directory, write_run
from stockpot.local.runner import disk_full_said, new_id, report_failure

_NO_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Wish:
    """What somebody asked for: the pipeline's reference and own name, the instant, parameters, their files, options."""

    reference: str
    name: str
    as_of: str = ""
    given: Mapping[str, Json] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


def record_failure(error: Exception, wish: Wish, *, home: Path, listener: Listener = silent) -> Run:
    """The run that failed before it had a plan, for `error`: recorded, and reported to those who hear of failures."""
    moment, name = utc_now(), _NO_NAME.sub("-", wish.name.lower()).strip("-") or "pipeline"
    line, code = verdict(error)
    created = format_instant(moment)
    run = Run(
        id=new_id(name, moment),
        pipeline=name,
        description="",
        reference=wish.reference,
        plan="",
        as_of=wish.as_of or created,
        created=created,
        parameters={**wish.given, **({"as_of": wish.as_of} if wish.as_of else {})},
        state=State.FAILED,
        ended=created,
        exit_code=code,
        error=line,
        given=dict(wish.given),
        files=dict(wish.files),
        options=dict(wish.options),
    )
    directory = run_directory(home, run.id)
    with disk_full_said(home, run, listener, Project()):
        private(home, "runs")
        directory.mkdir()
        write_run(directory, run)
    listener(RunStarted(run, directory, 0))
    report_failure(listener, run, Project(), home)
    listener(RunFinished(run, 0.0, directory))
    return run
