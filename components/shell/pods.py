"""What the pods of a run have left on Kubeflow Pipelines, which hands on neither exit codes nor reasons.

There a step's launcher ends with 1 whatever the step ended with, the engine tries everything again, and exit handlers
are told that the run has failed and no more. Kubernetes keeps what a container says last beside its pod until the run
is deleted, so the pods of the run are asked: no store, and no key, is needed for that. See
docs/decisions/2026-11-27-instant-and-verdicts-on-kubeflow.md.
"""

import json
import logging
import os
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from components.shell.errors import BY_EXIT_CODE, TransientError
from components.shell.kubeflow import ON_KUBEFLOW

log = logging.getLogger("step")

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_WORKFLOW, _NODE = "workflows.argoproj.io/workflow", "workflows.argoproj.io/node-name"
# Other tries of a step have its node's name with another number.
_TRY = re.compile(r"\((\d+)\)$")
# What a step writes there, see `step.run`.
_LAST_WORDS = re.compile(r"exit code (?P<code>\d+): (?P<reason>.*)", re.DOTALL)
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_NEVER_AGAIN = BY_EXIT_CODE.keys() - {TransientError.exit_code}
_PAGE, _SECONDS = 200, 10


@dataclass(frozen=True)
class Failure:
    """A step that ended badly: which one, its last line, and the exit code that it meant."""

    step: str
    reason: str
    exit_code: int


def earlier_verdict() -> Failure | None:
    """How an earlier try of this very step ended, if trying again is of no use; None where that is not known."""
    try:
        pods = _Pods.of_this_run()
        base = _base(pods.own)
        tries = [pod for pod in pods.failed() if _base(pod) == base and pod["metadata"]["name"] != pods.name]
        return next((each for each in map(_failure, tries) if each.exit_code in _NEVER_AGAIN), None)
    except (OSError, ValueError, LookupError, HTTPException) as error:
        _cannot_ask(error)
        return None


def first_failure() -> Failure | None:
    """The step of this run that failed first and for good; None where that is not known."""
    try:
        pods = _Pods.of_this_run()
        recovered = {_base(pod) for pod in pods.succeeded()}
        failed = [pod for pod in _last_tries(pods.failed()) if _base(pod) not in recovered]
        return _failure(min(failed, key=_ended)) if failed else None
    except (OSError, ValueError, LookupError, HTTPException) as error:
        _cannot_ask(error)
        return None


def _cannot_ask(error: Exception) -> None:
    log.warning("Kubernetes does not say how the run's pods ended: %s", " ".join(str(error).split())[:300])


@dataclass(frozen=True)
class _Pods:
    """The pods of the run that this process belongs to."""

    name: str
    own: Mapping[str, Any]
    namespace: str

    @classmethod
    def of_this_run(cls) -> "_Pods":
        name, namespace = os.environ[ON_KUBEFLOW], (_ACCOUNT / "namespace").read_text().strip()
        return cls(name, _get(f"{_path(namespace)}/{quote(name)}"), namespace)

    def failed(self) -> Iterator[Mapping[str, Any]]:
        """The run's pods that failed."""
        return self._all("Failed", "application/json")

    def succeeded(self) -> Iterator[Mapping[str, Any]]:
        """The metadata of the run's pods that succeeded."""
        return self._all("Succeeded", _METADATA)

    def _all(self, phase: str, kind: str) -> Iterator[Mapping[str, Any]]:
        workflow = self.own["metadata"]["labels"][_WORKFLOW]
        query = {"labelSelector": f"{_WORKFLOW}={workflow}", "fieldSelector": f"status.phase={phase}", "limit": _PAGE}
        following = ""
        while True:
            page = _get(f"{_path(self.namespace)}?{urlencode({**query, 'continue': following})}", kind)
            yield from page["items"] or []
            following = page["metadata"].get("continue", "")
            if not following:
                return


def _path(namespace: str) -> str:
    return f"/api/v1/namespaces/{quote(namespace)}/pods"


def _get(path: str, kind: str = "application/json") -> dict[str, Any]:
    """The API server's answer, asked for as the account that the pod runs under; it is never behind a proxy."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
    token = (_ACCOUNT / "token").read_text().strip()
    trusted = ssl.create_default_context(cafile=str(_ACCOUNT / "ca.crt"))
    with closing(HTTPSConnection(host, port, timeout=_SECONDS, context=trusted)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}", "Accept": kind})
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK:
            raise ConnectionError(f"the API server answers {answer.status} {answer.reason}")
        document: dict[str, Any] = json.load(answer)
    return document


def _node(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"]["annotations"][_NODE])


def _base(pod: Mapping[str, Any]) -> str:
    """The node's name without the number of the try."""
    return _TRY.sub("", _node(pod))


def _number(pod: Mapping[str, Any]) -> int:
    match = _TRY.search(_node(pod))
    return int(match[1]) if match else 0


def _last_tries(pods: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each step, the pod that was tried last."""
    latest: dict[str, Mapping[str, Any]] = {}
    for pod in sorted(pods, key=_number):
        latest[_base(pod)] = pod
    return list(latest.values())


def _ended(pod: Mapping[str, Any]) -> str:
    """When the step ended, as Kubernetes writes it; a pod that was lost with its node comes last."""
    return str(_terminated(pod).get("finishedAt") or "~")


def _terminated(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    statuses = pod["status"].get("containerStatuses") or []
    main: Mapping[str, Any] = next((each for each in statuses if each["name"] == "main"), {})
    ended: Mapping[str, Any] = main.get("state", {}).get("terminated") or {}
    return ended


def _failure(pod: Mapping[str, Any]) -> Failure:
    ended = _terminated(pod)
    message = str(ended.get("message") or pod["status"].get("message") or ended.get("reason") or "")
    match = _LAST_WORDS.search(message)
    reason, code = (match["reason"], int(match["code"])) if match else (message, int(ended.get("exitCode", 0)))
    # The node that runs a step is its task's inner one, `executor`.
    return Failure(_base(pod).removesuffix(".executor").rpartition(".")[2], reason.strip(), code)
