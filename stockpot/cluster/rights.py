"""Whether a cluster that is named answers, and lets us submit runs and read what they say."""

import os
from collections.abc import Mapping

from stockpot.cluster.access import RESUMER, SUBMITTER, Document, choose, forbidden
from stockpot.cluster.kubectl import Kubectl

# What `stockpot submit --watch` and `stockpot logs --on cluster` do.
_ARGO, _CORE = "argoproj.io", ""
_DONE = (
    ("get", "workflowtemplates", _ARGO),
    ("create", "workflows", _ARGO),
    ("get", "workflows", _ARGO),
    ("list", "pods", _CORE),
    ("get", "pods", _CORE),
    ("get", "pods/log", _CORE),
)
# What other commands do, by command: with the role that has the rights.
_MORE = {
    "stockpot resume --on cluster": (RESUMER, (("update", "workflows", _ARGO), ("delete", "pods", _CORE))),
    "stockpot report --all --on cluster": (SUBMITTER, (("list", "workflows", _ARGO),)),
}
_A_TEMPLATE = "verify-pipeline"
_A_RUN: Document = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {"generateName": f"{_A_TEMPLATE}-"},
    "spec": {"workflowTemplateRef": {"name": _A_TEMPLATE}},
}


def is_named(environ: Mapping[str, str]) -> bool:
    """Whether there is an Argo server or a kubeconfig."""
    own = os.path.expanduser("~/.kube/config")  # noqa: PTH111 - Path would raise where there is no home
    named = environ.get("ARGO_SERVER", "").strip() or environ.get("KUBECONFIG", "").strip()
    return bool(named) or os.path.isfile(own)  # noqa: PTH113 - Path would raise where it is closed to us


def ask(environ: Mapping[str, str], namespace: str) -> str:
    """What there is to say of a cluster on which runs can be submitted.

    Raises:
        ConfigurationError: it does not know us, we lack a right, or the pipelines are not installed.
        TransientError: it does not answer.
    """
    cluster = choose(environ, namespace)
    ready = f"answers, the pipelines are installed, and runs can be submitted in namespace {namespace}"
    if isinstance(cluster, Kubectl):
        for verb, kind, group in _DONE:
            if not cluster.may(verb, kind, group):
                raise forbidden(f"you may not {verb} {kind}", namespace)
        cluster.template(_A_TEMPLATE)
        return ready
    from stockpot.cluster.argo_server import ArgoServer

    assert isinstance(cluster, ArgoServer)  # noqa: S101 - there is no third way
    cluster.template(_A_TEMPLATE)
    cluster.require_rights(_A_RUN)
    return f"{ready}; list pods, get pods and get pods/log, for `stockpot logs`, cannot be asked through Argo's server"


def lacking(environ: Mapping[str, str], namespace: str) -> str:
    """What we may not do there that further commands do, and the role to ask for; empty where nothing is known to lack.

    Through Argo's server none of it can be asked without doing it.

    Raises:
        ConfigurationError: the cluster does not know us.
        TransientError: it does not answer.
    """
    cluster = choose(environ, namespace)
    if not isinstance(cluster, Kubectl):
        return ""
    problems = []
    for command, (role, rights) in _MORE.items():
        if refused := [f"{verb} {kind}" for verb, kind, group in rights if not cluster.may(verb, kind, group)]:
            problems.append(f"you may not {' or '.join(refused)}, as `{command}` does - ask for the role {role}")
    return "; ".join(problems)
