"""Pipelines in words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.pages.model import Step
from components.shell.counts import counted
from stockpot.compiler.definitions import Plan
from stockpot.compiler.ir import Constant, Parameter
from stockpot.compiler.placeholders import Json
from stockpot.display.columns import folded
from stockpot.display.graph import Path


def heading(plan: Plan, last: str) -> str:
    """Name, title, schedule, the last run in words, description and parameters of a pipeline."""
    lines = [plan.pipeline.name]
    if plan.entry:
        lines[0] += f" - {plan.entry.title}"
        lines.append(f"Schedule: {plan.entry.cron} ({plan.entry.timezone})" if plan.entry.cron else "Schedule: by hand")
    lines.append(f"Last run: {last}")
    lines += plan.pipeline.description.strip().split("\n\n") if plan.pipeline.description else []
    paragraphs = [folded(line) for line in lines]
    paragraphs += [folded(f"  {_parameter_line(each)}", indent=6) for each in plan.pipeline.parameters.values()]
    return "\n".join(paragraphs)


def _parameter_line(parameter: Parameter) -> str:
    default = default_of(parameter)
    value = f" = {default}" if default else ""
    return f"--param {parameter.name}{value}  {' '.join(parameter.description.split())}".rstrip()


def default_of(parameter: Parameter) -> str:
    """A parameter's default in words; empty where it has none."""
    if isinstance(parameter.default, Constant):
        return _shown(parameter.default.value)
    return "set by the run" if parameter.default else ""


def _shown(value: Json) -> str:
    """The value as one would write it after `--param NAME=`, quoted; a long text by its length."""
    lines = value.splitlines() if isinstance(value, str) else []
    return (
        f"a text of {counted(len(lines), 'line')}"
        if len(lines) > 1
        else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )


def document(plan: Plan, steps: Sequence[Step], names: Mapping[Path, str]) -> Mapping[str, Any]:
    """A pipeline and its steps, as runs name them, as JSON; a `default` is null where a run sets it, or none is."""
    entry = plan.entry
    return {
        "name": plan.pipeline.name,
        "title": entry.title if entry else None,
        "schedule": entry.cron if entry else None,
        "timezone": entry.timezone if entry else None,
        "description": plan.pipeline.description,
        "parameters": [_parameter(each) for each in plan.pipeline.parameters.values()],
        "steps": [
            {
                "step": names[step.path],
                "after": [names[need] for need in step.needs],
                "notes": list(step.notes),
                "at_exit": step.at_exit,
            }
            for step in steps
        ],
    }


def _parameter(parameter: Parameter) -> Mapping[str, Any]:
    default = parameter.default.value if isinstance(parameter.default, Constant) else None
    return {
        "name": parameter.name,
        "type": parameter.kind,
        "default": default,
        "optional": parameter.optional,
        "description": parameter.description,
    }
