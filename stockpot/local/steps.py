"""One container task: from the cache, from before, or by its process, with as many attempts as the plan grants."""

import asyncio
import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from components.shell.errors import ConfigurationError, ContractError, TransientError
from components.shell.instants import format_instant, parse_instant
from components.shell.redaction import mask_file, redact
from components.shell.step import verdict
from stockpot.compiler import executor, ir
from stockpot.compiler.lightweight import installs_of, interface_of, is_lightweight
from stockpot.compiler.policies import CREATE_CLAIM, DELETE_CLAIM, speaks_codes, works_on_claims
from stockpot.local import volumes
from stockpot.local.anew import with_all_after
from stockpot.local.cache import NOT_ASKED, Parts, fixed_parts, is_pure, with_inputs
from stockpot.local.closure import UncacheableError
from stockpot.local.context import Context, Failure
from stockpot.local.docker import NOT_BEGUN, UNSURE, Docker, without_advice
from stockpot.local.events import TaskFinished, TaskProgress, TaskRetry, TaskSkipped, TaskStarted, TaskWaiting
from stockpot.local.outcomes import changes_at_end, failed, succeeded
from stockpot.local.parameter_images import with_image
from stockpot.local.processes import Command, Ended, execute, kill_leftovers
from stockpot.local.records import COMMAND, State, TaskRecord, write_json
from stockpot.local.starting import TEMPORARY, Step, container_of, in_environment, in_image, words_of
from stockpot.local.values import Outputs

# What passes by itself, of steps that speak by their exit codes: their word for it, and processes that were killed.
# The same as on the cluster.
PASSING = frozenset({75, 137, 143})
# What is there already is found sooner.
_NOTICED = timedelta(seconds=0.1)
T = TypeVar("T")
_Starting = Callable[[Path, Mapping[str, Path]], Command]
"""How a step is started, in its directory and with its volumes at these paths."""


@dataclass(frozen=True)
class Result:
    """What came of a task: its outputs, or why it failed, or neither where it was skipped or stopped."""

    state: State
    outputs: Outputs = dataclasses.field(default_factory=Outputs)
    failure: Failure | None = None


async def run_step(context: Context, step: Step) -> Result:
    """Carry out a step and keep its record; the result says how it ended."""
    kept = _kept(context, step)
    if kept:
        return kept
    if context.alone and step.id not in context.alone:
        context.journal.update(step.id, state=State.OMITTED, reason=context.omitting)
        context.emit(TaskSkipped(step.id, context.omitting))
        return Result(State.CANCELLED)
    if step.id in context.journal.kept:
        context.journal.forget(_undone(context, step))
    directory = context.directory / "steps" / step.id
    try:
        if context.run().resumed:
            await asyncio.to_thread(_kill_leftovers, context, step, directory)
        directory.mkdir(parents=True, exist_ok=True)
        if step.container.image_text.parts:
            step = dataclasses.replace(step, container=with_image(step.container, step.inputs, step.id))
            context.journal.update(step.id, image=step.container.image)
        await _fetched(context, step)
        record = await _cached_or_run(context, step, directory)
    except Exception as error:  # noqa: BLE001 - whatever befalls one step, exit handlers run and the run has an end
        message, code = verdict(error)
        record = context.journal.update(step.id, **failed(code, message), ended=now())
    except asyncio.CancelledError:
        context.journal.update(step.id, state=State.CANCELLED, ended=now())
        raise
    record = context.journal.task(step.id) or record
    log, stdout = directory / "stderr", directory / "stdout"
    context.emit(TaskFinished(record, _seconds(record), stdout if stdout.exists() else None, log))
    return _result(context, step, record)


def _kill_leftovers(context: Context, step: Step, directory: Path) -> None:
    """End what a dead runner has left of the step."""
    docker, name = context.project.docker, container_of(context, step)
    if docker and (wrong := docker.remove(name)):
        raise TransientError(f"the container {name} of an earlier try cannot be removed: {wrong}", "remove it by hand")
    kill_leftovers(directory)


async def _fetched(context: Context, step: Step) -> None:
    """Fetch the step's image where it runs in it and it is not here, unless the run is stopped."""
    docker, image = context.project.docker, step.container.image
    if docker is None or works_on_claims(step.container) or bool(await asyncio.to_thread(docker.id_of, image)):
        return
    context.emit(TaskWaiting(step.id, f"image {image} is being fetched"))
    await _waited(context, step, context.image(docker, image))


def _kept(context: Context, step: Step) -> Result | None:
    """The result of an earlier try of this very run, where it ended well and its outputs are still there."""
    before = context.journal.kept.get(step.id)
    if before is None:
        return None
    if not all((context.directory / path).exists() for path in before.artifacts.values()):
        return None
    if not _claims_stand(context, step, before):
        return None
    record = context.journal.note(dataclasses.replace(before, reason="kept from before the run was resumed"))
    context.emit(TaskFinished(record, 0.0, None, context.directory / "steps" / step.id / "stderr"))
    return _result(context, step, record)


def _claims_stand(context: Context, step: Step, before: TaskRecord) -> bool:
    """Whether what the step did with claims still holds.

    One that an exit handler deleted is made anew, and what was done with it is done anew. One that an ordinary step
    deleted was done with.
    """
    if step.container.image == CREATE_CLAIM:
        name = before.parameters["name"]
        return context.claims.has(name) or name in _done_with(context)
    names = volumes.used(step.container, step.inputs)
    tasks = context.run().tasks if names else ()
    makers = (each for each in tasks if each.image == CREATE_CLAIM and each.parameters.get("name") in names)
    return all(parse_instant(each.started) <= parse_instant(before.started) for each in makers)


def _undone(context: Context, step: Step) -> frozenset[str]:
    """The tasks that hold no more, for the step ended well before and is made anew: it, and whatever comes after it.

    With a claim of the same name no other step gets another input. Who has used it, `_claims_stand` finds out.
    """
    if step.container.image == CREATE_CLAIM and step.inputs.parameters.get("pvc_name"):
        return frozenset({step.id})
    return with_all_after(context.run(), [step.id])


def _done_with(context: Context) -> set[str]:
    """The claims that steps of the run have deleted, other than exit handlers."""
    deleted = (each for each in context.journal.kept.values() if each.image == DELETE_CLAIM)
    names = (context.directory / "steps" / each.id / "outputs/name" for each in deleted)
    return {name.read_text() for name in names if name.is_file()}


async def _cached_or_run(context: Context, step: Step, directory: Path) -> TaskRecord:
    if step.exits or not is_pure(step.task, step.container):
        return await _attempts(context, step, directory)
    try:
        parts = await asyncio.to_thread(_parts, context, step)
    except UncacheableError as why:
        context.journal.update(step.id, reason=f"not cached: {why}")
        return await _attempts(context, step, directory)
    if await asyncio.to_thread(context.cache.fetch, parts.key, directory):
        context.cache.remember(_memory(context, step), parts)
        done = succeeded(step.task.component, context.directory, directory)
        kept = {"cached": True, "reason": "nothing it depends on changed"}
        return context.journal.update(step.id, **done, **kept, started=now(), ended=now())
    context.journal.update(step.id, reason=_why(context, step, parts))
    record = await _attempts(context, step, directory)
    if record.state is State.SUCCEEDED:
        await asyncio.to_thread(_keep, context, step, parts, directory)
    return record


def _keep(context: Context, step: Step, parts: Parts, directory: Path) -> None:
    """Keep the step's result, unless code or inputs have changed while it ran: then nobody knows which it has seen."""
    with contextlib.suppress(UncacheableError):
        if _parts(context, step) == parts and context.cache.keep(parts.key, directory):
            context.cache.remember(_memory(context, step), parts)


def _parts(context: Context, step: Step) -> Parts:
    arguments = (step.task, step.container, step.inputs, context.facts)
    fixed = fixed_parts(context.project, *arguments, settings=context.values)
    return with_inputs(fixed, step.inputs)


def _memory(context: Context, step: Step) -> str:
    return f"{context.run().pipeline}.{step.id}"


def _why(context: Context, step: Step, parts: Parts) -> str:
    if not context.cache.asked:
        return NOT_ASKED
    before = context.cache.latest(_memory(context, step))
    return "; ".join(parts.differences(before, context.project.named(step.container.image))) if before else "first time"


def delays(retry: ir.Retry | None) -> Iterator[float]:
    """The pauses in seconds before each further attempt, growing by the factor."""
    return (retry.delay * retry.factor**number for number in range(retry.attempts)) if retry else iter(())


async def _attempts(context: Context, step: Step, directory: Path) -> TaskRecord:
    """Try until it ends well, fails for good, or no attempt is left. A pause between attempts takes no slot."""
    try:
        return await _tried(context, step, directory)
    finally:
        shutil.rmtree(directory / TEMPORARY, ignore_errors=True)


async def _tried(context: Context, step: Step, directory: Path) -> TaskRecord:
    pauses = delays(step.task.retry)
    for attempt in count(1):
        async with context.slots:
            if _stop(context, step).is_set():
                return context.journal.update(step.id, state=State.CANCELLED)
            context.foreign.discard(step.id)
            ended = await _attempt(context, step, directory, attempt)
        changes = changes_at_end(step.task, context.directory, directory, ended)
        if _says_nothing(step.container, ended):
            context.foreign.add(step.id)
        record = context.journal.update(step.id, **changes, ended=now())
        delay = next(pauses, None)
        if record.state is not State.FAILED or delay is None or not _may_help(step.container, ended.exit_code):
            return record
        context.emit(TaskRetry(step.id, attempt, delay, record.error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_stop(context, step).wait(), delay)
    raise AssertionError("unreachable")


def _says_nothing(container: ir.Container, ended: Ended) -> bool:
    """Whether the step failed by the exit code of a program of others, where 12 is a number like any other."""
    return bool(ended.exit_code) and not (ended.by_runner or ended.timeout or speaks_codes(container))


def _may_help(container: ir.Container, exit_code: int) -> bool:
    """Whether another try may help after that exit code."""
    return exit_code in PASSING or not speaks_codes(container)


async def _attempt(context: Context, step: Step, directory: Path, attempt: int) -> Ended:
    if works_on_claims(step.container):
        return await _on_claims(context, step, directory)
    docker = context.project.docker
    starting = partial(in_image, context, step, docker) if docker else await _to_be_executed(context, step)
    if starting is None:
        return Ended(143, stopped=True)
    _clear(directory, attempt)
    volume_paths = volumes.mounted(
        context.claims, context.files, step.container, step.inputs, step=directory / "work", run=context.directory
    )
    command = starting(directory, volume_paths)
    # Without the settings: a `$(PASSWORD)` stays one where people look.
    write_json(directory / COMMAND, [redact(word) for word in words_of(context, step, directory, {})[0]])
    started = {"started": now()} if attempt == 1 else {}
    context.journal.update(step.id, attempts=attempt, state=State.RUNNING, error="", exit_code=None, **started)
    context.emit(TaskStarted(step.id, attempt))
    ended = Ended(137, stopped=True)
    try:
        ended = await execute(command, _stop(context, step), context.stop.insisted, _progress(context, step.id))
        named = {} if docker else volume_paths
        return await asyncio.to_thread(_collected, step, directory, named) if ended == Ended(0) else ended
    finally:
        if docker:
            await asyncio.shield(asyncio.to_thread(_tidied, docker, container_of(context, step), directory, ended))
        for log in ("stdout", "stderr"):
            await asyncio.to_thread(mask_file, directory / log)
        shutil.rmtree(directory / "work", ignore_errors=True)


def _tidied(docker: Docker, name: str, directory: Path, ended: Ended) -> None:
    """Remove the container where the program that ran it has not seen its end, and keep of what it says the reason."""
    log = directory / "stderr"
    if ended.exit_code in NOT_BEGUN and log.exists():
        without_advice(log)
    unseen = ended.stopped or ended.timeout or ended.exit_code in UNSURE
    if unseen and (wrong := docker.remove(name)):
        with log.open("a") as file:
            file.write(f"warning: the container {name} cannot be removed, and may run on: {wrong}\n")


async def _to_be_executed(context: Context, step: Step) -> _Starting | None:
    """How the step is started in the environment of its image; None when the run was stopped before that was built."""
    if not step.container.command:
        image = step.container.image
        raise ConfigurationError(
            f"{image} is to run its own entrypoint, which is known only with the image",
            "give the component a command, or run it in its image with --docker",
        )
    name, installs = context.project.step(step.container.image), installs_of(step.container)
    environment = await _waited(context, step, context.environment(name, installs))
    if environment is None:
        return None
    return partial(in_environment, context, step, environment)


def _collected(step: Step, directory: Path, volume_paths: Mapping[str, Path]) -> Ended:
    """How a step that ended well has ended: badly where a Python component's outputs are not those that it declares."""
    component, outputs = step.task.component, directory / "outputs"
    if is_lightweight(step.container):
        wrong = executor.collected(interface_of(component), str(outputs), str(directory / "work"))
        if wrong:
            with (directory / "stderr").open("a") as log:
                log.write(f"error: {wrong}\n")
            return Ended(ContractError.exit_code, by_runner=True)
    volumes.name_the_mounts(outputs, component.output_parameters, volume_paths)
    return Ended(0)


async def _on_claims(context: Context, step: Step, directory: Path) -> Ended:
    """Make or delete a claim, which needs no process."""
    _clear(directory, 1)
    for log in ("stdout", "stderr"):
        (directory / log).touch()
    context.journal.update(step.id, attempts=1, state=State.RUNNING, started=now())
    context.emit(TaskStarted(step.id, 1))
    await asyncio.to_thread(volumes.work, context.claims, step.container.image, step.inputs, directory / "outputs")
    return Ended(0)


async def _waited(context: Context, step: Step, work: Coroutine[Any, Any, T]) -> T | None:
    """What comes of making what the step runs in, None when the run was stopped meanwhile; the wait is recorded."""
    asked = datetime.now(UTC)
    try:
        return await _unless_stopped(context, step, work)
    finally:
        ready = datetime.now(UTC)
        if ready - asked > _NOTICED:
            context.journal.update(step.id, asked=format_instant(asked), ready=format_instant(ready))


async def _unless_stopped(context: Context, step: Step, work: Coroutine[Any, Any, T]) -> T | None:
    """What comes of the work, None when the run was stopped meanwhile."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(_stop(context, step).wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return working.result()
    working.cancel()
    return None


def _stop(context: Context, step: Step) -> asyncio.Event:
    """Exit handlers go on when a run is stopped, until somebody insists."""
    return context.stop.insisted if step.exits else context.stop.asked


def _clear(directory: Path, attempt: int) -> None:
    """Take away what an earlier attempt left, but keep its log, and temporary files of one of this run."""
    if attempt == 1:
        shutil.rmtree(directory / TEMPORARY, ignore_errors=True)
    (directory / TEMPORARY).mkdir(exist_ok=True)
    for name in ("outputs", "work"):
        shutil.rmtree(directory / name, ignore_errors=True)
        (directory / name).mkdir()
    if attempt > 1 and (directory / "stderr").exists():
        (directory / "stderr").replace(directory / f"stderr.{attempt - 1}")


def _progress(context: Context, task_id: str) -> Callable[[str], None]:
    last = [""]

    def report(text: str) -> None:
        done, slash, total = text.strip().partition("/")
        if text != last[0] and slash and done.isdigit() and total.isdigit():
            last[0] = text
            context.emit(TaskProgress(task_id, int(done), int(total)))

    return report


def _result(context: Context, step: Step, record: TaskRecord) -> Result:
    if record.state is State.FAILED:
        return Result(State.FAILED, failure=Failure(step.id, context.meant(record), record.error))
    # Also of what a program of others has left out: the next one finds nothing there, as on Kubeflow Pipelines.
    outputs = context.directory / "steps" / step.id / "outputs"
    artifacts = {name: outputs / name for name in step.task.component.output_artifacts}
    return Result(record.state, Outputs(record.parameters, artifacts))


def _seconds(record: TaskRecord) -> float:
    if not record.started:
        return 0.0
    # A clock that was set back in the middle makes no step end before it began.
    return max(0.0, (parse_instant(record.ended) - parse_instant(record.started)).total_seconds())


def now() -> str:
    """The present instant as text, for records."""
    return format_instant(datetime.now(UTC))
