"""The Kubernetes API as a pod sees it, with its own service account and nothing more."""

import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from components.shell.errors import ConfigurationError, StepError, TransientError
from components.trigger_training.account import MOUNT, NAME

_ACCOUNT = Path(MOUNT)
_TIMEOUT = 30
_RIGHTS = "the service account needs get on workflowtemplates and create on workflows (docs/feed-ranking.md)"


@dataclass(frozen=True)
class Cluster:
    """Where the API is, and who asks."""

    url: str
    namespace: str
    authority: Path | None = None
    token: str = field(default="", repr=False)


def own_cluster() -> Cluster | None:
    """The cluster this process runs in; None outside of one, and where a laptop's runner says that it is none."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host or os.environ.get("STOCKPOT_ENGINE") == "local":
        return None
    if not (_ACCOUNT / "token").is_file():
        raise ConfigurationError(
            "the pod has no service account token", f"compile the pipeline anew: its pod is to have that of {NAME}"
        )
    address = f"[{host}]" if ":" in host else host
    namespace, token = ((_ACCOUNT / name).read_text().strip() for name in ("namespace", "token"))
    return Cluster(f"https://{address}:{port}", namespace, _ACCOUNT / "ca.crt", token)


def submit(cluster: Cluster, workflow: Mapping[str, Any]) -> bool:
    """Create the workflow; False when one of its name is there still, which a repeated step finds.

    Raises:
        ConfigurationError: the template is not there, or the service account may not do this.
        TransientError: the API does not answer.
    """
    root = f"/apis/argoproj.io/v1alpha1/namespaces/{quote(cluster.namespace, safe='')}"
    template = workflow["spec"]["workflowTemplateRef"]["name"]
    if _call(cluster, f"{root}/workflowtemplates/{template}") == 404:  # noqa: PLR2004 - HTTP's own numbers
        problem = f"there is no WorkflowTemplate '{template}' in namespace {cluster.namespace}"
        raise ConfigurationError(problem, "create it, or correct training_template")
    return _call(cluster, f"{root}/workflows", workflow) != 409  # noqa: PLR2004 - a status of HTTP


def _call(cluster: Cluster, path: str, body: Mapping[str, Any] | None = None) -> int:
    """The status of a GET, or of a POST of `body`; 404 and 409 are answers, all else that failed is an error."""
    headers = {
        "Authorization": f"Bearer {cluster.token}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(cluster.url + path, data=data, headers=headers)  # noqa: S310 - the API's own address
    context = ssl.create_default_context(cafile=cluster.authority) if cluster.authority else None
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT, context=context) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        if error.code in (404, 409):
            return error.code
        raise _failure(error) from None
    except OSError as error:
        raise TransientError(f"the cluster's API does not answer: {error}", "try again") from None


def _failure(error: urllib.error.HTTPError) -> StepError:
    try:
        message = str(json.load(error).get("message", error.reason))
    except (ValueError, AttributeError):
        message = str(error.reason)
    if error.code in (401, 403):
        return ConfigurationError(f"the cluster refused: {message[:300]}", _RIGHTS)
    if error.code == 429 or error.code >= 500:  # noqa: PLR2004 - a status of HTTP
        return TransientError(f"the cluster's API answered {error.code}: {message[:300]}", "try again")
    return ConfigurationError(f"the cluster's API answered {error.code}: {message[:300]}", "correct the parameters")
