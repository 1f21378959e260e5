"""Interface of `trigger_training`."""

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

    The workflow's name holds the snapshot, so a repeated step finds its work done. Outside a cluster nothing is
    submitted: what would be is printed.

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
