"""A cluster with Argo Workflows for the end-to-end tests, as KUBECONFIG and PATH name it."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from minio import Minio

from pipelines.compiler.command import compile_targets
from pipelines.compiler.yaml_text import yaml_text

NAMESPACE = "pipelines"
# The images that the cluster has; where it can pull, the fixtures' own will do.
IMAGES = {"python:3.11-slim-bookworm": os.environ.get("STOCKPOT_E2E_IMAGE", "local/python:3.11-bookworm")}
SETUP = Path(__file__).parent / "cluster"


@dataclass(frozen=True)
class Run:
    """A workflow that has ended."""

    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The workflow's name."""
        return str(self.document["metadata"]["name"])

    @property
    def phase(self) -> str:
        """`Succeeded`, `Failed` or `Error`."""
        return str(self.document["status"]["phase"])

    @property
    def nodes(self) -> list[Mapping[str, Any]]:
        """What Argo tells of every node."""
        return list(self.document["status"]["nodes"].values())

    def pods(self, name: str) -> list[Mapping[str, Any]]:
        """The nodes of the pods that ran a task, every attempt and iteration, in the order of their start."""
        found = [node for node in self.nodes if node["type"] == "Pod" and node["displayName"].split("(")[0] == name]
        return sorted(found, key=lambda node: node["startedAt"])

    def output(self, name: str, parameter: str) -> str:
        """An output parameter of the last pod that ran a task."""
        found = {each["name"]: each["value"] for each in self.pods(name)[-1]["outputs"]["parameters"]}
        return str(found[parameter])

    def explain(self) -> str:
        """The nodes that did not succeed, for the message of a failed test."""
        return "\n".join(
            f"{node['displayName']} {node['phase']} {node.get('message')}"
            for node in self.nodes
            if node["phase"] != "Succeeded"
        )


@dataclass(frozen=True)
class Cluster:
    """A namespace in which workflows run."""

    namespace: str

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """What kubectl prints."""
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object."""
        return dict(json.loads(self.kubectl("get", kind, name, "-o", "json")))

    def install(self, *names: str, out: Path) -> None:
        """Compile pipelines and apply them, their schedules suspended."""
        for path in compile_targets(names, False, "argo", out, IMAGES):
            if path.parent.name != "submit":
                documents = list(yaml.safe_load_all(path.read_text()))
                for document in documents:
                    if document["kind"] == "CronWorkflow":
                        document["spec"]["suspend"] = True
                self.kubectl("apply", "-f", "-", text=yaml_text(documents))

    def submit(self, template: str, **parameters: Any) -> str:
        """The name of a new run."""
        given = [{"name": name, "value": str(value)} for name, value in parameters.items()]
        document = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"generateName": f"{template}-"},
            "spec": {"workflowTemplateRef": {"name": template}, "arguments": {"parameters": given}},
        }
        return self.kubectl("create", "-f", "-", "-o", "jsonpath={.metadata.name}", text=json.dumps(document))

    def wait(self, name: str, seconds: float = 180) -> Run:
        """The run once it has ended."""
        return Run(self.poll(lambda: _ended(self.get("workflow", name)), seconds, f"the end of {name}"))

    def run(self, template: str, **parameters: Any) -> Run:
        """A new run, once it has ended."""
        return self.wait(self.submit(template, **parameters))

    def poll(self, find: Any, seconds: float, what: str) -> Any:
        """What `find` returns once that is something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = find()
            if found:
                return found
            time.sleep(1)
        pytest.fail(f"gave up waiting for {what} after {seconds} s")

    def artifacts(self, run: str) -> list[str]:
        """The keys of a run's artifacts, seen from the store itself."""
        pods = json.loads(self.kubectl("get", "pods", "--namespace", "store", "-l", "app=minio", "-o", "json"))["items"]
        client = Minio(f"{pods[0]['status']['podIP']}:9000", "artifacts", "artifacts-secret", secure=False)
        return [str(each.object_name) for each in client.list_objects("artifacts", f"runs/{run}/", recursive=True)]


def _ended(document: dict[str, Any]) -> dict[str, Any] | None:
    return document if document.get("status", {}).get("finishedAt") else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster with a store for artifacts and a namespace for pipelines that enforces the restricted pod standard."""
    if "KUBECONFIG" not in os.environ:
        pytest.fail("these tests need a cluster: set KUBECONFIG, or leave them out with -m 'not e2e'")
    found = Cluster(NAMESPACE)
    found.kubectl("apply", "-n", "store", "-f", str(SETUP / "store.yaml"))
    found.kubectl("apply", "-f", str(SETUP / "namespace.yaml"))
    found.kubectl(
        "patch",
        "configmap",
        "workflow-controller-configmap",
        "-n",
        "argo",
        "--patch-file",
        str(SETUP / "controller.yaml"),
    )
    found.kubectl("set", "env", "deploy/workflow-controller", "-n", "argo", "DEFAULT_REQUEUE_TIME=1s")
    for deployment, namespace in (("workflow-controller", "argo"), ("minio", "store")):
        found.kubectl("rollout", "status", f"deploy/{deployment}", "-n", namespace, "--timeout=180s")
    yield found
    found.kubectl("delete", "workflows,cronworkflows,workflowtemplates", "--all")
