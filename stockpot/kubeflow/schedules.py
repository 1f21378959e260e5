"""The schedule of a pipeline on Kubeflow Pipelines: one recurring run of the pipeline's name.

The API cannot change a recurring run, so another one takes its place. The new one is made disabled and is enabled once
the old ones are gone: killed anywhere between, the command finds what is there and goes on, and no tick runs twice. Of
two commands at once the later one sees what the earlier one made, and both keep the same.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from components.shell.errors import ConfigurationError, TransientError
from stockpot.compiler.definitions import Plan
from stockpot.definition import Schedule
from stockpot.kubeflow.refusals import GoneError
from stockpot.kubeflow.server import Server, named
from stockpot.kubeflow.uploads import experiment, uploaded

_FIELDS = 5
_ENABLED = "ENABLE"
# What the API says of a run for which no account was asked: nothing, or the default of the installation.
_OF_KFP = {"", "pipeline-runner", "default-editor"}


@dataclass(frozen=True)
class Wanted:
    """A recurring run as it is to be."""

    name: str
    cron: str
    concurrent: int
    values: Mapping[str, Any]
    pipeline: str
    version: str
    experiment: str
    account: str
    enabled: bool

    def is_like(self, other: Any) -> bool:
        """Whether a recurring run is this one, enabled or not."""
        reference, trigger, runtime = other.pipeline_version_reference, other.trigger, other.runtime_config
        return (
            bool(reference and trigger and trigger.cron_schedule)
            and (reference.pipeline_id, reference.pipeline_version_id) == (self.pipeline, self.version)
            and trigger.cron_schedule.cron == self.cron
            and int(other.max_concurrency or 0) == self.concurrent
            and bool(other.no_catchup)
            and dict((runtime and runtime.parameters) or {}) == dict(self.values)
            and other.experiment_id == self.experiment
            and (other.service_account or "") in ({self.account} if self.account else _OF_KFP)
        )


@dataclass(frozen=True)
class Scheduled:
    """What became of it: the id of the recurring run, whether it is new, how many others are gone, what changed."""

    id: str
    link: str
    made: bool
    replaced: int
    changed: bool


def cron_of(schedule: Schedule | None, cron: str, pipeline: str) -> str:
    """The cron text as Kubeflow Pipelines reads it, which begins with the seconds.

    Raises:
        ConfigurationError: there is none, or it has not five fields.
    """
    text = cron or (schedule.cron if schedule else "")
    if not text:
        raise ConfigurationError(f"{pipeline} has no schedule", "give one with --cron '0 3 * * *'")
    if len(text.split()) != _FIELDS:
        raise ConfigurationError(f"the schedule '{text}' has not five fields", "write minute hour day month weekday")
    return f"0 {' '.join(text.split())}"


def scheduled(
    server: Server,
    plan: Plan,
    values: Mapping[str, Any],
    *,
    cron: str,
    enabled: bool = True,
    images: Mapping[str, str] | None = None,
) -> Scheduled:
    """The pipeline's one recurring run, after which the pipeline has no other of that name.

    Raises:
        StepError: the plan holds what Kubeflow Pipelines cannot do, or the API refuses.
    """
    version = uploaded(server, plan, images)
    wanted = Wanted(
        name=plan.pipeline.name,
        cron=cron,
        concurrent=1,
        values=values,
        pipeline=version.pipeline,
        version=version.id,
        experiment=experiment(server),
        account=server.target.account,
        enabled=enabled,
    )
    like = [each for each in _recurring(server, wanted) if wanted.is_like(each)]
    made = None if like else _make(server, wanted)
    recurring = list(_recurring(server, wanted))
    # What was just made is taken even where the API gives it back in other words.
    like = [each for each in recurring if wanted.is_like(each)] or [
        each for each in recurring if each.recurring_run_id == made
    ]
    if not like:
        problem = f"another command has scheduled {wanted.name} otherwise in the meantime"
        raise TransientError(problem, "agree on one, then run the command again")
    chosen = min(like, key=lambda each: (str(each.created_at), each.recurring_run_id))
    others = [each.recurring_run_id for each in recurring if each is not chosen]
    for each in others:
        _delete(server, each)
    switched = _switch(server, chosen, enabled=enabled)
    link = server.link(f"recurringrun/details/{chosen.recurring_run_id}")
    return Scheduled(chosen.recurring_run_id, link, bool(made), len(others), bool(made or others or switched))


def _recurring(server: Server, wanted: Wanted) -> Iterator[Any]:
    """The recurring runs of that name and pipeline; those of other pipelines are somebody else's."""
    options = {"page_size": 100, "namespace": server.namespace, "filter": named(wanted.name)}
    token = ""
    while True:
        page = server.ask(partial(server.client.list_recurring_runs, page_token=token, **options))
        for each in page.recurring_runs or []:
            reference = each.pipeline_version_reference
            if reference and reference.pipeline_id == wanted.pipeline:
                yield each
        token = page.next_page_token or ""
        if not token:
            return


def _make(server: Server, wanted: Wanted) -> str:
    made = server.ask(
        lambda: server.client.create_recurring_run(
            wanted.experiment,
            wanted.name,
            cron_expression=wanted.cron,
            max_concurrency=wanted.concurrent,
            # A run fills all that is missing up to its tick: one for each tick that was missed would find nothing.
            no_catchup=True,
            params=dict(wanted.values),
            pipeline_id=wanted.pipeline,
            version_id=wanted.version,
            enabled=False,
            service_account=wanted.account or None,
        )
    )
    return str(made.recurring_run_id)


def _delete(server: Server, recurring: str) -> None:
    with contextlib.suppress(GoneError):
        server.ask(lambda: server.client.delete_recurring_run(recurring))


def _switch(server: Server, recurring: Any, *, enabled: bool) -> bool:
    """Whether it had to be switched on or off."""
    if (recurring.mode == _ENABLED) == enabled:
        return False
    switch = server.client.enable_recurring_run if enabled else server.client.disable_recurring_run
    server.ask(lambda: switch(recurring.recurring_run_id))
    return True
