"""A workflow handed to the cluster that the step runs in, or shown where there is none."""

import json
from dataclasses import replace
from typing import Any

from components.shell.summary import Summary
from components.trigger_training.cluster import own_cluster, submit


def send(namespace: str, workflow: dict[str, Any]) -> tuple[Summary, str]:
    """What became of the workflow: submitted, submitted before, or printed outside a cluster; and the words for it.

    Raises:
        ConfigurationError, TransientError: as in `cluster.submit`.
    """
    name, cluster = workflow["metadata"]["name"], own_cluster()
    if cluster is None:
        where = f"Outside a cluster; would submit to namespace {namespace or 'of the run'}:"
        return _summary("printed", workflow), f"{where}\n{json.dumps(workflow, indent=2)}"
    if submit(replace(cluster, namespace=namespace or cluster.namespace), workflow):
        return _summary("submitted", workflow), f"Workflow {name} submitted."
    return _summary("submitted before", workflow), f"Workflow {name} was submitted before."


def _summary(state: str, workflow: dict[str, Any]) -> Summary:
    return Summary(details={"state": state, "workflow": workflow})
