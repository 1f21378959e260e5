"""Variables that a pod has from us alone: what Kubernetes fills in is what it would fill in on KFP."""

from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import from_component
from stockpot.compiler.profiles import Profile

WORDS = ["$(HOME)", "$$(HOME)", "$$$(HOME)", "$(STOCKPOT_ENGINE)", "$(MINE)"]
KEPT = ["$$(HOME)", "$$(HOME)", "$$$$(HOME)", "$$(STOCKPOT_ENGINE)", "$(MINE)"]


@dsl.container_component
def say() -> dsl.ContainerSpec:
    """Says its words."""
    return dsl.ContainerSpec(image="python:3.11", command=["echo"], args=WORDS)


@pytest.mark.parametrize(
    ("variable", "words"), [("MINE", KEPT), ("HOME", ["$(HOME)", "$$(HOME)", "$$$(HOME)", KEPT[3], "$(MINE)"])]
)
def test_they_are_filled_in_nowhere(variable: str, words: list[str]) -> None:
    """Unless the pipeline sets one itself: its words mean that one."""

    @dsl.pipeline(name="words")
    def pipeline() -> None:
        say().set_env_variable(variable, "mine")

    documents, _ = argo_documents(from_component(pipeline), None, Profile.RESTRICTED)
    templates: list[dict[str, Any]] = documents[0]["spec"]["templates"]
    (found,) = [each["container"]["args"] for each in templates if each.get("container", {}).get("command") == ["echo"]]
    assert found == words
