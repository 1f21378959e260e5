"""A cluster through Argo's server, as Hera speaks to it."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote, urljoin

from hera import exceptions
from hera.workflows import WorkflowsService
from hera.workflows import models as m

from components.shell.errors import ConfigurationError, StepError, TransientError
from stockpot.cluster.access import RESUMER, SUBMITTER, Document, forbidden, gone, not_installed, selector
from stockpot.cluster.log_lines import LogLine, LogQuery, mark, stamped
from stockpot.cluster.status import nodes_of
from stockpot.local.logs import ended_lines

_TIMEOUT = 30
_CHUNK = 1 << 16
_NOBODY = "stockpot-doctor"
# What codes of gRPC are as those of HTTP.
_CODES = {5: 404, 7: 403, 16: 401}
# Of one line as JSON; of the line itself the server tells a mebibyte at most.
_LONGEST = 1 << 23
_POD_NAMES, _BY_NODE = "workflows.argoproj.io/pod-name-format", "v1"
_LONGEST_PREFIX = 242


class ArgoServer:
    """A namespace of the cluster behind an Argo server."""

    def __init__(self, url: str, token: str, namespace: str, *, verify: bool = True) -> None:
        self.namespace = namespace
        self._url = url
        self._service = WorkflowsService(host=url, verify_ssl=verify, token=token, namespace=namespace)
        session: Any = self._service.session
        # By itself it would wait for an answer for ever.
        session.request = partial(session.request, timeout=_TIMEOUT)

    def template(self, name: str) -> Document:
        """The WorkflowTemplate of this name."""
        return self._ask(lambda: self._service.get_workflow_template(name), not_installed(name, self.namespace))

    def create(self, workflow: Document) -> str:
        """The name that the new workflow was given."""
        return str(self._create(m.WorkflowCreateRequest(workflow=m.Workflow(**workflow)))["metadata"]["name"])

    def _create(self, request: m.WorkflowCreateRequest) -> Document:
        nowhere = ConfigurationError(f"there is no namespace {self.namespace}", "name another: --namespace")
        return self._ask(lambda: self._service.create_workflow(request), nowhere)

    def require_rights(self, workflow: Document) -> None:
        """Nothing, if such a workflow may be created, and be looked at then. It is tried alone: nothing is left.

        Raises:
            ConfigurationError: one of the two is refused.
            TransientError: the server does not answer.
        """
        self._create(m.WorkflowCreateRequest(workflow=m.Workflow(**workflow), server_dry_run=True))
        # Who may not look is refused before anything is looked for.
        missing = gone(_NOBODY, self.namespace)
        try:
            with self._translated(missing):
                self._service.get_workflow(_NOBODY)
        except ConfigurationError as error:
            if error is not missing:
                raise

    def workflow(self, name: str) -> Document:
        """The workflow as it stands."""
        return self._ask(lambda: self._service.get_workflow(name), gone(name, self.namespace))

    def workflows(self) -> Sequence[Document]:
        """All workflows that are still there, as they stand."""
        nowhere = ConfigurationError(f"there is no namespace {self.namespace}", "name another: --namespace")
        return list(self._ask(self._service.list_workflows, nowhere).get("items", ()))

    def retry(self, name: str, node: str) -> None:
        """Have Argo go on with a workflow that has ended; the node of that name and all after it are taken anew."""
        request = m.WorkflowRetryRequest(
            name=name,
            namespace=self.namespace,
            restart_successful=bool(node),
            node_field_selector=selector(node) if node else None,
        )
        with self._translated(gone(name, self.namespace), role=RESUMER):
            self._service.retry_workflow(name, request)

    def pods(self, workflow: Document) -> Collection[str]:
        """The names of the workflow's pods, of those too that are gone: the server lists none."""
        return [_name_of(workflow, node) for node in nodes_of(workflow).values() if node["type"] == "Pod"]

    def log_lines(self, name: str, query: LogQuery, _unread: Callable[[str], None]) -> Iterator[LogLine]:
        """What the pods of a workflow that are still there have said, each line as it comes, those of a pod in order.

        Of pods that cannot be read the server says nothing, so nobody hears why.
        """
        with self._translated(gone(name, self.namespace)):
            yield from self._lines(name, query)

    def _lines(self, name: str, query: LogQuery) -> Iterator[LogLine]:
        options: dict[str, Any] = {"logOptions.container": "main", "logOptions.timestamps": True}
        if query.pod:
            options["podName"] = query.pod
        if query.since:
            options["logOptions.sinceTime.seconds"] = int(query.since.timestamp())
        if query.last:
            options["logOptions.tailLines"] = query.last
        # Hera reads one line of the answer; there is one for each of the log.
        answer = self._service.session.request(
            "get",
            urljoin(self._url, f"api/v1/workflows/{quote(self.namespace)}/{quote(name)}/log"),
            params=options,
            headers={"Authorization": self._service.token},
            verify=self._service.verify_ssl,
            stream=True,
        )
        with answer:
            if not answer.ok:
                raise exceptions.exception_from_server_response(answer)
            rest = bytearray()
            for chunk in answer.iter_content(_CHUNK):
                yield from map(_line, filter(bytes.strip, ended_lines(rest, chunk, _LONGEST)))
            if rest.strip():
                yield _line(rest)

    def _ask(self, call: Callable[[], Any], missing: StepError) -> Document:
        with self._translated(missing):
            return dict(call().model_dump(mode="json", by_alias=True, exclude_none=True))

    @contextmanager
    def _translated(self, missing: StepError, *, role: str = SUBMITTER) -> Iterator[None]:
        """What the server's refusals within the block mean."""
        try:
            yield
        except exceptions.NotFound:
            raise missing from None
        except exceptions.Unauthorized:
            raise ConfigurationError("Argo's server does not know you", "renew ARGO_TOKEN") from None
        except exceptions.Forbidden as error:
            raise forbidden(str(error), self.namespace, role) from None
        except exceptions.BadRequest as error:
            raise ConfigurationError(f"Argo's server refused: {str(error)[:400]}", "correct what it names") from None
        except (exceptions.HeraException, OSError) as error:
            raise self._unanswered(error) from None

    def _unanswered(self, error: Exception) -> StepError:
        """What it means that no proper answer came; the errors of requests, which Hera uses, are OSErrors."""
        if type(error).__name__ == "SSLError":
            todo = "name its authority in REQUESTS_CA_BUNDLE; where it speaks plain HTTP, set ARGO_SECURE=false"
            return ConfigurationError(f"the certificate of {self._url} cannot be verified", todo)
        reason = type(error).__name__ if isinstance(error, OSError) else str(error)[:300]
        problem = f"Argo's server at {self._url} does not answer: {reason}"
        return TransientError(problem, "check ARGO_SERVER, then try again")


def _name_of(workflow: Document, node: Document) -> str:
    """The name that Argo gives the pod of a node. It is stored nowhere; Argo's own UI computes it in this way too."""
    run, template = str(workflow["metadata"]["name"]), node.get("templateName") or ""
    by_node = workflow["metadata"].get("annotations", {}).get(_POD_NAMES) == _BY_NODE
    if by_node or node["name"] == run:
        return str(node["id"])
    prefix = f"{run}-{template}" if template else run
    return f"{prefix[:_LONGEST_PREFIX]}-{mark(node['id'])}"


def _line(text: bytes | bytearray) -> LogLine:
    """One line of the log of a pod, as Argo's server sends it; a failure comes in the same form."""
    try:
        answer = dict(json.loads(text))
    except ValueError:
        raise exceptions.HeraException("it tells no JSON") from None
    error = answer.get("error")
    if error:
        message = str(error.get("message", ""))
        code = _CODES.get(error.get("grpc_code", error.get("code")), 500)
        raise exceptions.exception_from_status_code(403 if "is forbidden" in message else code, message)
    line = answer.get("result") or {}
    return stamped(str(line.get("podName", "")), str(line.get("content", "")))
