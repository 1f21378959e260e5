"""What is applied beside Kubeflow Pipelines: rights, secrets and network of the namespace where runs live."""

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kfp import components

from tests.policy.access import RULES
from tests.policy.subjects import at, of_kind
from tests.policy.tree import EXAMPLE, MANIFESTS, Tree, parsed, read, refusals

RUNS = {"pipelines.kubeflow.org/v2_component": "true"}
_ADDRESS = re.compile(r"(?:@|://|^)([a-z][a-z0-9.-]*):(\d+)")

needs_kustomize = pytest.mark.skipif(
    not (shutil.which("kustomize") or shutil.which("kubectl")), reason="needs kustomize or kubectl"
)


def render(folder: str) -> list[Any]:
    """The objects of a kustomization."""
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    done = subprocess.run([*command, str(MANIFESTS / folder)], capture_output=True, text=True, check=True)
    return parsed(done.stdout)


@pytest.fixture(scope="module")
def demo() -> list[Any]:
    """What the demo applies."""
    return render("kfp/demo")


def wanted() -> set[tuple[str, str]]:
    """The secrets and keys without which no step of ours starts, as the compiled pipelines name them."""
    platforms = [document for path in sorted(MANIFESTS.glob("kfp/*.yaml")) for document in read(path)[1:]]
    executors = [
        each for one in platforms for each in one["platforms"]["kubernetes"]["deploymentSpec"]["executors"].values()
    ]
    references = [
        each for executor in executors for each in executor.get("secretAsEnv", ()) if not each.get("optional")
    ]
    return {(each["secretName"], key["secretKey"]) for each in references for key in each["keyToEnv"]}


def keys(objects: list[Any]) -> dict[tuple[str, str], str]:
    """What the secrets hold."""
    found = {}
    for secret in of_kind(objects, "Secret"):
        name = secret["metadata"]["name"]
        found |= {(name, key): base64.b64decode(value).decode() for key, value in secret.get("data", {}).items()}
        found |= {(name, key): value for key, value in secret.get("stringData", {}).items()}
    return found


def addresses(secrets: dict[tuple[str, str], str]) -> Iterator[tuple[str, int]]:
    """Every host and port that a secret names."""
    for value in secrets.values():
        yield from ((host, int(port)) for host, port in _ADDRESS.findall(value))


@needs_kustomize
@pytest.mark.parametrize("folder", ["kfp/demo", "kfp/production", "kfp/settings"])
def test_the_kustomizations_keep_the_rules(folder: str) -> None:
    """Those of single objects; that a namespace denies everything is its owner's to say."""
    of_a_whole = {rule.__name__ for rule in RULES["Overlay"]}
    assert [each for each in refusals(Tree(render(folder), {}, {})) if each[0] not in of_a_whole] == []


@needs_kustomize
def test_every_secret_is_there_with_its_keys(demo: list[Any]) -> None:
    """Where runs live; in production they are those of the example."""
    assert wanted()
    assert wanted() <= keys(demo).keys()
    assert wanted() <= keys(read(EXAMPLE)).keys()


@needs_kustomize
def test_stores_of_another_namespace_are_named_in_full_and_reached(demo: list[Any]) -> None:
    """A short name leads nowhere from the namespace of the runs; each port is open on both sides."""
    found = set(addresses(keys(demo)))
    assert {port for _, port in found} == {5432, 9000, 9092}
    assert all(host.endswith(".stockpot.svc") for host, _ in found)
    assert {port for _, port in found} <= ports_to(demo, "stockpot")
    (into,) = [
        each
        for each in of_kind(render("overlays/demo"), "NetworkPolicy")
        if each["metadata"]["name"] == "allow-into-stores"
    ]
    (rule,) = into["spec"]["ingress"]
    assert {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kubeflow"}},
        "podSelector": {"matchLabels": RUNS},
    } in rule["from"]
    assert {port for _, port in found} <= {each["port"] for each in rule["ports"]}
    listening = (MANIFESTS / "overlays/demo/kafka/server.properties").read_text()
    assert "advertised.listeners=PLAINTEXT://kafka.stockpot.svc:9092" in listening, "what Kafka sends its clients to"


def ports_to(objects: list[Any], namespace: str) -> set[int]:
    """The ports that runs may reach in a namespace."""
    rules = [rule for each in of_kind(objects, "NetworkPolicy") for rule in each["spec"].get("egress", ())]
    to = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return {
        port["port"] for rule in rules for side in rule.get("to", ()) if side.get("namespaceSelector") == to
        for port in rule["ports"]
    }  # fmt: skip


@needs_kustomize
def test_runs_are_denied_what_is_not_named(demo: list[Any]) -> None:
    """Every policy is about pods of runs, and one of them allows nothing."""
    policies = of_kind(demo, "NetworkPolicy")
    assert all(each["spec"]["podSelector"] == {"matchLabels": RUNS} for each in policies)
    assert any(not {"ingress", "egress"} & set(each["spec"]) for each in policies)
    assert {8887, 8888, 8080} <= ports_to(demo, "kubeflow"), "the driver and the launcher"


@needs_kustomize
def test_the_account_of_runs_reads_one_secret(demo: list[Any]) -> None:
    """That of KFP's own store, and none of ours: steps get theirs from Kubernetes, not by asking."""
    (role,) = of_kind(demo, "Role")
    secrets = [rule for rule in role["rules"] if "secrets" in rule["resources"]]
    assert [(rule["resourceNames"], rule["verbs"]) for rule in secrets] == [(["mlpipeline-minio-artifact"], ["get"])]
    assert {at(each, "metadata", "namespace") for each in demo} == {"kubeflow"}


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("kfp/*.yaml")), ids=lambda path: path.stem)
def test_a_file_is_loaded_as_its_pipeline(path: Path) -> None:
    """KFP's own loader takes a step that has the pipeline's name for the pipeline."""
    root = read(path)[0]["root"].get("inputDefinitions", {})
    inputs = components.load_component_from_text(path.read_text()).component_spec.inputs or {}
    assert set(inputs) == {name for kind in root.values() for name in kind}


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("kfp/*.yaml")), ids=lambda path: path.stem)
def test_the_end_of_a_run_tells_metrics(path: Path) -> None:
    """Of the type that KFP's UI draws and compares, told through the executor input; on Argo nobody asks for it."""
    spec = read(path)[0]
    component = spec["components"]["comp-end-run"]
    declared = component["outputDefinitions"]["artifacts"]["metrics"]["artifactType"]
    assert declared == {"schemaTitle": "system.Metrics", "schemaVersion": "0.0.1"}
    asked = spec["deploymentSpec"]["executors"][component["executorLabel"]]["container"]["args"]
    assert asked[-2:] == ["--executor-input", "{{$}}"]
    templates = read(MANIFESTS / "argo" / path.name)[0]["spec"]["templates"]
    (end,) = [each["container"] for each in templates if each["name"] == "end-run"]
    assert end["command"][:2] == ["python", "-m"], "the step itself, and nothing around it"
    assert end["args"][-2:] == ["--executor-input", "{}"]


def test_a_run_is_told_with_all_but_its_secrets() -> None:
    """What stands on its page as the command to have it again: no number is a secret."""
    hidden = set()
    for path in sorted(MANIFESTS.glob("kfp/*.yaml")):
        given = read(path)[0]["root"].get("inputDefinitions", {}).get("parameters", {})
        for name in re.findall(r"--param (\w+)=\*\*\*", path.read_text()):
            hidden.add((path.stem, name, given[name]["parameterType"]))
    assert [each for each in hidden if each[-1] != "STRING"] == []
