"""Entry of the step `trigger_training`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.shell import step
from components.shell.summary import Summary
from components.trigger_training.cluster import own_cluster, submit
from components.trigger_training.workflow import training_workflow


def main(
    *,
    workflow_template: str,
    parameters: dict[str, Any],
    namespace: str,
    table: str,
    snapshot_id: str,
    summary: Path,
) -> None:
    """Submit the user's training workflow on a snapshot."""
    if not workflow_template:
        print("Training is off: no training_template is set.")
        Summary(details={"state": "off"}).write(summary)
        return
    workflow = training_workflow(workflow_template, parameters, table, snapshot_id)
    state = _submit(namespace, workflow)
    Summary(details={"state": state, "workflow": workflow}).write(summary)


def _submit(namespace: str, workflow: dict[str, Any]) -> str:
    name, cluster = workflow["metadata"]["name"], own_cluster()
    if cluster is None:
        print(f"Outside a cluster; would submit to namespace {namespace or 'of the run'}:")
        print(json.dumps(workflow, indent=2))
        return "printed"
    created = submit(replace(cluster, namespace=namespace or cluster.namespace), workflow)
    print(f"Workflow {name} {'submitted' if created else 'was submitted before'}.")
    return "submitted" if created else "submitted before"


if __name__ == "__main__":
    step.run(main)
