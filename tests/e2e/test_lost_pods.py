"""Pods lost in the middle of runs: every row arrives, and none twice."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e import faults
from tests.e2e.places import FIRST
from tests.e2e.test_moderation_training import STEPS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2400), pytest.mark.xdist_group("lost-pods")]

# A short step may have left the moment before anybody heard of it. It may be met in the next run, which takes every
# step again and finds the table done; some steps leave so little behind that their upload is never seen.
SEEN, RUNS = len(STEPS) - 3, 5


@pytest.fixture(scope="module")
def battered(new_place: Any) -> Iterator[Any]:
    """Runs side by side, one for each moment at which all of its steps lose their first pod."""
    with ExitStack() as stack:
        begun = {}
        for moment in (faults.pending, faults.running, faults.uploading):
            place = new_place("moderation-training")
            name = place.submit("moderation-training", as_of=FIRST)
            begun[moment.__name__] = place, name, stack.enter_context(faults.Watch(place, moment, faults.delete))
        yield begun


@pytest.mark.parametrize("moment", ["pending", "running", "uploading"])
def test_every_step_may_lose_its_pod(battered: Any, moment: str) -> None:
    """Runs whose steps each lose a pod at that moment end well, with all rows, by one commit."""
    place, name, watch = battered[moment]
    again = (place.submit("moderation-training", as_of=FIRST) for _ in range(RUNS - 1))
    for runs, each in enumerate(itertools.chain([name], again), 1):
        run = place.wait(each, 1000)
        assert run.phase == "Succeeded", run.explain()
        place.assert_whole(runs)
        if len(watch.met) >= SEEN:
            break
    assert len(watch.met) >= SEEN, watch.met
    assert watch.met <= set(STEPS)
