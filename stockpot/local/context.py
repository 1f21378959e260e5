"""What all tasks of one run share."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from stockpot.compiler.lightweight import Installs
from stockpot.local.cache import Cache
from stockpot.local.docker import Docker
from stockpot.local.environments import Environment, ensure, in_use
from stockpot.local.events import EnvironmentBuilding, EnvironmentReady, Event, Listener
from stockpot.local.journal import Journal
from stockpot.local.processes import Stop
from stockpot.local.project import Project
from stockpot.local.records import REPORT, Run, State, TaskRecord
from stockpot.local.recovery import handed_on
from stockpot.local.resolving import NOTHING
from stockpot.local.secret_files import SecretFiles
from stockpot.local.values import RunFacts
from stockpot.local.volumes import Claims

_LONGEST_WARNING = 500
_MOST_WARNINGS = 20


@dataclass(frozen=True)
class Failure:
    """Why a run failed: the first task that did, its exit code and its line."""

    task: str
    exit_code: int
    message: str


@dataclass
class Context:
    """A run at work. `values` are the endpoints and the user's variables, of which a step gets what its task names.

    Where steps are taken `alone`, no others run. `holding` is what the run holds until its end. `foreign` are the steps
    that failed by the exit code of a program that is none of ours.
    """

    project: Project
    facts: RunFacts
    directory: Path
    journal: Journal
    cache: Cache
    claims: Claims
    files: SecretFiles
    listener: Listener
    values: Mapping[str, str]
    shared_environment: Mapping[str, str]
    stop: Stop
    slots: asyncio.Semaphore
    alone: frozenset[str] = frozenset()
    holding: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    foreign: set[str] = field(default_factory=set)
    _environments: dict[tuple[str, Installs], "asyncio.Task[Environment]"] = field(default_factory=dict)
    _images: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    _builders: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    def emit(self, event: Event) -> None:
        """Hand an event to the listener."""
        self.listener(event)

    @property
    def omitting(self) -> str:
        """Why tasks are left out."""
        return "only another step is taken" if self.alone else "what it needs failed or was stopped"

    def meant(self, failed: TaskRecord) -> int:
        """What the exit code of a step that failed says of the run: that of a program of others no more than 1."""
        return 1 if failed.id in self.foreign else failed.exit_code or 1

    def run(self) -> Run:
        """The run's record as it is now."""
        return self.journal.run

    def for_exit_handlers(self) -> dict[str, str]:
        """What those who report the run's end cannot find in its status: the next command, warnings, and the report.

        The warnings are as many as one variable can hold; how many there are stands beside them.
        """
        run = self.run()
        failed = [task for task in run.tasks if task.state is State.FAILED and task.kind == "container"]
        first = min(failed, key=lambda task: task.ended, default=None)
        ended = replace(run, exit_code=self.meant(first), error=first.error) if first else run
        warnings = [line[:_LONGEST_WARNING] for line in run.warnings[:_MOST_WARNINGS]]
        return {
            "STOCKPOT_NEXT": handed_on(ended),
            "STOCKPOT_WARNINGS": json.dumps(warnings),
            "STOCKPOT_WARNED": str(len(run.warnings)),
            "STOCKPOT_REPORT": str((self.directory / REPORT).absolute()),
        }

    async def environment(self, step: str, installs: Installs = NOTHING) -> Environment:
        """The environment of a step's image, with what a component installs; it is built once for all that wait."""
        if (step, installs) not in self._environments:
            self._environments[step, installs] = asyncio.create_task(self._build(step, installs))
        return await asyncio.shield(self._environments[step, installs])

    async def image(self, docker: Docker, image: str) -> None:
        """Fetch an image once for all that wait; at the end of the run nobody waits any more."""
        if image not in self._images:
            self._images[image] = asyncio.create_task(docker.fetch(image))
        await asyncio.shield(self._images[image])

    async def _build(self, step: str, installs: Installs) -> Environment:
        loop = asyncio.get_running_loop()

        def building(packages: int) -> None:
            loop.call_soon_threadsafe(self.emit, EnvironmentBuilding(step, packages))

        async with self._builders:
            environment = await asyncio.to_thread(ensure, self.project, step, building, installs)
            # A later step may take it days after this one has.
            await asyncio.to_thread(self.holding.enter_context, in_use(environment))
        if environment.seconds:
            self.emit(EnvironmentReady(step, environment.seconds))
        return environment
