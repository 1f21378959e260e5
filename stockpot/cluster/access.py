"""How a cluster is spoken to: through Argo's server where one is named, else through kubectl."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from components.connect.network import refuse_plaintext
from components.shell.errors import ConfigurationError
from stockpot.cluster.log_lines import LogLine, LogQuery

Document = Mapping[str, Any]
SUBMITTER, RESUMER = "stockpot-submitter", "stockpot-resumer"


class Cluster(Protocol):
    """A namespace with Argo Workflows. Each call fails with a ConfigurationError or a TransientError of one line."""

    @property
    def namespace(self) -> str:
        """Where it all happens."""

    def template(self, name: str) -> Document:
        """The WorkflowTemplate of this name."""

    def create(self, workflow: Document) -> str:
        """The name that the new workflow was given."""

    def workflow(self, name: str) -> Document:
        """The workflow as it stands."""

    def workflows(self) -> Sequence[Document]:
        """All workflows that are still there, as they stand."""

    def retry(self, name: str, node: str) -> None:
        """Have Argo go on with a workflow that has ended; the node of that name and all after it are taken anew."""

    def pods(self, workflow: Document) -> Collection[str]:
        """The names of the workflow's pods, perhaps of those too that are gone."""

    def log_lines(self, name: str, query: LogQuery, unread: Callable[[str], None], /) -> Iterator[LogLine]:
        """What the pods of a workflow that are still there have said, each line as it comes, those of a pod in order.

        `unread` hears why some pods could not be read.
        """


def choose(environment: Mapping[str, str], namespace: str) -> Cluster:
    """The cluster that the environment names, with nothing sent to it yet.

    ARGO_SERVER, ARGO_TOKEN, ARGO_SECURE and ARGO_INSECURE_SKIP_VERIFY mean what they mean to the command `argo`;
    without the first, kubectl and its KUBECONFIG are used.

    Raises:
        ConfigurationError: there is no kubectl either, or the server is named without a token, or leads to another
            machine in the clear.
    """
    server = environment.get("ARGO_SERVER", "").strip()
    if not server:
        from stockpot.cluster.kubectl import Kubectl

        return Kubectl(namespace)
    token = environment.get("ARGO_TOKEN", "").strip()
    if not token:
        todo = f'export ARGO_TOKEN="$(kubectl -n {namespace} create token stockpot-submitter)", or unset ARGO_SERVER'
        raise ConfigurationError("ARGO_SERVER is set without ARGO_TOKEN", todo)
    from stockpot.cluster.argo_server import ArgoServer

    url = _url(server, environment)
    refuse_plaintext(url, "ARGO_SERVER")
    return ArgoServer(url, token, namespace, verify=not _on(environment, _SKIP_VERIFY))


_SKIP_VERIFY = "ARGO_INSECURE_SKIP_VERIFY"


def _url(server: str, environment: Mapping[str, str]) -> str:
    if "://" in server:
        return server.rstrip("/") + "/"
    plain = environment.get("ARGO_SECURE", "true").strip().lower() in {"false", "0"}
    return f"{'http' if plain else 'https'}://{server}/"


def _on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() in {"true", "1"}


def not_installed(template: str, namespace: str) -> ConfigurationError:
    """The error that a template is not there."""
    return ConfigurationError(
        f"there is no WorkflowTemplate '{template}' in namespace {namespace}",
        f"apply an overlay of manifests/overlays, or: kubectl -n {namespace} apply -f manifests/argo/{template}.yaml",
    )


# What is said of a cluster that gives no answer, or not just now.
UNREACHABLE = re.compile(
    r"connection refused|was refused|unable to connect|no such host|timed? ?out|no route to host|EOF|connection reset"
    r"|too many requests|unavailable|internal error|unable to handle the request|has been modified",
    re.IGNORECASE,
)


def selector(node: str) -> str:
    """What selects the node of that name, as Argo reads it."""
    return "name=" + re.sub(r"([\\,=])", r"\\\1", node)


def forbidden(message: str, namespace: str, role: str = SUBMITTER) -> ConfigurationError:
    """The error that the user lacks a right, which the role has."""
    return ConfigurationError(
        f"the cluster refused: {message[:300]}", f"ask for the role {role} in namespace {namespace}"
    )


def gone(workflow: str, namespace: str) -> ConfigurationError:
    """The error that a workflow is not there, or no longer."""
    return ConfigurationError(
        f"there is no workflow {workflow} in namespace {namespace}", "correct its name; if it was right, it was deleted"
    )
