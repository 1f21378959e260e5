"""What a pod knows of the cluster that it runs in, without asking anybody."""

import re
from pathlib import Path

_RESOLVER = Path("/etc/resolv.conf")
# Kubernetes has a pod look for a service first in its own namespace: `search kitchen.svc.cluster.local svc.…`.
_SEARCHED = re.compile(r"^search\s+([a-z0-9-]+)\.svc\.", re.MULTILINE)


def own_namespace() -> str:
    """The namespace of this pod; empty where nothing says it. Its account's token, which would, no step is given."""
    try:
        match = _SEARCHED.search(_RESOLVER.read_text(errors="replace"))
    except OSError:
        return ""
    return match[1] if match else ""


def on_cluster() -> str:
    """The options of a command of ours about a run of this pod's namespace."""
    namespace = own_namespace()
    return "--on cluster" + (f" --namespace {namespace}" if namespace else "")
