"""What takes in facts that became known late: a lookback, a step that names them, a table that says what changes."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from kfp import dsl

from components.shell.schema import Contract, Late, RowCount, Table
from stockpot.compiler.definitions import kfp_documents
from stockpot.dataset import Dataset
from stockpot.definition import Definition
from stockpot.modes import FullRefresh, IncrementalByTime, Mode
from stockpot.run import Run

TABLE = Table("kitchen.dishes", ["at timestamptz!"], interval_column="at")
TIMED = Table("kitchen.dishes", ["at timestamptz!", "id int!"], interval_column="at", late=Late(["id"], []))
DISHES = Dataset("dishes", "1", "Dishes", TABLE, FullRefresh())


@dsl.container_component
def _rows(at: str, rows: dsl.Output[dsl.Dataset], summary: dsl.Output[dsl.Artifact]):
    return dsl.ContainerSpec(image="image", command=["cook"], args=[at, rows.path, summary.path])


@dsl.container_component
def _late_rows(
    at: str, rows: dsl.Output[dsl.Dataset], touched: dsl.Output[dsl.Dataset], summary: dsl.Output[dsl.Artifact]
):
    return dsl.ContainerSpec(image="image", command=["cook"], args=[at, rows.path, touched.path, summary.path])


def loaded(definition: Definition) -> Mapping[str, Any]:
    """What the step that loads is handed."""
    components = kfp_documents(definition.function)[0]["components"].values()
    tasks = [task for each in components for task in each.get("dag", {}).get("tasks", {}).items()]
    (found,) = [task["inputs"]["artifacts"] for name, task in tasks if name == "load-iceberg"]
    return dict(found)


@pytest.mark.parametrize("late", [True, False])
def test_rows_of_an_interval_need_not_tell_of_late_facts(*, late: bool) -> None:
    """A step that has no output `touched` changes nothing before its interval."""

    def filled(run: Run) -> None:
        made = (_late_rows if late else _rows)(at=run.as_of)
        run.commit(made.outputs["rows"], made=made)

    table = TIMED if late else TABLE
    dataset = replace(DISHES, table=table, mode=IncrementalByTime(), contract=Contract((), RowCount(min=1)))
    load = loaded(dataset.pipeline(filled))
    assert {"past", "touched"} & load.keys() == ({"past", "touched"} if late else set())


LOOKING = IncrementalByTime(lookback=timedelta(days=7))


@pytest.mark.parametrize(
    ("mode", "step", "table", "said"),
    [
        (LOOKING, _rows, TABLE, "kitchen.dishes has a lookback, and rows, which makes its rows, names no late facts"),
        (LOOKING, _rows, TIMED, "give that step the output touched, or leave out lookback"),
        (LOOKING, _late_rows, TABLE, "kitchen.dishes does not say what they may change: give the table late=Late"),
        (IncrementalByTime(), _late_rows, TABLE, "late-rows names late facts by its output touched"),
        (LOOKING, _late_rows, TIMED, ""),
        (IncrementalByTime(each="day"), _late_rows, TABLE, ""),
    ],
)
def test_late_facts_that_nobody_could_take_in_are_refused_at_import(
    mode: Mode, step: Callable[..., Any], table: Table, said: str
) -> None:
    """Not said nowhere, nor by the first run that meets one; runs that fill days anew reopen none."""

    def filled(run: Run) -> None:
        made = step(at=run.as_of)
        run.commit(made.outputs["rows"], made=made)

    dataset = replace(DISHES, table=table, mode=mode, contract=Contract((), RowCount(min=1)))
    with pytest.raises(ValueError, match=said) if said else nullcontext():
        dataset.pipeline(filled)
