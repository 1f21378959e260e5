"""A pipeline that fills several tables, as KFP compiles it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from kfp import dsl

from components.iceberg.versions import VERSION_COLUMNS
from components.shell.errors import ConfigurationError
from components.shell.schema import Contract, RowCount, Table
from stockpot.compiler.definitions import kfp_documents
from stockpot.dataset import Dataset
from stockpot.modes import AppendStream, FullRefresh, IncrementalByTime, Snapshot, Versioned
from stockpot.run import Run
from stockpot.target import Target

TABLE = Table("kitchen.dishes", ["at timestamptz!"], interval_column="at")
KEPT = Table("kitchen.menu", ["dish string!", "cost int", *VERSION_COLUMNS], partition={"dish": "bucket[8]"})
DATED = Table("kitchen.days", ["day date!"], interval_column="day")
SOME = Contract((), RowCount(min=1))
PLATES = Target(replace(TABLE, name="kitchen.plates"), SOME)
MENU = Target(KEPT, SOME, Versioned(("dish",)))
DISHES = Dataset("dishes", "1", "Dishes", TABLE, Snapshot(), contract=SOME, also=(PLATES, MENU))


@dsl.container_component
def _rows(at: str, rows: dsl.Output[dsl.Dataset], summary: dsl.Output[dsl.Artifact]):
    return dsl.ContainerSpec(image="image", command=["cook"], args=[at, rows.path, summary.path])


def filling(*targets: Target | None) -> Callable[[Run], None]:
    """A pipeline's function that commits to these targets in this order; None is the dataset's own table."""

    def filled(run: Run) -> None:
        made = _rows(at=run.as_of)
        for target in targets:
            run.commit(made.outputs["rows"], made=made, target=target)

    return filled


def tasks_of(dataset: Dataset, *targets: Target | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The tasks by the names that people see, and that of the end."""
    spec = kfp_documents(dataset.pipeline(filling(*targets)).function)[0]
    inside = spec["components"]["comp-exit-handler-1"]["dag"]["tasks"]
    found = {task["taskInfo"]["name"]: {"id": name, **task} for name, task in inside.items()}
    return found, spec["root"]["dag"]["tasks"]


def given(task: Mapping[str, Any], name: str) -> Any:
    """The constant that a task is given, or the task and output that it comes from."""
    found = task["inputs"]["parameters"][name]
    if "taskOutputParameter" in found:
        return tuple(found["taskOutputParameter"].values())
    return found["runtimeValue"]["constant"]


def test_tables_of_one_mode_share_the_run_s_beginning() -> None:
    """It makes both, and hands the key and the cut to the commits of both."""
    tasks, _ = tasks_of(DISHES, PLATES, MENU, None)
    begin = tasks["begin-snapshot"]
    assert [table["name"] for table in given(begin, "also")] == ["kitchen.plates"]
    for load in ("load plates", "load dishes"):
        for name in ("run_key", "interval_start", "interval_end"):
            assert given(tasks[load], name) == ("begin-snapshot", name)
    assert given(tasks["load plates"], "table")["name"] == "kitchen.plates"


def test_an_optional_table_alone_may_be_left_as_it_is() -> None:
    """Its load is told so, and no other."""
    plates = replace(PLATES, optional=True)
    tasks, _ = tasks_of(replace(DISHES, also=(plates, MENU)), MENU, None, plates)
    assert given(tasks["load plates"], "optional") is True
    assert all("optional" not in tasks[name]["inputs"]["parameters"] for name in ("load menu", "load dishes"))


def test_an_optional_table_holds_up_no_other() -> None:
    """It is judged and committed behind the own one: no engine starts a task after a failure."""
    plates = replace(PLATES, optional=True)
    dataset = replace(DISHES, also=(plates, MENU))
    tasks, _ = tasks_of(dataset, MENU, None, plates)
    names = {name: task["id"] for name, task in tasks.items()}
    assert {names["load dishes"], names["check plates"]} <= set(tasks["load plates"]["dependentTasks"])
    assert names["load dishes"] in tasks["check plates"]["dependentTasks"]
    for load in ("load menu", "load dishes"):
        assert not {names["check plates"], names["load plates"]} & set(tasks[load]["dependentTasks"])
    with pytest.raises(ValueError, match=r"kitchen\.plates, which is optional, before kitchen\.dishes"):
        dataset.pipeline(filling(plates, MENU, None))


def test_a_table_of_another_mode_begins_by_itself_at_the_run_s_instant() -> None:
    """It has a key of its own, and opens no second row in `etl_runs`."""
    tasks, _ = tasks_of(DISHES, PLATES, MENU, None)
    begin = tasks["begin menu"]
    assert (given(begin, "run_id"), given(begin, "as_of")) == ("", ("begin-snapshot", "instant"))
    assert given(tasks["load menu"], "run_key") == ("begin-versions", "run_key")
    assert given(tasks["load menu"], "key") == ["dish"]


def test_the_own_table_is_committed_last_each_after_its_check() -> None:
    """Its receipt says that all tables are filled; the run's end knows their names."""
    tasks, root = tasks_of(DISHES, MENU, PLATES, None)
    names = {name: task["id"] for name, task in tasks.items()}
    assert {names["load plates"], names["load menu"]} <= set(tasks["load dishes"]["dependentTasks"])
    for one in ("plates", "menu"):
        assert names[f"check {one}"] in tasks[f"load {one}"]["dependentTasks"]
        assert names["load dishes"] not in tasks[f"load {one}"]["dependentTasks"]
    assert given(root["end-run"], "also") == ["kitchen.plates", "kitchen.menu"]
    assert given(root["end-run"], "table") == "kitchen.dishes"


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ((PLATES, None), "commits kitchen.dishes before kitchen.menu: commit it last"),
        ((PLATES, MENU, None, PLATES), "commits kitchen.plates twice"),
        ((None,), "commits kitchen.dishes before kitchen.plates, kitchen.menu"),
        ((PLATES,), "does not commit kitchen.menu"),
        ((replace(PLATES, contract=None),), "does not fill kitchen.plates: name the target in `also`"),
        ((Target(replace(TABLE, name="kitchen.forks"), SOME),), "does not fill kitchen.forks"),
    ],
)
def test_a_wrong_order_dies_at_import(targets: tuple[Target | None, ...], said: str) -> None:
    """So does a table that is forgotten, or one that the dataset does not name."""
    with pytest.raises(ValueError, match=said):
        DISHES.pipeline(filling(*targets))


def test_a_table_after_the_own_one_is_refused() -> None:
    """A run that dies between the two would never come back to it."""
    dataset = replace(DISHES, also=())
    with pytest.raises(ValueError, match=r"commits kitchen\.dishes twice"):
        dataset.pipeline(filling(None, None))


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"also": (PLATES, PLATES)}, ValueError, "names table kitchen.plates twice"),
        ({"also": (Target(TABLE),)}, ValueError, "names table kitchen.dishes twice"),
        ({"also": (replace(MENU, optional=True),)}, ValueError, "kitchen.menu, which cannot be optional"),
        ({"mode": AppendStream(time="at"), "also": (PLATES,)}, ValueError, r"AppendStream\(derived"),
        ({"also": (Target(KEPT),)}, ConfigurationError, "kitchen.menu of dataset dishes names no interval_column"),
        ({"also": (replace(PLATES, mode=Versioned(("dish",))),)}, ConfigurationError, "needs 'version int!'"),
        ({"also": (replace(MENU, mode=FullRefresh()),)}, ConfigurationError, "names no interval_column"),
        ({"also": (Target(DATED, SOME, FullRefresh()),)}, ConfigurationError, "the time of a row in the date 'day'"),
        (
            {"mode": IncrementalByTime(), "also": (Target(DATED, SOME),)},
            ConfigurationError,
            "kitchen.days of dataset dishes holds days, and the intervals of kitchen.dishes may end within one",
        ),
    ],
)
def test_tables_that_cannot_be_filled_die_at_import(change: dict[str, Any], error: type[Exception], said: str) -> None:
    """With the table's name."""
    with pytest.raises(error, match=said):
        replace(DISHES, **change)


def test_days_stand_beside_instants_where_runs_fill_days_of_utc() -> None:
    """No interval ends within a day then."""
    beside = (Target(DATED, SOME),)
    assert [*replace(DISHES, mode=IncrementalByTime(each="day"), also=beside).tables] == [TABLE.name, DATED.name]
    with pytest.raises(ConfigurationError, match="not those of Asia/Tokyo"):
        replace(DISHES, mode=IncrementalByTime(each="day", timezone="Asia/Tokyo"), also=beside)


def test_how_old_a_run_may_be_is_a_parameter() -> None:
    """It comes with the mode and has its age as default: that of the own table, where another one has one as well."""

    def filled(run: Run) -> None:
        made = _rows(at=run.as_of)
        run.commit(made.outputs["rows"], made=made)

    kept = Dataset("menu", "1", "Menu", KEPT, Versioned(("dish",), oldest=timedelta(days=2)), contract=SOME)
    beside = Target(replace(KEPT, name="kitchen.cellar"), SOME, Versioned(("dish",)))
    assert {each.name: each.default for each in replace(kept, also=(beside,)).parameters} == {
        "as_of": "", "oldest_hours": 48.0
    }  # fmt: skip
    spec = kfp_documents(kept.pipeline(filled).function)[0]
    assert spec["root"]["inputDefinitions"]["parameters"]["oldest_hours"]["defaultValue"] == 48.0
    begin = spec["components"]["comp-exit-handler-1"]["dag"]["tasks"]["begin-versions"]["inputs"]["parameters"]
    assert begin["oldest_hours"] == {"componentInputParameter": "pipelinechannel--oldest_hours"}
