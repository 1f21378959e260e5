"""A cluster through the command kubectl, as its configuration stands."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from components.shell.errors import ConfigurationError, StepError, TransientError
from stockpot.cluster import argo_command
from stockpot.cluster.access import UNREACHABLE, Document, forbidden, gone, not_installed
from stockpot.cluster.log_lines import LogLine, LogQuery, stamped
from stockpot.cluster.programs import called, last_line, printed
from stockpot.local.logs import text_of

# What kubectl says when it knows no cluster.
_UNCONFIGURED = re.compile(
    r"no configuration has been provided|localhost:8080|current-context|error in configuration|error loading config"
    r"|no such file|x509|certificate",
    re.IGNORECASE,
)
_NO_ARGO = re.compile(r"doesn't have a resource type|no matches for kind")
_OF_WORKFLOW = "workflows.argoproj.io/workflow"
# A line of a pod's log, and what kubectl says in between of one that it cannot read.
_LOG_LINE = re.compile(r"\[pod/(?P<pod>[^/\]]+)/main\] (?P<line>.*)", re.DOTALL)
_TROUBLE = "error: "
# Pods that begin just now, or are taken away just now, have nothing to say.
_NO_LOG = re.compile(r"is waiting to start|not found|NotFound|previous terminated")
# The last is what becomes of its question for a name and a password.
_UNKNOWN_USER = re.compile(r"Unauthorized|must be logged in|asked for the client to provide credentials|^error: EOF$")


class _NotFoundError(Exception):
    """The object is not there."""


@dataclass(frozen=True)
class Kubectl:
    """A namespace of the cluster that KUBECONFIG, or kubectl's default, names."""

    namespace: str

    def template(self, name: str) -> Document:
        """The WorkflowTemplate of this name."""
        try:
            return self._call("get", "workflowtemplates.argoproj.io", name)
        except _NotFoundError:
            raise not_installed(name, self.namespace) from None

    def create(self, workflow: Document) -> str:
        """The name that the new workflow was given."""
        try:
            # To validate it, kubectl would list the definitions of the whole cluster, which few people may do.
            made = self._call("create", "--validate=false", "-f", "-", text=json.dumps(workflow))
            return str(made["metadata"]["name"])
        except _NotFoundError:
            raise ConfigurationError(f"there is no namespace {self.namespace}", "name another: --namespace") from None

    def workflow(self, name: str) -> Document:
        """The workflow as it stands."""
        try:
            return self._call("get", "workflows.argoproj.io", name)
        except _NotFoundError:
            raise gone(name, self.namespace) from None

    def workflows(self) -> Sequence[Document]:
        """All workflows that are still there, as they stand."""
        return list(self._call("get", "workflows.argoproj.io")["items"])

    def retry(self, name: str, node: str) -> None:
        """Have Argo go on with a workflow that has ended; the node of that name and all after it are taken anew."""
        argo_command.retry(name, node, self.namespace)

    def pods(self, workflow: Document) -> Collection[str]:
        """The names of the workflow's pods that are there."""
        output = self._run("get", "pods", f"--selector={_OF_WORKFLOW}={workflow['metadata']['name']}", "--output=name")
        return [each.removeprefix("pod/") for each in output.decode().split()]

    def log_lines(self, name: str, query: LogQuery, unread: Callable[[str], None]) -> Iterator[LogLine]:
        """What the pods of a workflow that are still there have said, each line as it comes, those of a pod in order.

        `unread` hears why some pods could not be read.
        """
        which = query.pod or f"--selector={_OF_WORKFLOW}={name}"
        # One pod that cannot be read must not keep the others' lines away.
        command = ["logs", which, "--container=main", "--prefix", "--timestamps", "--ignore-errors"]
        command.append(f"--tail={query.last or -1}")
        if query.since:
            command.append(f"--since-time={query.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        try:
            # No --request-timeout: it would end a long log in the middle.
            for line in printed([*self._kubectl, *command], _missing(), self._failure):
                yield from self._read(text_of(line), unread)
        except _NotFoundError:
            return

    def _read(self, line: str, unread: Callable[[str], None]) -> Iterator[LogLine]:
        if match := _LOG_LINE.fullmatch(line):
            yield stamped(match["pod"], match["line"])
        elif line.startswith(_TROUBLE):
            trouble = line.removeprefix(_TROUBLE)
            if "is forbidden" in trouble:
                raise forbidden(trouble, self.namespace)
            if not _NO_LOG.search(trouble):
                unread(trouble[:400])

    def may(self, verb: str, resource: str, group: str = "argoproj.io") -> bool:
        """Whether the user may do that to objects of this kind; without a word about it, to Argo's."""
        kind, _, part = resource.partition("/")
        attributes = {"namespace": self.namespace, "group": group, "verb": verb, "resource": kind, "subresource": part}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        made = self._call("create", "--validate=false", "-f", "-", text=json.dumps(review))
        return bool(made["status"].get("allowed"))

    def _call(self, *arguments: str, text: str = "") -> dict[str, Any]:
        """The object that kubectl prints; a field that is null is none, as for Kubernetes and Argo's server."""
        return dict(json.loads(self._run(*arguments, "--output=json", text=text), object_hook=_without_nulls))

    def _run(self, *arguments: str, text: str = "") -> bytes:
        """What kubectl prints."""
        done = called([*self._kubectl, "--request-timeout=30s", *arguments], _missing(), text)
        if done.returncode:
            raise self._failure(last_line(done.stderr))
        return done.stdout

    @property
    def _kubectl(self) -> Sequence[str]:
        return ["kubectl", "--namespace", self.namespace]

    def _failure(self, line: str) -> StepError | _NotFoundError:
        """What kubectl's last line means."""
        if "(NotFound)" in line and not _NO_ARGO.search(line):
            return _NotFoundError()
        if "(Forbidden)" in line:
            return forbidden(line.partition("(Forbidden): ")[2], self.namespace)
        return next((make(line[:400]) for sign, make in _MEANINGS.items() if sign.search(line)), _unknown(line[:400]))


def _without_nulls(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _missing() -> StepError:
    todo = "install kubectl, or set ARGO_SERVER and ARGO_TOKEN"
    return ConfigurationError("there is no kubectl on PATH, and ARGO_SERVER is not set", todo)


def _unknown(line: str) -> StepError:
    return ConfigurationError(f"kubectl failed: {line}", "correct what it names")


_MEANINGS: Mapping[re.Pattern[str], Callable[[str], StepError]] = {
    _NO_ARGO: lambda _: ConfigurationError("the cluster has no Argo Workflows", "install it first (docs/cluster.md)"),
    _UNKNOWN_USER: lambda _: ConfigurationError("the cluster does not know you", "log in again, then try again"),
    _UNCONFIGURED: lambda line: ConfigurationError(f"kubectl reaches no cluster: {line}", "set KUBECONFIG"),
    UNREACHABLE: lambda line: TransientError(f"the cluster does not answer: {line}", "check that it runs"),
}
