"""Lists of artifacts on Argo: keys that travel as parameters, and pods that fetch what they name."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import load
from tests.stockpot.compiler.test_executor import Pod

_LISTED = "runs/{{workflow.name}}/listed"


@pytest.fixture(scope="module")
def templates() -> Mapping[str, Any]:
    """The templates of the fixture by name."""
    ((document, *_), _) = argo_documents(load(str(Path(__file__).parent / "fixtures/lists.py:lists")))
    return {each["name"]: each for each in document["spec"]["templates"]}


def _named(each: Any) -> dict[str, Any]:
    return {one["name"]: one for one in each or []}


def test_a_pod_tells_the_key_of_what_is_gathered(templates: Mapping[str, Any]) -> None:
    """Each attempt its own, with its metadata beside it; what nobody gathers is kept as ever."""
    outputs = templates["make"]["outputs"]
    assert _named(outputs["parameters"])["data--key"]["valueFrom"] == {
        "path": "/outputs/data--key", "default": "make/{{pod.name}}/data"
    }  # fmt: skip
    kept = {name: each["s3"]["key"] for name, each in _named(outputs["artifacts"]).items()}
    assert kept == {
        "data": f"{_LISTED}/make/{{{{pod.name}}}}/data",
        "data--metadata": f"{_LISTED}/make/{{{{pod.name}}}}/data--metadata",
    }
    alone = templates["make-3"]["outputs"]
    assert "parameters" not in alone
    assert alone["artifacts"][0]["s3"]["key"] == "runs/{{workflow.name}}/{{pod.name}}/data"


def test_keys_travel_as_parameters_alone(templates: Mapping[str, Any]) -> None:
    """Loops gather them, in a loop within a loop to one list, and leave out what a condition has skipped."""
    gathered = {each["name"]: each["valueFrom"] for each in templates["for-loop-2-2"]["outputs"]["parameters"]}
    assert sorted(gathered) == ["make-2-data--key", "make-data--key", "plain-data--key"]
    assert all(each["expression"].startswith("toJson(flatten(fromJSON(") for each in gathered.values())
    assert "skipped" in gathered["plain-data--key"]["expression"]
    groups = [each for each in templates.values() if "dag" in each]
    assert {name for each in groups for name in _named(each.get("inputs", {}).get("artifacts"))} == {
        "row", "row--metadata"
    }  # fmt: skip
    assert [each["name"] for each in templates["for-loop-2-3"]["outputs"]["parameters"]] == sorted(gathered)


def test_what_readers_fetch(templates: Mapping[str, Any]) -> None:
    """A list as the directory that its keys share, one out of a list by its key, with what is told of it."""
    listed = _named(templates["tell"]["inputs"]["artifacts"])
    assert (sorted(listed), listed["rows"]["optional"], listed["rows"]["path"]) == (["rows"], True, "/inputs/rows")
    assert listed["rows"]["s3"]["key"].startswith(_LISTED + '/{{=(len(fromJSON(inputs.parameters["rows--key"])) == 0 ?')
    one = _named(templates["look"]["inputs"]["artifacts"])
    assert one["row"]["s3"]["key"] == _LISTED + '/{{=inputs.parameters["row--key"]}}'
    assert one["row--metadata"]["s3"]["key"] == one["row"]["s3"]["key"] + "--metadata"
    assert [each.get("optional") for each in (one["row"], one["row--metadata"])] == [None, True]


@pytest.mark.parametrize(
    ("pods", "texts"),
    [
        ({"make/p-1/data": "make/p-1/data", "make/p-2/data": "make/p-2/data"}, [["a", "a"], ["folder", "folder"]]),
        ({"make/p-2/data": "make/p-2/data"}, [["folder", "folder"]]),
        ({"make/p-2/data": "one/p-2/data", "make/p-1/data": "make/p-1/data"}, [["folder", "folder"], ["a", "a"]]),
    ],
    ids=["of one step", "alone", "of two steps"],
)
def test_the_pods_of_a_list(
    tmp_path: Path, templates: Mapping[str, Any], pods: Mapping[str, str], texts: list[Any]
) -> None:
    """Started as they are compiled: two make an artifact each, and a third reads them in the order of the keys."""
    pod, store = Pod(tmp_path), tmp_path / "store"
    for name, text in (("p-1", "a"), ("p-2", "folder")):
        pod.run(templates["make"], {"text": text, "size": "1"})
        (pod.outputs / "executor_output.json").unlink()
        shutil.copytree(pod.outputs, store / "make" / name)
    keys = [moved for _, moved in pods.items()]
    for made, moved in pods.items():
        if made != moved:
            shutil.copytree((store / made).parent, (store / moved).parent)
    shared = {key.split("/")[0] for key in keys}
    shutil.copytree(store / shared.pop() if len(shared) == 1 else store, tmp_path / "inputs/rows")
    pod.run(templates["tell"], {"rows--key": json.dumps(keys), "texts": "[]"})
    assert json.loads(pod.said("Output")) == [[*each, "data"] for each in texts]


def test_the_pod_of_one_out_of_a_list(tmp_path: Path, templates: Mapping[str, Any]) -> None:
    """It finds the artifact where any other would be, and is not told its key."""
    pod = Pod(tmp_path)
    pod.run(templates["make"], {"text": "a", "size": "1"})
    for suffix in ("", "--metadata"):
        (pod.outputs / f"data{suffix}").rename(pod.outputs / f"row{suffix}")
    pod.hand_over()
    pod.run(templates["look"], {"row--key": "make/p-1/data", "word": ""})
    assert pod.said("Output") == "a:a"
