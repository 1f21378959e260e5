"""Pipelines on a cluster: submitting runs and watching them, through kubectl or through Argo's server."""
