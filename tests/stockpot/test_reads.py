"""What the end of a run is told of its pipeline: what it reads, what it was to fill, and what the run was given."""

# ruff: noqa: UP045 - KFP knows an optional input by `Optional` alone

from dataclasses import replace
from typing import Any, Optional

import pytest
from kfp import dsl

from stockpot.dataset import Pipeline
from stockpot.definition import Definition, find
from stockpot.origins import Origins, Reads
from stockpot.run import Run
from tests.stockpot.test_dataset import DISHES, KEPT, MODES, _copied, _extracted, spec_of


def _read(run: Run, dish: str = "soup") -> None:
    run.read("kitchen.guests", ["id"])
    run.read(KEPT)
    _extracted(run, dish)


def test_the_end_of_a_run_is_told_what_it_read_and_was_to_fill() -> None:
    """Tables by name, those of the source as they are asked for, or the parameters that say it; a backfill's start."""
    given = _end_of(replace(DISHES, mode=MODES["interval"][0]).pipeline(_read))
    assert given["reads"] == ["kitchen.guests", "kitchen.menu"]
    assert (given["extracts"], given["filled"]) == ({"menu": []}, "backfill_from")
    assert "source" not in given
    known = Origins({"menu": ["dish string"]}, {"menu": ["dish string"]})
    given = _end_of(replace(DISHES, origins=known, mode=MODES["snapshot"][0]).pipeline(_copied))
    parameters = {"extracts": "source_tables", "names": "names", "source": "source", "filled": "cut"}
    assert {name: given[name] for name in parameters} == parameters
    assert not given.keys() & {"reads"}


def test_the_end_of_a_run_is_told_what_it_was_given() -> None:
    """A line for each parameter, whatever its type; of what is called a secret the name, of what may lack nothing."""
    given = _end_of(Pipeline("look", "Look").pipeline(_looked))["parameters"]
    value = "{{$.inputs.parameters['pipelinechannel--%s']}}"
    kept = [f"--param {name}={value % name}" for name in ("as_of", "plates", "often")]
    assert given.split("\n") == [*kept, "--param api_token=***"]


def _looked(
    as_of: str = "",
    plates: dict[str, Any] = {},  # noqa: B006 - KFP reads the default and never calls this
    often: int = 1,
    api_token: str = "",
    guest: Optional[str] = None,
) -> None:
    """Look at the plates."""
    del as_of, often, api_token, guest
    _laid(plates=plates)


@dsl.container_component
def _laid(plates: dict):
    return dsl.ContainerSpec(image="image", command=["lay"], args=[plates])


def test_tables_without_a_source_leave_the_one_that_was_told() -> None:
    """A step may copy some of them from a place that no parameter says."""
    reads = Reads()
    reads.extract({"menu": []}, "source")
    reads.extract({"guests": []})
    assert reads.inputs == {"extracts": {"menu": [], "guests": []}, "source": "source"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("feed-ranking", {"extracts": {"interactions": [], "users": [], "items": []}, "source": "source"}),
        ("erase-gone", {"extracts": "source_tables"}),
        (
            "event-aggregation",
            {"also": [f"event_aggregations.{kind}_windows_5min" for kind in ("view", "comment", "flag")]},
        ),
    ],
)
def test_pipelines_of_ours_leave_nothing_out(name: str, told: dict[str, Any]) -> None:
    """Tables that a step reads by itself, or a pipeline without a table copies; those that follow from events."""
    given = _end_of(find(name))
    assert {key: given.get(key) for key in told} == told


def _end_of(definition: Definition) -> dict[str, Any]:
    """What the end is told: constants, and the names of parameters; without what has the step's default."""
    given = spec_of(definition)["root"]["dag"]["tasks"]["end-run"]["inputs"]["parameters"]
    told = {
        name: each.get("componentInputParameter") or each.get("runtimeValue", {}).get("constant")
        for name, each in given.items()
    }
    return {name: value for name, value in told.items() if value}
