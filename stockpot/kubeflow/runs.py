"""A run on Kubeflow Pipelines: started, and followed to its end."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.shell.instants import format_instant
from stockpot.compiler.definitions import Plan
from stockpot.compiler.sizes import refuse_long
from stockpot.kubeflow.server import Server
from stockpot.kubeflow.uploads import experiment, uploaded
from stockpot.local.parameters import start, utc_now
from stockpot.polling import last_look

_EVERY = 5.0
ENDED = ("SUCCEEDED", "SKIPPED", "FAILED", "CANCELED")
_WELL = ("SUCCEEDED", "SKIPPED")


@dataclass(frozen=True)
class Started:
    """A run that was started: its id, its name for people, and its page in the UI."""

    id: str
    name: str
    link: str


def values_of(plan: Plan, given: Mapping[str, str], as_of: str | None) -> dict[str, Any]:
    """The parameters to hand over, in their types; what is not given is left to the pipeline's defaults.

    Raises:
        ConfigurationError: a parameter is unknown, missing or of another type, or they are too long; `as_of` is
            malformed or in the future.
    """
    values = start(plan.pipeline, given, as_of, "", utc_now()).parameters
    passed = {name: values[name] for name in plan.pipeline.parameters if name in given or (name == "as_of" and as_of)}
    # Kubeflow Pipelines hands them to its driver as one argument.
    refuse_long("all parameters together", passed)
    return passed


def submitted(server: Server, plan: Plan, values: Mapping[str, Any], images: Mapping[str, str] | None) -> Started:
    """The run that now starts, from the version that holds the plan.

    Raises:
        StepError: the plan holds what Kubeflow Pipelines cannot do, or the API refuses.
    """
    version = uploaded(server, plan, images)
    group = experiment(server)
    name = f"{plan.pipeline.name} {values.get('as_of') or format_instant(utc_now().replace(microsecond=0))}"
    run = server.ask(
        lambda: server.client.run_pipeline(
            group,
            name,
            params=dict(values),
            pipeline_id=version.pipeline,
            version_id=version.id,
            service_account=server.target.account or None,
        )
    )
    return Started(run.run_id, name, server.link(f"runs/details/{run.run_id}"))


def follow(
    server: Server, run_id: str, report: Callable[[str], None], wait: Callable[[float], None] = time.sleep
) -> Any:
    """The run once it has ended; `report` hears of every step that changed on the way.

    Raises:
        ConfigurationError: the run, or the right to look at it, is gone.
        TransientError: the API has not answered for five minutes.
    """
    known: dict[str, str] = {}

    def is_last(run: Any) -> bool:
        for step in steps_of(run):
            if known.get(step.id) != step.state:
                report(f"{step.name}: {step.state.lower()}")
            known[step.id] = step.state
        return run.state in ENDED

    return last_look(lambda: server.ask(lambda: server.client.get_run(run_id)), is_last, every=_EVERY, wait=wait)


@dataclass(frozen=True)
class Step:
    """A step as the API knows it. The rounds of a loop share its name."""

    id: str
    name: str
    state: str


def steps_of(run: Any) -> Iterator[Step]:
    """The steps that the API knows of, without its drivers and the graphs around them, with their states."""
    tasks = (run.run_details.task_details if run.run_details else None) or []
    for task in tasks:
        name = str(task.display_name or "")
        if name and task.state and not task.child_tasks and not name.endswith("-driver") and name != "root":
            yield Step(str(task.task_id or name), name, str(task.state))


def ended_well(run: Any) -> bool:
    """Whether the run has ended, and nothing of it failed."""
    return run.state in _WELL


def verdict(run: Any) -> tuple[int, str]:
    """The exit code of a run that has ended, and the line that says why; Kubeflow Pipelines knows no codes of steps."""
    if ended_well(run):
        return 0, ""
    failed = dict.fromkeys(step.name for step in steps_of(run) if step.state == "FAILED")
    outcome = "was stopped" if run.state == "CANCELED" else f"failed in {', '.join(failed) or 'no step that is known'}"
    message = " ".join(str(run.error.message).split())[:200] if run.error and run.error.message else ""
    return 1, f"the run {outcome}" + (f": {message}" if message else "")
