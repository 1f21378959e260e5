"""What tells a step that Kubeflow Pipelines runs it."""

# The name of its pod; no other engine sets it.
ON_KUBEFLOW = "KFP_POD_NAME"
