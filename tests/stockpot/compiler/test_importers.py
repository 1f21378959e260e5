"""KFP's importers on Argo: a pod of ours that copies what lies at an address, and what its readers are told."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stockpot.compiler import executor
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import load
from stockpot.compiler.errors import UnsupportedError
from stockpot.compiler.kfp import kfp_documents
from stockpot.yaml_text import yaml_text
from tests.stockpot.compiler.test_executor import Pod
from tests.stockpot.compiler.test_golden import lint

ROOT = Path(__file__).parents[3]


def _templates(path: str) -> Mapping[str, Any]:
    ((document, *_), _) = argo_documents(load(path))
    return {each["name"]: each for each in document["spec"]["templates"]}


def test_the_pod_hands_on_bytes_and_metadata(tmp_path: Path, fixtures: Path) -> None:
    """It is started as it is compiled, and its reader too; parameters within metadata arrive, whatever is in them."""
    pod = Pod(tmp_path)
    (tmp_path / "bin/python").write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} "$@"\n')
    (tmp_path / "bin/python").chmod(0o755)
    (tmp_path / "rows.csv").write_text("a,b")
    templates = _templates(f"{fixtures}/importers.py:importers")
    who = '{{workflow.name}} "$(HOME)"'
    values = {"uri": str(tmp_path / "rows.csv"), "metadata": "3", "metadata-2": who}
    pod.run(templates["importer"], values)
    (pod.outputs / "artifact").rename(pod.outputs / "data")
    (pod.outputs / "artifact--metadata").rename(pod.outputs / "data--metadata")
    pod.hand_over()
    pod.run(templates["look"], {})
    assert json.loads(pod.said("Output")) == {
        "text": "a,b",
        "metadata": {"rows": 1.5, "of": ["3 rows", who], f"by {who}": "$(HOME) $$", "yes": True},
        "name": "artifact",
        "kind": "Dataset",
        "uri": str(tmp_path / "inputs/data"),
    }


def test_what_the_pod_is_told(fixtures: Path) -> None:
    """Keys of the store by reference, which may be missing where only the run knows the address; it is hardened."""
    known = _templates(f"{fixtures}/importers.py:constant")["importer"]
    container = known["container"]
    keys = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in container["env"] if "valueFrom" in each}
    assert keys["MINIO_ENDPOINT"] == {"name": "stockpot-object-store", "key": "MINIO_ENDPOINT"}
    assert (keys["HTTPS_PROXY"]["name"], keys["HTTPS_PROXY"]["optional"]) == ("stockpot-network", True)
    assert container["securityContext"]["readOnlyRootFilesystem"]
    asked = _templates(f"{fixtures}/importers.py:importers")["importer"]["container"]
    assert all(each["valueFrom"]["secretKeyRef"]["optional"] for each in asked["env"] if "valueFrom" in each)
    elsewhere = _templates(f"{fixtures}/importers.py:elsewhere")["importer"]["container"]
    assert [each for each in elsewhere["env"] if "valueFrom" in each] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("file", "an import of the file file:///rows.csv, which is in no pod, is not supported - put it into a bucket"),
        ("image", "an import of an image (oci://), which has to be mounted into the pods of its readers, is not"),
    ],
)
def test_what_no_pod_can_import(fixtures: Path, name: str, line: str) -> None:
    """It is refused by one line."""
    with pytest.raises(UnsupportedError) as caught:
        _templates(f"{fixtures}/importers.py:{name}")
    assert line in str(caught.value)


def test_an_artifact_that_the_pipeline_takes(fixtures: Path) -> None:
    """On Argo it is a parameter and a pod that imports; KFP's backend lets nobody give it."""
    ((document, *_), _) = argo_documents(load(f"{fixtures}/importers.py:taken"))
    assert [each["name"] for each in document["spec"]["arguments"]["parameters"]] == ["rows"]
    tasks = {each["name"]: each for each in document["spec"]["templates"][0]["dag"]["tasks"]}
    assert tasks["import-rows"]["arguments"]["parameters"][0]["name"] == "uri"
    assert {name: each.get("dependencies") for name, each in tasks.items()} == {
        "import-rows": None, "look": ["import-rows"], "for-loop-2": ["import-rows"]
    }  # fmt: skip
    assert {each["from"] for each in tasks["look"]["arguments"]["artifacts"]} == {
        "{{tasks.import-rows.outputs.artifacts.artifact}}", "{{tasks.import-rows.outputs.artifacts.artifact--metadata}}"
    }  # fmt: skip
    with pytest.raises(UnsupportedError, match=r"an artifact as a parameter of the pipeline \('rows'\) is not"):
        kfp_documents(load(f"{fixtures}/importers.py:taken"))


@pytest.mark.parametrize("name", ["importers", "elsewhere", "taken", "composed"])
def test_argo_lints_what_imports(fixtures: Path, tmp_path: Path, name: str) -> None:
    """Its own linter asks of each artifact that the task which makes it is waited for."""
    ((document, *_), _) = argo_documents(load(f"{fixtures}/importers.py:{name}"))
    (tmp_path / "template.yaml").write_text(yaml_text([document]))
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_address_that_is_put_together(fixtures: Path) -> None:
    """Argo's expression joins it; KFP would take the text with its marks for the address, silently."""
    ((document, *_), _) = argo_documents(load(f"{fixtures}/importers.py:composed"))
    (task, *_) = (each for each in document["spec"]["templates"][0]["dag"]["tasks"] if each["name"] == "importer")
    given = {each["name"]: each["value"] for each in task["arguments"]["parameters"]}
    assert '"https://" + inputs.parameters["host"] + "/rows-" + inputs.parameters["number"]' in given["uri"]
    with pytest.raises(UnsupportedError, match="task 'importer': an import from an address with parameters inside"):
        kfp_documents(load(f"{fixtures}/importers.py:composed"))


def test_kubeflow_gets_its_own_importer(fixtures: Path) -> None:
    """Its executor has no image to replace."""
    spec = kfp_documents(load(f"{fixtures}/importers.py:importers"), {"python:3.11": "python:3.12"})[0]
    executors = spec["deploymentSpec"]["executors"]
    assert executors["exec-importer"]["importer"]["artifactUri"] == {"runtimeParameter": "uri"}
    assert executors["exec-look"]["container"]["image"] == "python:3.12"


def test_the_address_is_told_where_the_sdk_finds_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link leads from where it looks to what was handed over; where none can be made, the path is the address."""
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs/data").write_text("rows")
    told = {"uri": "s3://kitchen/rows.csv", "custom_path": str(tmp_path / "outputs/data"), "metadata": {"n": 1}}
    (tmp_path / "outputs/executor_output.json").write_text(json.dumps({"artifacts": {"data": {"artifacts": [told]}}}))
    interface = {"parameters": [], "artifacts": {"data": "system.Dataset"}, "inputs": {"data": "system.Dataset"}}
    executor.collect(interface, str(tmp_path / "outputs"), str(tmp_path))
    path = str(tmp_path / "outputs/data")

    def given() -> Any:
        asked = executor.executor_input(interface, {}, {"data": path}, "/out")
        return json.loads(asked)["inputs"]["artifacts"]["data"]["artifacts"][0]

    monkeypatch.setattr(executor, "_MOUNTS", {"s3://": f"{tmp_path}/outputs/data/"})
    executor.mount(path)
    assert given() == {
        "name": "data", "type": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}, "uri": path,
        "metadata": {"n": 1},
    }  # fmt: skip
    monkeypatch.setattr(executor, "_MOUNTS", {"s3://": f"{tmp_path}/s3/"})
    executor.mount(path)
    executor.mount(path)
    assert (tmp_path / "s3/kitchen/rows.csv").read_text() == "rows"
    assert given()["uri"] == "s3://kitchen/rows.csv"
