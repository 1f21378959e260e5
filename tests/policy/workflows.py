"""Rules of compiled pipelines, for Argo and for KFP."""

import json
from typing import Any

from tests.policy.subjects import at

_RETRY = "lastRetry.status == 'Error' || asInt(lastRetry.exitCode) in [-1, 75, 137, 143]"
_DAY = 86_400
_KEY = "runs/{{workflow.name}}/{{pod.name}}/"
# What kubectl's own apply can still write beside the object.
_LARGEST_MANIFEST = 262_144


def manifest_is_small(document: Any) -> bool:
    """A manifest fits into the annotation in which `kubectl apply` keeps it."""
    return len(json.dumps(document)) < _LARGEST_MANIFEST


def step_is_a_container(template: Any) -> bool:
    """A template is a container or a graph of them: none that needs rights, a script or a plugin."""
    return len({"container", "dag"} & set(template)) == 1 and not {
        "containerSet", "data", "http", "plugin", "podSpecPatch", "resource", "script", "steps", "suspend",
    } & set(template)  # fmt: skip


def step_has_a_deadline(template: Any) -> bool:
    """A step ends within a day at the latest."""
    return "container" not in template or 0 < int(template.get("activeDeadlineSeconds", 0)) <= _DAY


def step_is_tried_again_where_that_helps(template: Any) -> bool:
    """A step is tried again after 75, a lost pod or an error of the platform, a few times, ever later; no graph is.

    However long it took: a bound of all tries together would leave one that ran for long without another.
    """
    retry = template.get("retryStrategy", {})
    if "container" not in template:
        return not retry
    later = int(at(retry, "backoff", "factor", default=1)) > 1 and "maxDuration" not in retry["backoff"]
    bounded = int(retry.get("limit", 99)) <= 5 and later
    return retry.get("expression") == _RETRY and retry.get("retryPolicy") == "Always" and bounded


def artifacts_are_keys(template: Any) -> bool:
    """An artifact is a key below its run and pod; the namespace says in which store, so nothing is overwritten."""
    stored = at(template, "outputs", "artifacts", default=())
    return all(
        set(each.get("s3", ())) == {"key"} and each["s3"]["key"].startswith(_KEY) for each in stored if "path" in each
    )


def steps_have_an_account_of_their_own(workflow: Any) -> bool:
    """Steps run under an account that is neither the namespace's default nor that of Argo's executor."""
    step, executor = at(workflow, "spec", "serviceAccountName"), at(workflow, "spec", "executor", "serviceAccountName")
    return bool(step and executor) and step != executor and "default" not in {step, executor}


def runs_are_cleared_away(workflow: Any) -> bool:
    """Pods and runs go by themselves."""
    kept = at(workflow, "spec", "ttlStrategy", default={})
    return bool(at(workflow, "spec", "podGC")) and {"secondsAfterSuccess", "secondsAfterFailure"} <= set(kept)


def schedule_is_unambiguous(cron: Any) -> bool:
    """A schedule names its zone, lets no two runs overlap, and makes good what was missed within a bound."""
    spec = cron["spec"]
    bounded = {"startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"} <= set(spec)
    return spec.get("timezone") == "UTC" and spec.get("concurrencyPolicy") in {"Forbid", "Replace"} and bounded


def schedule_hands_over_its_instant(cron: Any) -> bool:
    """A scheduled run is about its scheduled time, however late it starts."""
    given = at(cron, "spec", "workflowSpec", "arguments", "parameters", default=())
    return "{{workflow.scheduledTime}}" in [each.get("value") for each in given]


def kfp_caches_only_what_is_pure(documents: Any) -> bool:
    """KFP, which compares image and parameters alone, caches no task that is given a secret of the outside world."""
    ir, *platforms = documents
    executors = at(platforms, 0, "platforms", "kubernetes", "deploymentSpec", "executors", default={})
    reaching = {label for label, executor in executors.items() if "secretAsEnv" in executor}
    labels = {name: component.get("executorLabel") for name, component in ir["components"].items()}
    tasks = [
        task
        for part in (*ir["components"].values(), ir["root"])
        for task in at(part, "dag", "tasks", default={}).values()
    ]
    cached = {labels[task["componentRef"]["name"]] for task in tasks if at(task, "cachingOptions", "enableCache")}
    return not cached & reaching


RULES = {
    "Manifest": (manifest_is_small,),
    "Template": (
        step_is_a_container,
        step_has_a_deadline,
        step_is_tried_again_where_that_helps,
        artifacts_are_keys,
    ),
    "WorkflowTemplate": (steps_have_an_account_of_their_own, runs_are_cleared_away),
    "CronWorkflow": (schedule_is_unambiguous, schedule_hands_over_its_instant),
    "IR": (kfp_caches_only_what_is_pure,),
}
