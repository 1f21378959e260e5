"""`stockpot compile --gpu`: steps that have an image for a GPU run in it, in pods that ask for one."""

from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler.command import compile_targets
from stockpot.compiler.definitions import from_component
from stockpot.compiler.gpus import on_gpu
from tests.policy.tree import parsed

NAMES = ["articles-embeddings", "reviews-nlp"]
COMPUTING = {"articles-embeddings": {"embed-images", "embed-text"}, "reviews-nlp": {"embed-reviews"}}
TOLERATION = {"effect": "NoSchedule", "key": "nvidia.com/gpu", "operator": "Exists"}


def pods(directory: Path, name: str, *, gpu: bool) -> dict[str, dict[str, Any]]:
    """The templates of steps on Argo, by name."""
    path = compile_targets([name], False, "argo", directory, gpu=gpu).files[0]
    (template,) = (each for each in parsed(path.read_text()) if each["kind"] == "WorkflowTemplate")
    return {each["name"]: each for each in template["spec"]["templates"] if "container" in each}


@pytest.mark.parametrize("name", NAMES)
def test_what_computes_vectors_asks_for_a_gpu(tmp_path: Path, name: str) -> None:
    """Image, limit and toleration are all that changes; the other steps stay to the byte, and without --gpu all do."""
    plain, asking = pods(tmp_path / "plain", name, gpu=False), pods(tmp_path / "asking", name, gpu=True)
    assert {each for each in plain if plain[each] != asking[each]} == COMPUTING[name]
    for each in COMPUTING[name]:
        image = plain[each]["container"]["image"]
        assert asking[each]["container"].pop("image") == image.replace(":", "-gpu:")
        assert asking[each]["container"]["resources"]["limits"].pop("nvidia.com/gpu") == "1"
        assert asking[each].pop("tolerations") == [TOLERATION]
        del plain[each]["container"]["image"]
        assert asking[each] == plain[each]


def test_kubeflow_is_asked_too(tmp_path: Path) -> None:
    """In its own words, of each step that computes."""
    spec, platform = parsed(compile_targets(NAMES[:1], False, "kfp", tmp_path, gpu=True).files[0].read_text())
    executors = spec["deploymentSpec"]["executors"]
    asking = {name for name, each in executors.items() if "accelerator" in each["container"].get("resources", {})}
    assert asking == {"exec-embed-images", "exec-embed-text"}
    placed = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert {name for name, each in placed.items() if each.get("tolerations") == [TOLERATION]} == asking
    assert {executors[name]["container"]["resources"]["accelerator"]["resourceCount"] for name in asking} == {"1"}


@pytest.mark.parametrize("image", ["python:3.11", "elsewhere.example.org/embed-text:0.1.0"])
def test_a_pipeline_without_such_a_step_is_refused(image: str) -> None:
    """Nobody thinks that it computes on a GPU now; an image of others is none of ours, whatever its name."""

    @dsl.container_component
    def step() -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image=image, command=["true"])

    @dsl.pipeline(name="of-others")
    def of_others() -> None:
        step()

    with pytest.raises(ConfigurationError, match="of-others has no step with an image for a GPU - leave --gpu out"):
        on_gpu([from_component(of_others)])
