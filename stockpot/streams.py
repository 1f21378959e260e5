"""Topics as the origin of a stream's events: the parameters of a run about them, and how it adds what they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfp.dsl import Collected, ParallelFor, PipelineTask

from components.consume_events.component import consume_events, plan_offsets, report_lag
from components.event_tables.component import commit_events, stage_events
from components.shell.events.definition import Event
from stockpot.defaults import limits, reads_kafka, uses_catalog
from stockpot.modes import Parameter

if TYPE_CHECKING:
    from stockpot.run import Run

_OTHERS = (
    Parameter("consumers", 1, "How many consumers may read topics side by side."),
    Parameter(
        "most_rejected",
        0.01,
        "Largest share of events of no sense that is let pass; above it, nothing is committed.",
    ),
    Parameter(
        "events_dir", "", "Archive of topics to read, and nothing else: a directory with JSON lines below TOPIC/."
    ),
    Parameter(
        "fail_on_data_loss",
        True,
        "Stop where records of a topic are gone that no run has read: retention has removed them, or the topic was made"
        " again. Else the run goes on with what topics hold, and the table is complete from when it looked at them on.",
    ),
)


@dataclass(frozen=True)
class Topics:
    """A run's events lie in topics; each topic has the `kind` of one of the definitions of events."""

    topics: Mapping[str, str]
    events: Sequence[Event]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run."""
        kinds = ", ".join(event.kind for event in self.events)
        return Parameter(
            "topics", dict(self.topics), f"Topics by name, each with the kind of its events: {kinds}."
        ), *_OTHERS

    @property
    def per_type(self) -> bool:
        """Whether events of several definitions have ids of their own, which may be alike then."""
        return sum(event.id is not None for event in self.events) > 1

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """The definitions of the events, as steps take them."""
        return [event.describe() for event in self.events]


def consume(run: "Run", kinds: Sequence[Mapping[str, Any]], *, read_since: Any = None, **inputs: Any) -> PipelineTask:
    """The task that commits what topics hold behind the last commit; `kinds` are the definitions of the events.

    Shares of it are read side by side; `inputs` are further inputs of `consume_events`. Afterwards the table's offsets
    are reported to Kafka. `read_since` is as `stage_events` has it: for topics whose producers send an event again with
    another time.
    """
    # An option of a step of this name may mean something else in the pipeline: all are wired by hand.
    source = {"topics": run.given["topics"], "kinds": kinds, "events_dir": run.given["events_dir"]}
    span = {name: run.given[name] for name in ("since", "until", "fail_on_data_loss", "consumers")}
    plan = plan_offsets(after=run.begun.outputs["after"], as_of=run.as_of, **span, **source, **run.identity)
    reads_kafka(limits(plan, minutes=15))
    read = {**source, "of_run": plan.outputs["records"], "most_rejected": run.given["most_rejected"], **inputs}
    with ParallelFor(items=plan.outputs["shares"], name="shares") as share:
        consumed = consume_events(spans=share, **read)
        reads_kafka(limits(consumed, cpu="2", minutes=120))
        staged = stage(run, consumed, plan, **({} if read_since is None else {"read_since": read_since}))
    committed = append(run, staged, plan)
    reported = report_lag(
        offsets=plan.outputs["offsets"], pipeline=run.dataset.name, events_dir=run.given["events_dir"]
    )
    reads_kafka(limits(reported, memory="256Mi", minutes=5)).after(committed)
    return committed


def stage(run: "Run", read: PipelineTask, plan: PipelineTask, **inputs: Any) -> Any:
    """The list of the files into which a share of the run's events is written: no part of the table yet.

    `inputs` are further inputs of `stage_events`.
    """
    read_events: dict[str, Any] = {"events": read.outputs["events"], "consumed": read.outputs["summary"]}
    if isinstance(run.dataset.origins, Topics):
        read_events["per_type"] = run.dataset.origins.per_type
    staged = run.call(stage_events, run_key=plan.outputs["run_key"], **read_events, **inputs)
    return uses_catalog(limits(staged, cpu="2", minutes=120)).outputs["staged"]


def append(run: "Run", staged: Any, plan: PipelineTask) -> PipelineTask:
    """The task that commits all shares that were staged, with the offsets and under the key that were planned."""
    planned = {name: plan.outputs[name] for name in ("offsets", "run_key")}
    committed = run.call(commit_events, staged=Collected(staged), **planned)
    return uses_catalog(limits(committed, cpu="2", minutes=60))
