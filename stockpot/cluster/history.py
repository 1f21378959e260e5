"""The runs on a cluster as records, newest first: what the workflows say that are still there."""

from collections.abc import Sequence

from stockpot.cluster.access import Document
from stockpot.cluster.status import ended, verdict
from stockpot.local.records import Run, State

# The parameters that say what a run is about, the one that somebody gives first.
_INSTANTS = ("as_of", "scheduled-time")


def runs_of(workflows: Sequence[Document]) -> Sequence[Run]:
    """The runs, newest first; a workflow that Argo has not looked at yet is none."""
    runs = (_run(workflow) for workflow in workflows if workflow.get("status", {}).get("startedAt"))
    return sorted(runs, key=lambda run: (run.created, run.id), reverse=True)


def _run(workflow: Document) -> Run:
    about, status = workflow["metadata"], workflow["status"]
    template = workflow["spec"].get("workflowTemplateRef", {}).get("name")
    pipeline = template or about.get("labels", {}).get("app.kubernetes.io/name") or about["name"]
    code, error = verdict(workflow) if ended(workflow) else (None, "")
    return Run(
        id=about["name"],
        pipeline=pipeline,
        description="",
        reference=pipeline,
        plan="",
        as_of=_as_of(workflow),
        created=status["startedAt"],
        parameters={},
        state=State.RUNNING if code is None else State.FAILED if code else State.SUCCEEDED,
        ended=status.get("finishedAt") or "",
        exit_code=code,
        error=error,
    )


def _as_of(workflow: Document) -> str:
    """The instant that the run was asked for, else that of its schedule; empty where neither is a text of its own."""
    given = {each["name"]: each.get("value") for each in workflow["spec"].get("arguments", {}).get("parameters", ())}
    return next((str(given[name]) for name in _INSTANTS if given.get(name)), "")
