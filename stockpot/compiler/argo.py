"""The plan as plain Argo Workflows: one pod per step, artifacts handed over by Argo itself.

A pipeline becomes a WorkflowTemplate, a CronWorkflow where it has a schedule, and a Workflow for `argo submit`.
Decisions are told in docs/decisions/2026-11-21-argo.md.
"""

import re
from collections.abc import Mapping
from typing import Any

from hera.workflows import models as m

from stockpot.compiler.argo_pods import Pods
from stockpot.compiler.argo_templates import Visitor, workflow_parameters
from stockpot.compiler.argo_text import CREATED, SCHEDULED
from stockpot.compiler.definitions import Plan
from stockpot.compiler.errors import Location
from stockpot.compiler.keys import with_keys
from stockpot.compiler.metadata import with_metadata
from stockpot.compiler.names import shortened
from stockpot.compiler.profiles import Profile
from stockpot.compiler.sizes import refuse_large, refuse_long_texts
from stockpot.compiler.uris import with_uris
from stockpot.definition import Schedule

# Argo names a scheduled run after its CronWorkflow, with eleven more letters, and a label holds 63.
_LONGEST_NAME = 52
_API = "argoproj.io/v1alpha1"


def argo_documents(
    plan: Plan, images: Mapping[str, str] | None = None, profile: Profile = Profile.COMPATIBLE
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What is applied to a cluster (WorkflowTemplate and, with a schedule, CronWorkflow), and the Workflow to submit.

    `images` replaces images by others, such as pinned digests; `profile` says how programs of others run.

    Raises:
        UnsupportedError: the plan holds something that Argo cannot do as KFP means it.
        ConfigurationError: a document, or a text that a step is given, is too large.
    """
    refuse_long_texts(plan.pipeline)
    name = resource_name(plan.pipeline.name)
    spec = Visitor(with_uris(with_keys(with_metadata(plan.pipeline))), Pods(images or {}, profile)).spec()
    metadata = m.ObjectMeta(name=name, labels=_labels(name), annotations=_annotations(plan))
    applied: list[Any] = [m.WorkflowTemplate(api_version=_API, kind="WorkflowTemplate", metadata=metadata, spec=spec)]
    if plan.definition and plan.definition.schedule:
        applied.append(_cron_workflow(plan, plan.definition.schedule, metadata))
    submitted = m.Workflow(
        api_version=_API,
        kind="Workflow",
        metadata=m.ObjectMeta(generate_name=f"{name}-", labels=_labels(name)),
        spec=m.WorkflowSpec(workflow_template_ref=m.WorkflowTemplateRef(name=name)),
    )
    documents = [as_document(each) for each in applied]
    for document in documents:
        refuse_large(document, Location(plan.pipeline.name))
    return documents, as_document(submitted)


def as_document(model: Any) -> dict[str, Any]:
    """The object as plain JSON."""
    document: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return document


def resource_name(name: str) -> str:
    """The pipeline's name as Kubernetes takes it; a long one is cut, and ends with its hash."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return shortened(plain, _LONGEST_NAME, name)


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "stockpot"}


def _annotations(plan: Plan) -> dict[str, str]:
    title = plan.definition.title if plan.definition else plan.pipeline.name
    annotations = {
        "workflows.argoproj.io/title": title,
        "workflows.argoproj.io/description": plan.pipeline.description,
    }
    return {key: value for key, value in annotations.items() if value}


def _cron_workflow(plan: Plan, schedule: Schedule, metadata: m.ObjectMeta) -> m.CronWorkflow:
    by_hand, by_clock = (workflow_parameters(plan.pipeline, name) for name in (CREATED, SCHEDULED))
    pairs = zip(by_hand, by_clock, strict=True)
    arguments = [m.Parameter(name=clock.name, value=clock.value) for hand, clock in pairs if clock != hand]
    return m.CronWorkflow(
        api_version=_API,
        kind="CronWorkflow",
        metadata=metadata,
        spec=m.CronWorkflowSpec(
            schedules=[schedule.cron],
            timezone=schedule.timezone,
            concurrency_policy=schedule.concurrency,
            starting_deadline_seconds=schedule.starting_deadline_seconds,
            successful_jobs_history_limit=3,
            failed_jobs_history_limit=5,
            workflow_metadata=m.ObjectMeta(labels=metadata.labels),
            workflow_spec=m.WorkflowSpec(
                workflow_template_ref=m.WorkflowTemplateRef(name=metadata.name),
                arguments=m.Arguments(parameters=arguments) if arguments else None,
            ),
        ),
    )
