"""Running a pipeline on this machine, and going on with a run that failed or was interrupted."""

import asyncio
import contextlib
import dataclasses
import errno
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType

from components.shell.errors import ConfigurationError, StepError, TransientError
from components.shell.instants import format_instant, parse_instant
from components.shell.redaction import knowing, redact
from components.shell.step import verdict
from stockpot.compiler import ir
from stockpot.compiler.placeholders import Json
from stockpot.local import endpoints, preflight, recovery, secret_values, services
from stockpot.local.anew import ended_alone, taken_alone, taken_anew
from stockpot.local.cache import Cache
from stockpot.local.context import Context
from stockpot.local.events import (
    Listener,
    NotificationFailed,
    NotStopped,
    RunFinished,
    RunStarted,
    ServicesReady,
    silent,
    unfailing,
)
from stockpot.local.going_on import AS_BEFORE, Overrides, gone_on_with
from stockpot.local.homes import private
from stockpot.local.journal import Journal
from stockpot.local.locks import exclusive, is_free
from stockpot.local.names import Position, foreseen, short_names
from stockpot.local.parameters import start, utc_now
from stockpot.local.plan_hash import plan_hash
from stockpot.local.processes import Stop
from stockpot.local.project import Project
from stockpot.local.records import (
    Run,
    State,
    TaskRecord,
    forget_task,
    is_on_record,
    load_run,
    run_directory,
    set_room_aside,
)
from stockpot.local.recovery import PROJECT
from stockpot.local.schedule import run_dag
from stockpot.local.secret_files import SecretFiles
from stockpot.local.signals import heard
from stockpot.local.steps import Result, now
from stockpot.local.telling import notify
from stockpot.local.unwanted import until_the_end
from stockpot.local.values import Inputs, RunFacts
from stockpot.local.volumes import Claims

INTERRUPTED = 130
_OWN_CODES = (10, 11, 12, 13, 14, 75)


def run_pipeline(
    pipeline: ir.Pipeline,
    given: Mapping[str, Json],
    *,
    home: Path,
    reference: str = "",
    as_of: str | None = None,
    jobs: int | None = None,
    listener: Listener = silent,
    project: Project | None = None,
    options: Mapping[str, str] = MappingProxyType({}),
    files: Mapping[str, str] = MappingProxyType({}),
    cached: bool = True,
) -> Run:
    """The run of a pipeline, ended: its state, exit code and tasks.

    What fails after the parameters were found right, images, endpoints and services too, is the failure of a run with a
    record, of which people are notified. `options` are those of the command line, and `files` those that parameters
    were read from, for the command that goes on. A run that is not `cached` asks the cache for nothing.

    Raises:
        ConfigurationError: parameters, `as_of` or `jobs` are wrong; nothing was started then, and no run is recorded.
        TransientError: there is no room on the disk.
    """
    project = project or Project.of(home, reference)
    moment = utc_now()
    run_id = new_id(pipeline.name, moment)
    started = start(pipeline, given, as_of, run_id, moment)
    order = _Order(pipeline, home, _jobs(jobs), unfailing(listener), project, cached)
    run = Run(
        id=run_id,
        pipeline=pipeline.name,
        description=pipeline.description,
        reference=reference or pipeline.name,
        plan=plan_hash(pipeline),
        as_of=format_instant(started.facts.as_of),
        created=format_instant(moment),
        parameters=started.parameters,
        git_commit=_git_commit(project),
        version=_version(),
        tasks=tuple(foreseen(pipeline.dag, Position(short_names(pipeline.dag)))),
        given=dict(given),
        files=dict(files),
        options=dict(options),
    )
    return _carry_out(order, run)


def new_id(name: str, moment: datetime) -> str:
    """The id of a run of that pipeline that begins at that moment."""
    return f"{name}-{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def resume_run(
    home: Path,
    run_id: str,
    pipeline: ir.Pipeline,
    *,
    jobs: int | None = None,
    listener: Listener = silent,
    project: Project | None = None,
    first: str = "",
    only: str = "",
    overrides: Overrides = AS_BEFORE,
    cached: bool = True,
) -> Run:
    """The run, gone on with from where it failed: steps that ended well are kept, with their outputs.

    The `first` step that is taken anew, and what comes after it, are not kept. The same holds of the `only` step, but
    nothing else is taken then, and the run stays open. Where such a step is named, and where the run is not `cached`,
    the cache is asked for nothing. Tasks that take one of the parameters in `overrides` are not kept either.

    Raises:
        ConfigurationError: it is still running, has already succeeded though nothing is to be taken anew, has no such
            step or one that cannot be taken alone, no such parameter or one that makes it another run, or its
            pipeline's definition has changed.
    """
    before = load_run(home, run_id)
    where = Path(before.options[PROJECT]) if PROJECT in before.options else None
    project = project or Project.of(home, before.reference, where, docker=recovery.DOCKER in before.options)
    named = first or only
    before, anew = gone_on_with(home, before, pipeline, overrides, named)
    if named:
        anew |= taken_anew(before, named)
    earlier = tuple(task for task in before.tasks if not task.exits and task.id not in anew)
    is_asked = cached and not named
    again = dataclasses.replace(
        before,
        state=State.RUNNING,
        ended="",
        exit_code=None,
        error="",
        resumed=before.resumed + 1,
        git_commit=_git_commit(project),
        version=_version(),
        tasks=tuple(foreseen(pipeline.dag, Position(short_names(pipeline.dag)))),
        # For the command that goes on with it, which names the step no more.
        options=before.options if is_asked else {**before.options, recovery.NO_CACHE: ""},
    )
    alone = taken_alone(before, only) if only else frozenset()
    order = _Order(pipeline, home, _jobs(jobs), unfailing(listener), project, is_asked, earlier, anew, alone)
    return _carry_out(order, again)


def _jobs(jobs: int | None) -> int:
    if jobs is not None and jobs < 1:
        raise ConfigurationError(f"--jobs must be 1 or more, not {jobs}")
    return jobs or os.cpu_count() or 1


@dataclass(frozen=True)
class _Order:
    """What is to be run, where and how.

    Of the tasks of an `earlier` try of the same run those that ended well are kept; those that run `anew` are not among
    them. Where steps are taken `alone`, no others run.
    """

    pipeline: ir.Pipeline
    home: Path
    jobs: int
    listener: Listener
    project: Project
    cached: bool
    earlier: Sequence[TaskRecord] = ()
    anew: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()


def _carry_out(order: _Order, run: Run) -> Run:
    directory = run_directory(order.home, run.id)
    began = time.monotonic()
    with disk_full_said(order.home, run, order.listener, order.project):
        for part in ("runs", "cache"):
            private(order.home, part)
        (directory / "steps").mkdir(parents=True, exist_ok=True)
        with _locked(directory, run):
            set_room_aside(directory)
            # Before anything runs: who finds a killed run believes what its steps have recorded.
            for task_id in order.anew:
                forget_task(directory, task_id)
            journal = Journal(run, directory, order.earlier)
            journal.write()
            containers = sum(1 for task in run.tasks if task.kind == "container")
            order.listener(RunStarted(run, directory, containers))
            run = _to_its_end(order, journal)
            order.listener(RunFinished(run, time.monotonic() - began, directory))
    return run


def _to_its_end(order: _Order, journal: Journal) -> Run:
    """The run, ended and written down however it ended.

    What goes wrong once it has ended, as where services cannot be stopped, changes nothing of that.
    """
    try:
        return _served(order, journal)
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - whatever it is, the run has an end
        if journal.run.state is not State.RUNNING:
            order.listener(NotStopped(verdict(error)[0]))
            return journal.run
        return _given_up(order, journal, error)


def _given_up(order: _Order, journal: Journal, error: BaseException) -> Run:
    """The run, ended for a reason that lies in none of its steps; people are notified, unless somebody stopped it."""
    known = _as_step_error(error, order.home, journal.run)
    line, code = verdict(known)
    stopped = isinstance(error, KeyboardInterrupt)
    journal.close_open_tasks()
    state = State.INTERRUPTED if stopped else State.FAILED
    ended = journal.end_run(state=state, exit_code=code, error=line, ended=now())
    if stopped:
        return ended
    report_failure(order.listener, ended, order.project, order.home)
    if known is error and not isinstance(error, StepError):
        raise error
    return ended


def report_failure(listener: Listener, failed: Run, project: Project, home: Path) -> None:
    """Notify those who hear of failures; where that fails, the listener hears of it."""
    if untold := notify(failed, project, home):
        listener(NotificationFailed(untold))


def _served(order: _Order, journal: Journal) -> Run:
    """The run, carried out while the services that it needs are there."""
    run = journal.run
    files = SecretFiles(order.home)
    stand_ins = preflight.check(order.pipeline, run.parameters, order.project, files)
    dag = order.pipeline.dag
    with services.in_use(order.home, os.environ, secret_values.wanted(dag)) as endpoints_in_use:
        values = {**os.environ, **endpoints_in_use.for_steps}
        with knowing(secret_values.secrets_of(dag, values, files)):
            order.listener(ServicesReady((*endpoints_in_use.described, *stand_ins)))
            if endpoints.read(os.environ).store:
                preflight.ask_buckets(dag, run.parameters, endpoints_in_use.for_steps)
            journal.change(services=tuple(map(redact, endpoints_in_use.described)))
            return asyncio.run(_main(order, journal, values))


async def _main(order: _Order, journal: Journal, values: Mapping[str, str]) -> Run:
    context = _context(order, journal, values)
    dag = order.pipeline.dag
    with context.holding, heard(context), until_the_end():
        result = await run_dag(context, dag, Inputs(journal.run.parameters, {}), Position(short_names(dag)))
        # Within, so that Ctrl-C cannot come between the last step and the end on record.
        return _ended(order, context, result)


def _ended(order: _Order, context: Context, result: Result) -> Run:
    """The run, whose tasks have come to their end, with how it ended."""
    context.journal.close_open_tasks()
    state, code, error = _verdict(result, interrupted=context.stop.asked.is_set())
    if order.alone and not (result.failure or context.stop.asked.is_set()):
        state, code, error = ended_alone(context.journal.run, order.alone)
    return context.journal.end_run(state=state, exit_code=code, error=error, ended=now())


def _context(order: _Order, journal: Journal, values: Mapping[str, str]) -> Context:
    """What the run's tasks share. It is made inside the event loop, to which its locks belong."""
    run, directory = journal.run, journal.directory
    shared = {
        "LANG": "C.UTF-8",
        # Steps see the code of the components and, in their own folder, nothing that could pass for it.
        "PYTHONPATH": str(_code(directory, order.project)),
        "PYTHONSAFEPATH": "1",
        "STOCKPOT_ENGINE": "local",
        "STOCKPOT_GIT_COMMIT": run.git_commit,
        "STOCKPOT_VERSION": run.version,
    }
    return Context(
        project=order.project,
        facts=RunFacts(run.id, parse_instant(run.as_of), parse_instant(run.created).replace(microsecond=0)),
        directory=directory,
        journal=journal,
        cache=Cache(order.home.resolve() / "cache", asked=order.cached),
        claims=Claims(order.home),
        files=SecretFiles(order.home),
        listener=order.listener,
        values=values,
        shared_environment=shared,
        stop=Stop(),
        slots=asyncio.Semaphore(order.jobs),
        alone=order.alone,
    )


def _verdict(result: Result, *, interrupted: bool) -> tuple[State, int, str]:
    if result.failure:
        error = f"{result.failure.task}: {result.failure.message}"
        code = result.failure.exit_code if result.failure.exit_code in _OWN_CODES else 1
        return (State.INTERRUPTED, INTERRUPTED, error) if interrupted else (State.FAILED, code, error)
    if result.state is State.SUCCEEDED:
        return State.SUCCEEDED, 0, ""
    return State.INTERRUPTED, INTERRUPTED, "stopped"


@contextlib.contextmanager
def _locked(directory: Path, run: Run) -> Iterator[None]:
    """Hold the run's lock, by which others see that its runner is alive."""
    if not is_free(directory / "lock"):
        raise ConfigurationError(f"run {run.id} is still running", "wait for its end")
    with exclusive(directory / "lock"):
        yield


@contextlib.contextmanager
def disk_full_said(home: Path, run: Run, listener: Listener, project: Project) -> Iterator[None]:
    """Where not even the end of the run could be written down: say so, and report the failure.

    Raises:
        TransientError: there is no room on the disk.
    """
    try:
        yield
    except OSError as error:
        if not is_on_record(run_directory(home, run.id)):
            run = dataclasses.replace(run, plan="")
        known = _as_step_error(error, home, run)
        if known is error:
            raise
        line, code = verdict(known)
        report_failure(
            listener, dataclasses.replace(run, state=State.FAILED, exit_code=code, error=line), project, home
        )
        raise known from None


def _as_step_error(error: BaseException, home: Path, run: Run) -> BaseException:
    """The error of a full disk, where this one means that; else the error itself."""
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return error
    following = recovery.going_on(run) if run.plan else recovery.again(run)
    todo = f"make room, then: {following}"
    return TransientError(f"no space left on the disk of {home.resolve()}", todo)


def _code(directory: Path, project: Project) -> Path:
    """A folder that holds nothing but `components`, so that steps import that and not what lies beside it."""
    folder = directory / "code"
    folder.mkdir(exist_ok=True)
    link, components = folder / "components", project.code.resolve() / "components"
    # A run may be gone on with by another checkout, or by this one in another directory.
    if not link.is_symlink() or link.readlink() != components:
        link.unlink(missing_ok=True)
        link.symlink_to(components)
    return folder


def _git_commit(project: Project) -> str:
    with contextlib.suppress(OSError):
        command = ["git", "-C", str(project.code), "rev-parse", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
    return ""


def _version() -> str:
    try:
        return version("stockpot")
    except PackageNotFoundError:
        return ""
