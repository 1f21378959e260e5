"""People press submit together."""

from typing import Any

import pytest

from tests.e2e.places import FIRST

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200), pytest.mark.xdist_group("many")]
PIPELINES = ("moderation-training",)
RUNS = 4


@pytest.mark.turns(first=4)
def test_runs_at_once_load_once(place: Any) -> None:
    """Of four runs one writes, the others find it done, and none fails."""
    names = [place.submit("moderation-training", as_of=FIRST) for _ in range(RUNS)]
    runs = [place.wait(name, 1000) for name in names]
    assert {run.phase for run in runs} == {"Succeeded"}, "\n".join(run.explain() for run in runs)
    assert len({run.output("load-iceberg", "snapshot_id") for run in runs}) == 1
    place.assert_whole(runs=RUNS)
