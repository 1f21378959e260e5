"""`demo`: what `make run` does."""

import os
import sys
from typing import TYPE_CHECKING

import typer

from stockpot.commands.options import DEFAULT_HOME, Form, Home
from stockpot.commands.running import carry_out, leave

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PIPELINE = "moderation-training"
VERIFY = "verify-pipeline"


def demo(home: Home = DEFAULT_HOME) -> None:
    """Build the training table from sample data.

    Fills the source, runs moderation-training and then verify-pipeline. Called again it changes nothing, and says so.

    \b
    Examples:
      stockpot demo
      stockpot demo --home /tmp/kitchen
    """
    from components.shell.instants import format_instant
    from stockpot.local.services import Wanted, in_use
    from stockpot.samples.moments import AS_OF
    from stockpot.samples.source import fill

    with in_use(home, os.environ, Wanted()) as endpoints:
        done = fill(endpoints.for_people["DATABASE_URL"])
        changed = [table for table, what in done.items() if what != "unchanged"]
        typer.echo(f"Sample data: {'filled ' + ', '.join(changed) if changed else 'already there, unchanged'}")
        sys.stdout.flush()
        _run(PIPELINE, {}, format_instant(AS_OF), home)
        _run(VERIFY, {}, None, home)


def _run(name: str, given: "Mapping[str, str]", as_of: str | None, home: "Path") -> None:
    from stockpot.compiler.definitions import glance
    from stockpot.local.recovery import options_of
    from stockpot.local.runner import run_pipeline

    plan, options = glance(name), options_of(home if home != DEFAULT_HOME else None, None, "")
    ended = carry_out(
        lambda listener: run_pipeline(
            plan.pipeline, given, home=home, reference=name, as_of=as_of, listener=listener, options=options
        ),
        home,
        Form.TEXT,
        plan.entry,
    )
    leave(ended)
    loaded = [task for task in ended.tasks if "already_done" in task.details]
    for task in loaded:
        state = "unchanged" if task.details["already_done"] else "updated"
        typer.echo(f"Table {task.details['table']}: {state}, {task.rows_out} rows of this interval")
