"""Pipelines and runs in words and as JSON."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from stockpot.compiler.definitions import Plan
from stockpot.compiler.ir import Constant
from stockpot.compiler.placeholders import Json
from stockpot.local.display import said
from stockpot.local.records import Run, State, TaskRecord
from stockpot.local.recovery import next_command
from stockpot.local.report.figures import duration
from stockpot.local.report.writing import report_path


def heading(plan: Plan) -> str:
    """Name, title, schedule, description and parameters of a pipeline."""
    lines = [plan.pipeline.name]
    if plan.entry:
        lines[0] += f" - {plan.entry.title}"
        lines.append(f"Schedule: {plan.entry.cron} ({plan.entry.timezone})" if plan.entry.cron else "Schedule: by hand")
    if plan.pipeline.description:
        lines.append(plan.pipeline.description.strip())
    lines += [f"  {line}" for line in _parameters(plan)]
    return "\n".join(lines)


def _parameters(plan: Plan) -> list[str]:
    told = []
    for name, parameter in plan.pipeline.parameters.items():
        default = parameter.default
        value = (
            f" = {_shown(default.value)}" if isinstance(default, Constant) else " = set by the run" if default else ""
        )
        told.append(f"--param {name}{value}" + (f"  {parameter.description}" if parameter.description else ""))
    return told


def _shown(value: Json) -> str:
    """The value as one would write it after `--param NAME=`, quoted; a long text by its length."""
    lines = value.splitlines() if isinstance(value, str) else []
    return f"a text of {len(lines)} lines" if len(lines) > 1 else json.dumps(value, ensure_ascii=False)


def run_line(run: Run) -> tuple[str, ...]:
    """A run as one line: id, state, as_of, start, time, steps done."""
    done, steps = _done(run)
    state = f"{run.state}, {said(run)}" if run.warnings else run.state
    return (run.id, state, run.as_of, run.created, duration(seconds(run.created, run.ended)), f"{done} of {steps}")


def run_summary(run: Run, home: Path) -> Mapping[str, Any]:
    """A run as JSON: how it ended, its steps, and where its report lies."""
    return {
        "run": run.id,
        "pipeline": run.pipeline,
        "state": run.state,
        "exit_code": run.exit_code,
        "error": run.error or None,
        "next": (next_command(run) or None) if run.exit_code else None,
        "warnings": list(run.warnings),
        "as_of": run.as_of,
        "started": run.created,
        "ended": run.ended or None,
        "parameters": run.parameters,
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
        "outputs": task.parameters,
        "details": task.details,
    }


def _done(run: Run) -> tuple[int, int]:
    steps = [task for task in run.tasks if task.kind == "container"]
    return sum(task.state is State.SUCCEEDED for task in steps), len(steps)


def seconds(start: str, end: str) -> float | None:
    """Seconds between two ISO 8601 texts, None where one is empty."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() if start and end else None
