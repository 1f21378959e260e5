"""What the local runner would start of a plan: its own scheduler, with `act` in place of the containers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.shell.instants import parse_instant
from stockpot.compiler import ir
from stockpot.local import schedule
from stockpot.local.context import Failure
from stockpot.local.names import Position
from stockpot.local.parameters import start
from stockpot.local.processes import Stop
from stockpot.local.records import State
from stockpot.local.starting import Step
from stockpot.local.steps import Result
from stockpot.local.texts import command_of, filler
from stockpot.local.values import Inputs, Outputs, RunFacts, coerce
from tests.stockpot.kfp.backend import Act, Call, StepFailedError
from tests.stockpot.kfp.driver import Run


@dataclass
class Local:
    """The calls of a plan, in the words of the model: paths of artifacts name the tasks on the way to them."""

    plan: ir.Pipeline
    run: Run
    act: Act
    calls: list[Call] = field(default_factory=list)

    def start(self, parameters: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> Result:
        """How the run ends."""
        monkeypatch.setattr(schedule, "run_step", self._step)
        created = parse_instant(self.run.created)
        given = start(self.plan, parameters, None, self.run.resource_name, parse_instant(self.run.scheduled))
        facts = RunFacts(self.run.resource_name, parse_instant(self.run.scheduled), created)
        context: Any = SimpleNamespace(
            facts=facts, journal=_Journal(), stop=Stop(), emit=lambda event: None, alone=frozenset()
        )
        names = {path: "/".join(path) for path, _ in ir.walk(self.plan.dag)}
        inputs = Inputs(given.parameters, {})
        return asyncio.run(schedule.run_dag(context, self.plan.dag, inputs, Position(names)))

    async def _step(self, context: Any, step: Step) -> Result:
        path = tuple(step.id.split("/"))
        fill = filler(step.inputs, Path("/out"), context.facts, step.task)
        command = command_of(step.container, step.inputs, fill, {})
        call = Call(path, step.container.image, tuple(command))
        self.calls.append(call)
        component = step.task.component
        try:
            found = self.act(call, component.output_parameters)
        except StepFailedError as error:
            return Result(State.FAILED, failure=Failure(step.task.name, 10, str(error)))
        values = {name: coerce(found[name], kind, name) for name, kind in component.output_parameters.items()}
        artifacts = {name: Path("/in", *path, name) for name in component.output_artifacts}
        return Result(State.SUCCEEDED, Outputs(values, artifacts))


class _Journal:
    """Keeps nothing."""

    def task(self, _: str) -> None:
        """No task was noted before."""

    note: Callable[..., None] = task
    update: Callable[..., None] = lambda *arguments, **changes: None
