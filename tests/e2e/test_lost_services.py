"""The controller and the stores lost in the middle of runs. These tests run alone, for everybody needs both."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e import faults
from tests.e2e.places import FIRST

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(1200)]
# During which step of a run of its own each is lost; one after the other, for a store that is lost again and again is
# kept down by Kubernetes for longer than a step goes on trying.
LOSSES: dict[str, tuple[str, Callable[[], None]]] = {
    "postgres-extracting": ("extract-postgres", faults.crash_postgres),
    "postgres-committing": ("load-iceberg", faults.crash_postgres),
    "minio-publishing": ("publish-raw", faults.stop_minio),
    "minio-committing": ("load-iceberg", faults.stop_minio),
    "controller": ("moderation-features", faults.kill_controller),
}


@pytest.mark.turns(first=0)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_run_outlives_the_loss(new_place: Any, loss: str) -> None:
    """It ends well, or as one that may be tried again and is then made good; no row is lost or doubled."""
    step, lose = LOSSES[loss]

    def act(pod: Any) -> None:
        if faults.step_of(pod) == step:
            lose()

    place = new_place("moderation-training")
    name = place.submit("moderation-training", as_of=FIRST)
    with faults.Watch(place, faults.begun, act) as watch:
        runs = [place.wait(name, 1000)]
    assert step in watch.met
    if runs[0].phase != "Succeeded":
        codes = {node.get("outputs", {}).get("exitCode", "0") for node in runs[0].nodes if node["type"] == "Pod"}
        assert codes <= {"0", "75", "137", "143"}, runs[0].explain()
        runs.append(place.run("moderation-training", as_of=FIRST))
    assert runs[-1].phase == "Succeeded", runs[-1].explain()
    place.assert_whole(runs=len(runs))
