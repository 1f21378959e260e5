"""Running a pipeline on this machine, and going on with a run that failed or was interrupted."""

import asyncio
import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from components.shell.errors import ConfigurationError, StepError, TransientError
from components.shell.instants import format_instant, parse_instant
from pipelines.compiler import ir
from pipelines.compiler.placeholders import Json
from pipelines.local import endpoints, secret_values, services
from pipelines.local.cache import Cache
from pipelines.local.context import Context
from pipelines.local.events import Listener, RunFinished, RunStarted, ServicesReady, Stopping, silent
from pipelines.local.journal import Journal
from pipelines.local.locks import exclusive, is_free
from pipelines.local.names import Place, foreseen, short_names
from pipelines.local.parameters import start, utc_now
from pipelines.local.processes import Stop
from pipelines.local.project import Project
from pipelines.local.records import Run, State, TaskRecord, load_run, run_directory, write_run
from pipelines.local.schedule import run_dag
from pipelines.local.steps import Result, now
from pipelines.local.values import Inputs, RunFacts

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
) -> Run:
    """The run of a pipeline, ended: its state, exit code and tasks.

    Raises:
        ConfigurationError: parameters, images, endpoints or `as_of` are wrong; nothing was started then.
        TransientError: services or disk let the run down.
    """
    project = project or Project.of(home)
    moment = utc_now()
    run_id = f"{pipeline.name}-{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    started = start(pipeline, given, as_of, run_id, moment)
    _check(pipeline, project)
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
        tasks=tuple(foreseen(pipeline.dag, Place(short_names(pipeline.dag)))),
    )
    directory = run_directory(home, run_id)
    (directory / "steps").mkdir(parents=True)
    return _carry_out(_Order(pipeline, home, _jobs(jobs), listener, project), run)


def resume_run(
    home: Path,
    run_id: str,
    pipeline: ir.Pipeline,
    *,
    jobs: int | None = None,
    listener: Listener = silent,
    project: Project | None = None,
) -> Run:
    """The run, gone on with from where it failed: steps that ended well are kept, with their outputs.

    Raises:
        ConfigurationError: it is still running, has already succeeded, or its pipeline's definition has changed.
    """
    project = project or Project.of(home)
    before = load_run(home, run_id)
    if before.state is State.RUNNING:
        raise ConfigurationError(f"run {before.id} is still running", "wait for its end")
    if before.state is State.SUCCEEDED:
        raise ConfigurationError(f"run {before.id} has succeeded", "there is nothing to resume; start a new run")
    if before.plan != plan_hash(pipeline):
        raise ConfigurationError(
            f"the definition of {before.pipeline} has changed since run {before.id}",
            f"start a new run: stockpot run {before.reference} --as-of {before.as_of}",
        )
    _check(pipeline, project)
    kept = {task.id: task for task in before.tasks if task.kind == "container" and not task.exits}
    again = dataclasses.replace(
        before,
        state=State.RUNNING,
        ended="",
        exit_code=None,
        error="",
        resumed=before.resumed + 1,
        git_commit=_git_commit(project),
        tasks=tuple(foreseen(pipeline.dag, Place(short_names(pipeline.dag)))),
    )
    return _carry_out(_Order(pipeline, home, _jobs(jobs), listener, project, kept), again)


def _jobs(asked: int | None) -> int:
    if asked is not None and asked < 1:
        raise ConfigurationError(f"--jobs must be 1 or more, not {asked}")
    return asked or os.cpu_count() or 1


def plan_hash(pipeline: ir.Pipeline) -> str:
    """The hash of a plan: all tasks with all that is said of them, whatever the order of keys, which KFP shuffles."""
    return hashlib.sha256(json.dumps(_canonical(pipeline.root), sort_keys=True).encode()).hexdigest()


def _canonical(value: Any) -> Json:
    """The value as JSON that tells its types apart."""
    if dataclasses.is_dataclass(value):
        fields = {each.name: _canonical(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return {"": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(name): _canonical(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    return value


def _check(pipeline: ir.Pipeline, project: Project) -> None:
    """Find out what would go wrong later: unknown images, endpoints named in part, secrets that are nowhere."""
    for _, container in secret_values.containers(pipeline.dag):
        project.step(container.image)
    endpoints.read(os.environ)
    secret_values.check(pipeline.dag, os.environ)


@dataclass(frozen=True)
class _Order:
    """What is to be run, where and how; `kept` are the steps of an earlier try of the same run."""

    pipeline: ir.Pipeline
    home: Path
    jobs: int
    listener: Listener
    project: Project
    kept: Mapping[str, TaskRecord] = field(default_factory=dict)


def _carry_out(order: _Order, run: Run) -> Run:
    directory = run_directory(order.home, run.id)
    began = time.monotonic()
    with _locked(directory, run), _disk_full_said(order.home, run):
        write_run(directory, run)
        containers = sum(1 for task in run.tasks if task.kind == "container")
        order.listener(RunStarted(run, directory, containers))
        try:
            with services.in_use(order.home, os.environ, secret_values.wanted(order.pipeline.dag)) as found:
                order.listener(ServicesReady(found.described))
                run = dataclasses.replace(run, services=found.described)
                run = asyncio.run(_main(order, run, {**os.environ, **found.for_steps}))
        except KeyboardInterrupt:
            run = _given_up(directory, run, State.INTERRUPTED, INTERRUPTED, "interrupted")
        except StepError as error:
            _given_up(directory, run, State.FAILED, error.exit_code, str(error))
            raise
        order.listener(RunFinished(run, time.monotonic() - began, directory))
    return run


async def _main(order: _Order, run: Run, values: Mapping[str, str]) -> Run:
    context = _context(order, run, values)
    dag = order.pipeline.dag
    with _signals(context):
        result = await run_dag(context, dag, Inputs(run.parameters, {}), Place(short_names(dag)))
    context.journal.close_open_tasks()
    state, code, error = _verdict(result, interrupted=context.stop.asked.is_set())
    return context.journal.settle_run(state=state, exit_code=code, error=error, ended=now())


def _context(order: _Order, run: Run, values: Mapping[str, str]) -> Context:
    """What the run's tasks share. It is made inside the event loop, to which its locks belong."""
    directory = run_directory(order.home, run.id)
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
        journal=Journal(run, directory),
        cache=Cache(order.home.resolve() / "cache"),
        listener=order.listener,
        values=values,
        shared_environment=shared,
        stop=Stop(),
        slots=asyncio.Semaphore(order.jobs),
        kept=order.kept,
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
def _signals(context: Context) -> Iterator[None]:
    """Let Ctrl-C and TERM stop the run in order, and a second one at once."""

    def asked() -> None:
        context.stop.ask()
        context.tell(Stopping(immediately=context.stop.insisted.is_set()))

    loop = asyncio.get_running_loop()
    caught = []
    # Only the main thread gets signals; a run in another thread is stopped by whoever started it.
    with contextlib.suppress(ValueError, RuntimeError):
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, asked)
            caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _locked(directory: Path, run: Run) -> Iterator[None]:
    """Hold the run's lock, by which others see that its runner is alive."""
    if not is_free(directory / "lock"):
        raise ConfigurationError(f"run {run.id} is still running", "wait for its end")
    with exclusive(directory / "lock"):
        yield


@contextlib.contextmanager
def _disk_full_said(home: Path, run: Run) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        todo = f"make room, then: stockpot resume {run.id}"
        raise TransientError(f"no space left on the disk of {home.resolve()}", todo) from None


def _given_up(directory: Path, run: Run, state: State, exit_code: int, error: str) -> Run:
    ended = dataclasses.replace(run, state=state, exit_code=exit_code, error=error, ended=now())
    write_run(directory, ended)
    return ended


def _code(directory: Path, project: Project) -> Path:
    """A folder that holds nothing but `components`, so that steps import that and not what lies beside it."""
    place = directory / "code"
    place.mkdir(exist_ok=True)
    link = place / "components"
    if not link.is_symlink():
        link.symlink_to(project.code.resolve() / "components")
    return place


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
