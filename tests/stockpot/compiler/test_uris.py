"""Addresses of artifacts on Argo: keys in its store as parameters, and the store's address in front of them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from kfp import compiler, dsl

from stockpot.compiler import executor
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import from_component, load
from stockpot.compiler.errors import PlanError

_STORE = "$(STOCKPOT_ARTIFACTS)/"
_POD = "runs/{{workflow.name}}/{{pod.name}}"


def _templates(plan: Any) -> Mapping[str, Any]:
    ((document, *_), _) = argo_documents(plan)
    return {each["name"]: each for each in document["spec"]["templates"]}


@pytest.fixture(scope="module")
def templates() -> Mapping[str, Any]:
    """The templates of the fixture by name."""
    return _templates(load(str(Path(__file__).parent / "fixtures/uris.py:uris")))


def _parameters(template: Any, side: str) -> dict[str, Any]:
    return {each["name"]: each for each in template.get(side, {}).get("parameters") or []}


def _store(template: Any) -> Any:
    variables = {each["name"]: each for each in template["container"]["env"]}
    return variables.get("STOCKPOT_ARTIFACTS", {}).get("valueFrom", {}).get("configMapKeyRef")


def test_a_pod_is_told_where_its_artifact_will_lie(templates: Mapping[str, Any]) -> None:
    """The key at which Argo puts it, of what a loop gathers as well, below the address that the ConfigMap has."""
    for name in ("make", "several-for-loop-2-make"):
        (artifact,) = templates[name]["outputs"]["artifacts"]
        assert f"{_STORE}{artifact['s3']['key']}" in templates[name]["container"]["args"]
        assert _store(templates[name]) == {"name": "artifact-repositories", "key": "address"}


def test_a_pod_tells_the_address_that_is_asked_for(templates: Mapping[str, Any]) -> None:
    """By a file that nobody writes, or in which its program has told another address; else nothing is told."""
    told = _parameters(templates["make"], "outputs")["data--uri"]
    assert told["valueFrom"] == {"path": "/outputs/data--uri", "default": f"{_POD}/data"}
    assert "data--uri" in _parameters(templates["elsewhere"], "outputs")
    assert list(_parameters(templates["look"], "outputs")) == ["Output"]
    assert not templates["taste"].get("inputs", {}).get("parameters")
    assert _store(templates["taste"]) is None


def test_what_was_told_goes_before_the_key(templates: Mapping[str, Any]) -> None:
    """What has a scheme is an address; what is fetched by its key lies at that."""
    code = 'inputs.parameters["data--uri"]'
    (word,) = (each for each in templates["ask"]["container"]["args"] if each.startswith("--from="))
    assert word == f'--from={{{{=((indexOf({code}, "://") >= 0 ? "" : "{_STORE}") + {code})}}}}'
    (word,) = (each for each in templates["ask-3"]["container"]["args"] if each.startswith("--from="))
    key = 'inputs.parameters["data--key"]'
    assert word == f'--from={{{{=("{_STORE}runs/" + workflow.name + "/listed/" + {key})}}}}'


def test_a_python_component_may_ask(templates: Mapping[str, Any]) -> None:
    """Where its program reads `.uri`; a store without an address is no reason to fail."""
    assert _store(templates["look"]) == {"name": "artifact-repositories", "key": "address", "optional": True}
    assert json.dumps({"copy": f"{_POD}/copy"}) in templates["look"]["container"]["args"]
    mounts = {each["mountPath"]: each for each in templates["look"]["container"]["volumeMounts"]}
    assert mounts["/s3"] == {"name": "tmp", "mountPath": "/s3", "subPath": "s3"}
    assert all("/s3" not in str(templates[name]["container"]["volumeMounts"]) for name in ("make", "taste"))


@dsl.container_component
def _made(data: dsl.Output[dsl.Dataset]):
    return dsl.ContainerSpec(image="python:3.11", command=["touch"], args=[data.path])


@dsl.container_component
def _asked(data: dsl.Input[dsl.Dataset]):
    return dsl.ContainerSpec(image="python:3.11", command=["echo"], args=[data.uri])


@dsl.pipeline(name="chosen")
def _chosen(which: str = "a") -> dsl.Dataset:
    with dsl.If(which == "a"):
        one = _made()
    with dsl.Else():
        other = _made()
    return dsl.OneOf(one.outputs["data"], other.outputs["data"])


@dsl.pipeline(name="choices")
def _choices() -> None:
    _asked(data=_chosen().output)


@dsl.pipeline(name="imported")
def _imported(address: str) -> None:
    with dsl.ExitHandler(exit_task=_made()):
        _asked(data=dsl.importer(artifact_uri=address, artifact_class=dsl.Dataset).output)


def test_the_address_of_the_one_that_was_made() -> None:
    """Either side of a choice tells where its artifact lies."""
    templates = _templates(from_component(_choices))
    assert all("data--uri" in _parameters(templates[name], "outputs") for name in ("made", "made-2"))
    assert "data--uri" in _parameters(templates["asked"], "inputs")


def test_the_address_from_which_it_was_imported() -> None:
    """An importer tells it, as in KFP."""
    templates = _templates(from_component(_imported))
    (importer,) = (each for name, each in templates.items() if name.endswith("importer"))
    assert "artifact--uri" in _parameters(importer, "outputs")


_INTERFACE = {"inputs": {"data": "system.Dataset"}, "parameters": [], "artifacts": {"copy": "system.Dataset"}}


def _words(room: Path, uri: str = "runs/w/maker/data") -> tuple[Any, Any]:
    """What the shim knows, and the executor input that the component is given."""
    known = {
        **_INTERFACE, "values": {"data--uri": "STRING"}, "doubtful": [], "kept": True, "words": [["input"]],
        "from": str(room / "inputs"), "to": str(room / "outputs"),
    }  # fmt: skip
    found, words = executor.words_of(["$", json.dumps(known), uri, json.dumps({"copy": "runs/w/pod/copy"})])
    return found, json.loads(words[0])


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pod's files, and a place where KFP's SDK looks for what lies in a bucket."""
    for name in ("inputs", "outputs"):
        (tmp_path / name).mkdir()
    (tmp_path / "inputs/data").write_text("soup")
    monkeypatch.setattr(executor, "_MOUNTS", {"s3://": f"{tmp_path}/s3/"})
    monkeypatch.setenv("STOCKPOT_ARTIFACTS", "s3://pots/")
    return tmp_path


def _uri(told: Any, side: str, name: str) -> str:
    return str(told[side]["artifacts"][name]["artifacts"][0]["uri"])


def test_a_python_component_finds_the_bytes_at_the_address(room: Path) -> None:
    """What it is given and what it writes, a directory too; told again, the address is not one of its own."""
    known, told = _words(room)
    assert (_uri(told, "inputs", "data"), _uri(told, "outputs", "copy")) == (
        "s3://pots/runs/w/maker/data", "s3://pots/runs/w/pod/copy"
    )  # fmt: skip
    assert "parameterValues" not in told["inputs"]
    assert (room / "s3/pots/runs/w/maker/data").read_text() == "soup"
    (room / "s3/pots/runs/w/pod/copy").mkdir()
    (room / "s3/pots/runs/w/pod/copy/part").write_text("soup")
    said = {"artifacts": {"copy": {"artifacts": [{"uri": "s3://pots/runs/w/pod/copy", "metadata": {"n": 1}}]}}}
    (room / "outputs/executor_output.json").write_text(json.dumps(said))
    assert executor.collected(known, str(room / "outputs"), str(room)) == ""
    assert (room / "outputs/copy/part").read_text() == "soup"
    kept = json.loads((room / "outputs/copy--metadata").read_text())
    assert (kept["uri"], kept["metadata"], (room / "outputs/copy--uri").exists()) == ("", {"n": 1}, False)


def test_an_address_of_its_own_is_told_on(room: Path) -> None:
    """It lies in a file, for the parameter; where the next one is told it, nothing is put in front."""
    known, _ = _words(room)
    said = {"artifacts": {"copy": {"artifacts": [{"uri": "gs://kitchen/soup"}]}}}
    (room / "outputs/executor_output.json").write_text(json.dumps(said))
    assert executor.collected(known, str(room / "outputs"), str(room)) == ""
    assert (room / "outputs/copy--uri").read_text() == "gs://kitchen/soup"
    assert executor.uri_of(str(room / "outputs/copy")) == "gs://kitchen/soup"
    assert _uri(_words(room, "s3://elsewhere/soup")[1], "inputs", "data") == "s3://elsewhere/soup"


def test_an_address_beside_its_own_is_a_file_of_the_pod(room: Path) -> None:
    """As `model.uri += ".pt"` has it: what lies there is kept, and the artifact stays where Argo puts it."""
    known, told = _words(room)
    uri = _uri(told, "outputs", "copy") + ".pt"
    (room / "s3/pots/runs/w/pod/copy.pt").write_text("weights")
    said = {"artifacts": {"copy": {"artifacts": [{"uri": uri}]}}}
    (room / "outputs/executor_output.json").write_text(json.dumps(said))
    assert executor.collected(known, str(room / "outputs"), str(room)) == ""
    assert (room / "outputs/copy").read_text() == "weights"
    assert executor.uri_of(str(room / "outputs/copy")) == str(room / "outputs/copy")


def test_inputs_side_by_side_make_no_tag() -> None:
    """An address that ends with a brace, and a value that begins with one: joined by one expression."""

    @dsl.container_component
    def brace(data: dsl.Input[dsl.Dataset], text: str):
        words = dsl.ConcatPlaceholder([data.uri, text, data.uri])
        return dsl.ContainerSpec(image="python:3.11", command=["echo"], args=[words])

    @dsl.pipeline(name="braces")
    def braces(text: str) -> None:
        brace(data=_made().outputs["data"], text=text)

    (word,) = _templates(from_component(braces))["brace"]["container"]["args"]
    assert word.count("{{=") == 1
    assert word.startswith("{{=replace(((indexOf(")


@pytest.mark.parametrize(
    ("word", "output", "told"),
    [
        ("{{$.outputs.artifacts['said'].uri}}", "said", "asks where 'said' lies, which is none of its artifacts"),
        ("a word", "x--uri", "'x--uri' ends as what is told of an artifact does"),
        ("a word", "data--key", "'data--key' ends as what is told of an artifact does"),
    ],
)
def test_names_that_stand_for_something_else(word: str, output: str, told: str, tmp_path: Path) -> None:
    """They are refused by name; only IR that was written by hand has them."""

    @dsl.container_component
    def says(said: dsl.OutputPath(str)):
        return dsl.ContainerSpec(image="python:3.11", command=["echo"], args=[said])

    @dsl.pipeline(name="odd")
    def odd() -> None:
        says()

    file = tmp_path / "odd.yaml"
    compiler.Compiler().compile(odd, str(file))
    written = yaml.safe_load(file.read_text())
    written["deploymentSpec"]["executors"]["exec-says"]["container"]["args"] = [word]
    outputs = written["components"]["comp-says"]["outputDefinitions"]["parameters"]
    outputs[output] = outputs.pop("said")
    file.write_text(yaml.safe_dump(written))
    with pytest.raises(PlanError, match=re.escape(told)):
        load(str(file))


@pytest.mark.parametrize("lacks", ["an address", "a place"])
def test_a_path_where_there_is_no_address(
    room: Path, monkeypatch: pytest.MonkeyPatch, lacks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The store has none, or the image's user may not write where KFP's SDK would look; the latter is said."""
    if lacks == "an address":
        monkeypatch.delenv("STOCKPOT_ARTIFACTS")
    else:
        (room / "s3").write_text("no directory")
    _, told = _words(room)
    assert _uri(told, "inputs", "data") == str(room / "inputs/data")
    assert _uri(told, "outputs", "copy") == str(room / "outputs/copy")
    assert ("nothing can be put at" in capsys.readouterr().err) is (lacks == "a place")


def test_an_artifact_that_is_not_given() -> None:
    """It has no address either."""

    @dsl.container_component
    def asked(data: dsl.Input[dsl.Dataset] | None = None):
        return dsl.ContainerSpec(image="python:3.11", command=["echo"], args=["{{$.inputs.artifacts['data'].uri}}"])

    @dsl.pipeline(name="lacking")
    def lacking() -> None:
        asked()

    with pytest.raises(PlanError, match="reads the artifact 'data', which is not given"):
        _templates(from_component(lacking))
