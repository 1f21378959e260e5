"""Runs and schedules on Kubeflow Pipelines, through its own SDK, which is loaded only where it is needed."""
