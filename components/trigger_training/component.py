"""Interfaces of `trigger_training`: a workflow that trains on a snapshot, and one that follows a run."""

from kfp import dsl

from components.container import container


@dsl.container_component
def trigger_training(
    workflow_template: str,
    parameters: dict,
    namespace: str,
    table: str,
    snapshot_id: str,
    summary: dsl.Output[dsl.Artifact],
):
    """Submit the user's training workflow on the snapshot that was just loaded; off unless a template is named.

    The workflow's name follows from template, parameters and snapshot: while it is there, a repeated step finds its
    work done. Outside a cluster nothing is submitted: what would be is printed.

    Args:
        workflow_template: Name of the Argo WorkflowTemplate that trains; empty means off.
        parameters: Its parameters, beside `table` and `snapshot_id`, which it gets in any case.
        namespace: Where the template is; empty means the step's own.
        table: The table that holds the rows.
        snapshot_id: The snapshot that holds the rows.
        summary: What was submitted, as JSON.

    Exit codes: 11 for a template that is not there or a service account that may not submit, 75 when the cluster's API
    does not answer.
    """
    return container("trigger_training", locals())


@dsl.container_component
def trigger_workflow(
    workflow_template: str,
    parameters: dict,
    namespace: str,
    run_key: str,
    snapshot_as: str,
    snapshot_id: str,
    summary: dsl.Output[dsl.Artifact],
):
    """Submit the workflow that follows a run; off unless a template is named.

    The workflow's name follows from template and run: while it is there, a repeated step finds its work done. Outside
    a cluster nothing is submitted: what would be is printed.

    Args:
        workflow_template: Name of the Argo WorkflowTemplate that follows; empty means off.
        parameters: Its parameters, beside the snapshot.
        namespace: Where the template is; empty means the step's own.
        run_key: Key of the run that it follows.
        snapshot_as: What the template calls the snapshot.
        snapshot_id: The snapshot that the run has committed.
        summary: What was submitted, as JSON.

    Exit codes: 11 for a template that is not there or a service account that may not submit, 75 when the cluster's API
    does not answer.
    """
    return container("trigger_training.follow", locals())
