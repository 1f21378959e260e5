"""Pipelines in words."""

import json

from stockpot.compiler.definitions import Plan
from stockpot.compiler.ir import Constant
from stockpot.compiler.placeholders import Json


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
