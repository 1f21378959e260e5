"""The workflow that follows a run is submitted by a step, with the token of an account of its own."""

import json
from typing import Any

import pytest

from tests.e2e.places import ROOT
from tests.e2e.test_argo_compiler import FIXTURES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.xdist_group("trigger")]

# It needs no pod: what it is given is all that matters.
TRAINING: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "WorkflowTemplate",
    "metadata": {"name": "train-ranker"},
    "spec": {"entrypoint": "main", "templates": [{"name": "main", "suspend": {"duration": "1s"}}]},
}


@pytest.fixture(scope="module")
def following(place: Any) -> Any:
    """A place with a pipeline of the step alone, and a template for it to submit."""
    place.kubectl("apply", "-f", "-", text=json.dumps(TRAINING))
    place.install(f"{FIXTURES / 'following.py'}:following")
    return place


def test_a_step_submits_what_follows_once_it_may(following: Any) -> None:
    """Without the role it is refused and says what it needs; with it one workflow comes of two runs, and it runs."""
    refused = following.run("following")
    assert (refused.phase, "exit code 11" in refused.explain()) == ("Failed", True), refused.explain()
    following.kubectl("apply", "-k", str(ROOT / "manifests/trigger"))
    for _ in range(2):
        run = following.run("following")
        assert run.phase == "Succeeded", run.explain()
    (submitted,) = following.list("workflows", "stockpot/trained-on=77")
    training = following.wait(submitted["metadata"]["name"])
    assert training.phase == "Succeeded", training.explain()
    given = {each["name"]: each["value"] for each in training.document["spec"]["arguments"]["parameters"]}
    assert given == {"epochs": "3", "snapshot_id": "77", "table": "feed.training_data"}
