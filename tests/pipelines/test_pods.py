"""How many pods a run takes on a cluster: each container is one, and what is not asked for has none."""

from collections.abc import Iterator

import pytest

from stockpot.compiler import ir
from stockpot.compiler.definitions import load

# What a run takes without what only some runs ask for; the iteration of a loop counts once.
MOST = {"event-aggregation": 8, "feed-ranking": 8, "moderation-training": 8}


def pods(dag: ir.Dag, *, asked: bool) -> Iterator[str]:
    """The names of the tasks that get a pod; with those behind a condition where these are `asked` for."""
    for task in (each for outer in dag.tasks for each in (outer, outer.on_exit) if each is not None):
        if task.condition is not None and not asked:
            continue
        if isinstance(task.component.body, ir.Dag):
            yield from pods(task.component.body, asked=asked)
        else:
            yield task.name


@pytest.mark.parametrize(("name", "most"), list(MOST.items()))
def test_a_run_takes_few_pods(name: str, most: int) -> None:
    """Eight at most, beginning and end among them."""
    found = list(pods(load(name).pipeline.dag, asked=False))
    assert {"load-iceberg", "commit-events"} & {*found}
    assert len(found) <= most, found


def test_training_is_submitted_by_a_pod_of_its_own() -> None:
    """It has rights that no other step has; where no training is asked for there is no such pod."""
    dag = load("feed-ranking").pipeline.dag
    usual, all_of_them = (list(pods(dag, asked=asked)) for asked in (False, True))
    assert sorted({*all_of_them} - {*usual}) == ["trigger-training"]
    assert len(all_of_them) == len(usual) + 1
