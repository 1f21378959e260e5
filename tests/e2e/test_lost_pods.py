"""Pods lost in the middle of runs: every row arrives, and none twice."""

from typing import Any

import pytest

from tests.e2e import faults
from tests.e2e.places import FIRST
from tests.e2e.test_moderation_training import STEPS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2400)]

# A short step may have left the moment before anybody heard of it. It may be met in the next run, which takes every
# step again and finds the table done; some steps leave so little behind that their upload is never seen.
SEEN, RUNS = len(STEPS) - 3, 5


@pytest.mark.turns(first=2)
@pytest.mark.parametrize("moment", [faults.pending, faults.running, faults.uploading])
def test_every_step_may_lose_its_pod(new_place: Any, moment: faults.Moment) -> None:
    """Runs whose steps each lose their first pod at that moment end well, with all rows, by one commit."""
    place = new_place("moderation-training")
    with faults.Watch(place, moment, faults.delete) as watch:
        for runs in range(1, RUNS + 1):
            run = place.wait(place.submit("moderation-training", as_of=FIRST), 1000)
            assert run.phase == "Succeeded", run.explain()
            place.assert_whole(runs)
            if len(watch.met) >= SEEN:
                break
    assert len(watch.met) >= SEEN, watch.met
    assert watch.met <= set(STEPS)
