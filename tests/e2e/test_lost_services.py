"""The controller and the stores lost in the middle of runs. These tests run alone, for everybody needs both."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e import faults
from tests.e2e.places import FIRST

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(1200)]
# During which step of a run of its own each is lost.
LOSSES: dict[str, tuple[str, Callable[[], None]]] = {
    "postgres-extracting": ("extract-postgres", faults.crash_postgres),
    "postgres-committing": ("load-iceberg", faults.crash_postgres),
    "minio-publishing": ("publish-raw", faults.stop_minio),
    "minio-committing": ("load-iceberg", faults.stop_minio),
    "controller": ("moderation-features", faults.kill_controller),
}


@pytest.fixture(scope="module")
def stricken(new_place: Any) -> dict[str, Any]:
    """Runs side by side, each with the loss that it brought about for all; all have ended."""
    one_at_a_time = threading.Lock()

    def acting(step: str, lose: Callable[[], None]) -> Callable[[Any], None]:
        def act(pod: Any) -> None:
            if faults.step_of(pod) == step:
                with one_at_a_time:
                    lose()

        return act

    # All places first, for making one takes the stores that are then lost.
    places = {loss: new_place() for loss in LOSSES}
    with ExitStack() as stack:
        begun = {}
        for loss, (step, lose) in LOSSES.items():
            place = places[loss]
            name = place.submit("moderation-training", as_of=FIRST)
            watch = faults.Watch(place, name, faults.begun, acting(step, lose))
            begun[loss] = place, name, stack.enter_context(watch)
        return {loss: (place, place.wait(name, 1000), watch) for loss, (place, name, watch) in begun.items()}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_run_outlives_the_loss(stricken: Any, loss: str) -> None:
    """It ends well, or as one that may be tried again and is then made good; no row is lost or doubled."""
    place, run, watch = stricken[loss]
    runs = [run]
    assert LOSSES[loss][0] in watch.met
    if runs[0].phase != "Succeeded":
        codes = {node.get("outputs", {}).get("exitCode", "0") for node in runs[0].nodes if node["type"] == "Pod"}
        assert codes <= {"0", "75", "137", "143"}, runs[0].explain()
        runs.append(place.run("moderation-training", as_of=FIRST))
    assert runs[-1].phase == "Succeeded", runs[-1].explain()
    place.assert_whole(runs=len(runs))
