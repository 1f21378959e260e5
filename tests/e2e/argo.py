"""Workflows on a cluster, as kubectl and argo show them."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import load
from stockpot.compiler.profiles import Profile
from stockpot.yaml_text import yaml_text

# Seconds that a busy machine may need for what it does in a few.
PATIENCE = 900


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
        return list(self.document["status"].get("nodes", {}).values())

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
        told = [
            f"{node['displayName']} {node['phase']} {node.get('message')}"
            for node in self.nodes
            if node["phase"] != "Succeeded"
        ]
        return "\n".join([f"{self.name} {self.phase} {self.document['status'].get('message')}", *told])


@dataclass(frozen=True)
class Cluster:
    """A namespace in which workflows run."""

    namespace: str

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """What kubectl prints."""
        return self._command("kubectl", "--namespace", self.namespace, *arguments, text=text)

    def argo(self, *arguments: str) -> str:
        """What the command `argo` prints."""
        return self._command("argo", "--namespace", self.namespace, *arguments)

    def _command(self, *command: str, text: str | None = None) -> str:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object."""
        return dict(json.loads(self.kubectl("get", kind, name, "-o", "json")))

    def list(self, kind: str, selector: str = "") -> list[dict[str, Any]]:
        """The objects that a label selector finds."""
        return list(json.loads(self.kubectl("get", kind, "-l", selector, "-o", "json"))["items"])

    def install(self, *names: str, images: Mapping[str, str] | None = None) -> None:
        """Compile pipelines and apply them, their schedules suspended; `images` replaces images by others."""
        for name in names:
            documents, _ = argo_documents(load(name), images, Profile.RESTRICTED)
            for document in documents:
                if document["kind"] == "CronWorkflow":
                    document["spec"]["suspend"] = True
            self.kubectl("apply", "-f", "-", text=yaml_text(documents))

    def submit(self, template: str, **parameters: Any) -> str:
        """The name of a new run, submitted as a user does it."""
        given = [part for name, value in parameters.items() for part in ("-p", f"{name}={value}")]
        return self.argo("submit", "--from", f"workflowtemplate/{template}", *given, "-o", "name").strip()

    def wait(self, name: str, seconds: float = PATIENCE) -> Run:
        """The run once it has ended."""
        command = ["kubectl", "-n", self.namespace, "wait", f"workflow/{name}", f"--timeout={seconds}s"]
        ended = "--for=jsonpath={.status.finishedAt}"
        done = subprocess.run([*command, ended], capture_output=True, text=True, check=False, timeout=seconds + 60)
        run = Run(self.get("workflow", name))
        if done.returncode:
            pytest.fail(f"{name} has not ended after {seconds} s\n{run.explain()}")
        return run

    def run(self, template: str, **parameters: Any) -> Run:
        """A new run, once it has ended."""
        return self.wait(self.submit(template, **parameters))

    def poll(self, find: Callable[[], Any], what: str) -> Any:
        """What `find` returns once that is something."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = find()
            if found:
                return found
            time.sleep(1)
        pytest.fail(f"gave up waiting for {what} after {PATIENCE} s")
