"""A step is tried again alike on all engines, however long it took."""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

import pytest
from kfp import dsl

from stockpot.compiler import ir
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import Plan, from_component
from stockpot.compiler.errors import UnsupportedError
from stockpot.compiler.kfp import kfp_documents
from stockpot.local.steps import delays
from tests.stockpot.kfp.retries import Strategy, of_argo, of_kfp, starts

TWO_HOURS = 7200.0


def kfp_strategies(spec: Mapping[str, Any]) -> dict[str, Strategy | None]:
    """What the backend makes of the policy of each container task."""
    dags = [component["dag"] for component in (spec["root"], *spec["components"].values()) if "dag" in component]
    tasks = [(name, task) for dag in dags for name, task in dag["tasks"].items()]
    steps = [
        (name, task) for name, task in tasks if "executorLabel" in spec["components"][task["componentRef"]["name"]]
    ]
    return {name: of_kfp(task) for name, task in steps}


def argo_strategies(plan: Plan) -> Iterator[Strategy]:
    """The strategies that we compile for Argo, for each step."""
    for template in argo_documents(plan)[0][0]["spec"]["templates"]:
        if "container" in template:
            yield of_argo(template)


def local_starts(retry: ir.Retry | None, work: float) -> list[float]:
    """When the local runner would begin each try."""
    return [0.0, *accumulate(work + delay for delay in delays(retry))]


def tries(strategies: Mapping[str, Strategy | None], work: float) -> dict[str, list[float]]:
    """When the tries of each step begin that is tried again at all."""
    return {name: starts(each, work) for name, each in strategies.items() if each}


def test_a_step_of_two_hours_is_tried_again_alike_everywhere(plans: dict[str, Plan]) -> None:
    """On Kubeflow Pipelines and on Argo, as compiled, and locally: three more tries, after 10, 20 and 40 seconds."""
    wanted = [0.0, *accumulate(TWO_HOURS + wait for wait in (10, 20, 40))]
    for plan in plans.values():
        found = tries(kfp_strategies(kfp_documents(plan)[0]), TWO_HOURS)
        steps = [task for _, task in ir.walk(plan.pipeline.dag) if isinstance(task.component.body, ir.Container)]
        assert len(found) == len({task.name for task in steps})
        assert set(map(tuple, found.values())) == {tuple(wanted)}
        assert {tuple(starts(each, TWO_HOURS)) for each in argo_strategies(plan)} == {tuple(wanted)}
        assert {tuple(local_starts(task.retry, TWO_HOURS)) for task in steps} == {tuple(wanted)}


def test_the_window_holds_every_try_of_every_step(plans: dict[str, Plan]) -> None:
    """Even where each try takes all the time that its step may take, and waits an hour for a node."""
    for plan in plans.values():
        strategies = kfp_strategies(kfp_documents(plan)[0])
        for _, task in ir.walk(plan.pipeline.dag):
            if isinstance(task.component.body, ir.Container):
                strategy = strategies[task.name]
                assert strategy
                assert len(starts(strategy, 3600 + (task.component.body.timeout_seconds or 0))) == 4


def test_what_kfp_compiles_gives_up_after_an_hour(plans: dict[str, Plan]) -> None:
    """The counter-test: as KFP writes it, a step of two hours has one try."""
    found = tries(kfp_strategies(plans["moderation-training"].documents[0]), TWO_HOURS)
    assert found
    assert set(map(tuple, found.values())) == {(0.0,)}


@dsl.container_component
def _step():
    return dsl.ContainerSpec(image="image", command=["run"])


def _retried(**policy: Any) -> Plan:
    @dsl.pipeline(name="retried")
    def retried() -> None:
        _step().set_retry(**policy)

    return from_component(retried)


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        ({"num_retries": 2}, [0, 0]),
        ({"num_retries": 3, "backoff_duration": "60s", "backoff_factor": 1.0}, [60, 60, 60]),
        ({"num_retries": 9, "backoff_duration": "10s", "backoff_max_duration": "75s"}, [10, 20, 40]),
        ({"num_retries": 9, "backoff_duration": "10s", "backoff_max_duration": "69s"}, [10, 20]),
        ({"num_retries": 100, "backoff_duration": "1h"}, [3600]),
        ({"num_retries": 1, "backoff_duration": "2h"}, []),
    ],
)
@pytest.mark.parametrize("work", [0.0, TWO_HOURS])
def test_a_policy_means_the_same_everywhere(policy: dict[str, Any], waits: list[float], work: float) -> None:
    """The waits add up to the largest duration at most, whatever the tries themselves take."""
    plan = _retried(**policy)
    (task,) = plan.pipeline.dag.tasks
    (kfp,) = kfp_strategies(kfp_documents(plan)[0]).values()
    argo = list(argo_strategies(plan)) if task.retry else []
    wanted = [0.0, *accumulate(work + wait for wait in waits)]
    assert local_starts(task.retry, work) == wanted
    assert (starts(kfp, work) if kfp else [0.0]) == wanted
    assert (starts(argo[0], work) if argo else [0.0]) == wanted


def test_waits_that_grow_by_a_fraction_are_refused() -> None:
    """The backend hands the factor to Argo, which would stop the run at the first failure."""
    plan = _retried(num_retries=1, backoff_duration="1s", backoff_factor=1.5)
    with pytest.raises(UnsupportedError, match=r"task 'step'.*a back-off factor of 1\.5"):
        kfp_documents(plan)
