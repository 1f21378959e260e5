"""Harm done to runs on purpose, at the moment it is meant for."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Self

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin
from urllib3.exceptions import HTTPError

from tests.e2e.argo import Cluster
from tests.e2e.places import DEMO, PASSWORD, USER, address

WORKFLOW = "workflows.argoproj.io/workflow"
NODE = "workflows.argoproj.io/node-name"
Moment = Callable[[Any], bool]


def pending(pod: Any) -> bool:
    """Nothing of the pod runs yet."""
    return bool(pod.status.phase == "Pending")


def running(pod: Any) -> bool:
    """The step itself is at work."""
    main = _state(pod, "main")
    return bool(main and main.running)


def begun(pod: Any) -> bool:
    """The step itself is at work, or was too quick to be seen there."""
    main = _state(pod, "main")
    return bool(main and (main.running or main.terminated))


def uploading(pod: Any) -> bool:
    """The step has ended, and Argo's executor is taking its files away."""
    main, executor = _state(pod, "main"), _state(pod, "wait")
    return bool(main and main.terminated and executor and executor.running)


def _state(pod: Any, container: str) -> Any:
    found = [each.state for each in pod.status.container_statuses or [] if each.name == container]
    return found[0] if found else None


def step_of(pod: Any) -> str:
    """The task that a pod runs, such as `load-iceberg`."""
    return str(pod.metadata.annotations[NODE].rpartition(".")[2].partition("(")[0])


class Watch:
    """Looks at the pods of a namespace's runs, and acts once on each step whose pod comes to a moment."""

    def __init__(self, cluster: Cluster, moment: Moment, act: Callable[[Any], None]) -> None:
        config.load_kube_config(os.environ["KUBECONFIG"])
        self._api = client.CoreV1Api()
        self._namespace, self._moment, self._act = cluster.namespace, moment, act
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self.met: set[str] = set()

    def __enter__(self) -> Self:
        """Begin to look."""
        self._looking = self._pool.submit(self._look)
        return self

    def __exit__(self, *_: object) -> None:
        """Look no further, and fail where looking or acting did: a fault that was never injected proves nothing."""
        self._stop.set()
        self._pool.shutdown()
        self._looking.result()

    def _look(self) -> None:
        while not self._stop.is_set():
            found = watch.Watch().stream(
                self._api.list_namespaced_pod, self._namespace, label_selector=WORKFLOW, timeout_seconds=5
            )
            for event in found:
                pod = event["object"]
                if event["type"] != "DELETED" and step_of(pod) not in self.met and self._moment(pod):
                    self._act(pod)
                    self.met.add(step_of(pod))


def delete(pod: Any) -> None:
    """Take a pod away at once, as a lost node would."""
    try:
        client.CoreV1Api().delete_namespaced_pod(pod.metadata.name, pod.metadata.namespace, grace_period_seconds=0)
    except ApiException as error:
        if error.status != 404:
            raise


def crash_postgres() -> None:
    """End the demo's Postgres at once, without a word to its clients; Kubernetes starts it again on the same data."""
    with _restarted("postgres-0"):
        DEMO.kubectl("exec", "postgres-0", "--", "sh", "-c", "kill -QUIT 1")


def stop_minio() -> None:
    """Stop the demo's object store, whatever it is at; Kubernetes starts it again on the same data."""
    with _restarted("minio-0"):
        admin = MinioAdmin(
            endpoint=f"{address('minio')}:9000", credentials=StaticProvider(USER, PASSWORD), secure=False
        )
        # It may be gone before it has answered; whether it was stopped is seen by its new start.
        with suppress(HTTPError):
            admin.service_stop()


def kill_controller() -> None:
    """End Argo's controller and wait for its successor."""
    controller = Cluster("argo")
    controller.kubectl("delete", "pod", "-l", "app=workflow-controller", "--grace-period=0", "--force")
    controller.kubectl("rollout", "status", "deploy/workflow-controller", "--timeout=180s")


@contextmanager
def _restarted(pod: str) -> Iterator[None]:
    before = _restarts(pod)
    yield
    DEMO.poll(lambda: _restarts(pod) > before, f"{pod} to start again")
    DEMO.kubectl("wait", f"pod/{pod}", "--for=condition=ready", "--timeout=120s")


def _restarts(pod: str) -> int:
    return sum(int(each["restartCount"]) for each in DEMO.get("pod", pod)["status"]["containerStatuses"])
