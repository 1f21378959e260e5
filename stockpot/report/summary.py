"""Runs in one line and as JSON."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from components.pages.figures import short_duration
from components.shell.redaction import masked_in, redact, without_secrets
from stockpot.local.display import warnings_text
from stockpot.local.records import Run, State, TaskRecord
from stockpot.local.recovery import next_command
from stockpot.report.writing import report_path


def run_line(run: Run) -> tuple[str, ...]:
    """A run as one line: id, state, as_of, start, time, steps done."""
    done, steps = _done(run)
    state = f"{run.state}, {warnings_text(run)}" if run.warnings else run.state
    return (
        run.id,
        state,
        run.as_of,
        run.created,
        short_duration(seconds(run.created, run.ended)),
        f"{done} of {steps}",
    )


def run_summary(run: Run, home: Path) -> Mapping[str, Any]:
    """A run as JSON: how it ended, its steps, and where its report lies."""
    return {
        "run": run.id,
        "pipeline": run.pipeline,
        "state": run.state,
        "exit_code": run.exit_code,
        "error": run.error or None,
        "next": (next_command(run) or None) if run.exit_code or run.state is State.INTERRUPTED else None,
        "warnings": list(run.warnings),
        "as_of": run.as_of,
        "started": run.created,
        "ended": run.ended or None,
        "parameters": _shown(run.parameters),
        "report": str(report_path(home, run.id)),
        "steps": [_step(task) for task in run.tasks if task.kind == "container"],
    }


def _step(task: TaskRecord) -> Mapping[str, Any]:
    return {
        "step": task.id,
        "state": task.state,
        "cached": task.cached,
        "attempts": task.attempts,
        "exit_code": task.exit_code,
        "error": task.error or None,
        "rows_in": task.rows_in,
        "rows_out": task.rows_out,
        "rows_rejected": task.rows_rejected,
        "outputs": _shown(task.parameters),
        "details": task.details,
    }


def _shown(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters without what is secret, or is called so."""
    known = {name: without_secrets(name, value) for name, value in parameters.items()}
    return {name: redact(value) if isinstance(value, str) else masked_in(value) for name, value in known.items()}


def _done(run: Run) -> tuple[int, int]:
    steps = [task for task in run.tasks if task.kind == "container"]
    return sum(task.state is State.SUCCEEDED for task in steps), len(steps)


def seconds(start: str, end: str) -> float | None:
    """Seconds between two ISO 8601 texts, None where one is empty."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() if start and end else None
