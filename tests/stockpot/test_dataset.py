"""What a declaration makes of a pipeline's function: its parameters, its beginning and its end."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from components.iceberg.versions import VERSION_COLUMNS
from components.images import reference
from components.shell.errors import ConfigurationError
from components.shell.schema import Change, Contract, RowCount, Rule, Table
from stockpot.compiler import ir
from stockpot.compiler.definitions import kfp_documents
from stockpot.compiler.reading import read_plan
from stockpot.dataset import Dataset, Pipeline
from stockpot.definition import Definition
from stockpot.local.planning import plan_pipeline
from stockpot.modes import AppendStream, FullRefresh, IncrementalByTime, Mode, Snapshot, Versioned
from stockpot.origins import Origins
from stockpot.run import Run
from stockpot.target import Target

TABLE = Table("kitchen.dishes", ["at timestamptz!"], interval_column="at")
KEPT = Table("kitchen.menu", ["dish string!", "cost int", *VERSION_COLUMNS], partition={"dish": "bucket[8]"})
DISHES = Dataset("dishes", "1", "Dishes", TABLE, FullRefresh())
MODES: Mapping[str, tuple[Mode, set[str]]] = {
    "interval": (
        IncrementalByTime(label_delay=timedelta(minutes=90), lookback=timedelta(days=2)),
        {"lookback_hours", "backfill_from", "backfill_to", "generation"},
    ),
    "refresh": (FullRefresh(made_from=("source", "source_path", "config")), set()),
    "snapshot": (Snapshot(), {"cut", "generation"}),
    "daily": (Snapshot(each="day", timezone="Europe/Berlin"), {"cut", "generation", "timezone"}),
    "versions": (Versioned(("dish",)), {"oldest_hours"}),
    "stream": (AppendStream(time="at"), {"since", "until"}),
}


@dsl.container_component
def _cook(at: str, dish: str):
    return dsl.ContainerSpec(image="image", command=["cook"], args=[at, dish])


def _dishes(run: Run, dish: str = "soup", source: str = "", source_path: str = "", config: str = "") -> None:
    """Cook a dish.

    Args:
        run: The run.
        dish: What to cook.
        source: Whence.
        source_path: Where.
        config: How.
    """
    _cook(at=run.as_of, dish=dish)


def declared(mode: Mode, function: Callable[..., None] = _dishes) -> Definition:
    """The pipeline of a dataset whose runs share its table like that."""
    return replace(DISHES, table=KEPT if isinstance(mode, Versioned) else TABLE, mode=mode).pipeline(function)


def spec_of(definition: Definition) -> Mapping[str, Any]:
    """What KFP compiles it to."""
    return kfp_documents(definition.function)[0]


@pytest.mark.parametrize("name", MODES)
def test_a_mode_brings_its_parameters_and_each_says_what_it_is_for(name: str) -> None:
    """They are documented once, beside the function's own, and typed by their defaults."""
    mode, wanted = MODES[name]
    found = spec_of(declared(mode))["root"]["inputDefinitions"]["parameters"]
    assert found.keys() == {"as_of", "dish", "source", "source_path", "config"} | wanted
    assert all(each["description"] and each["isOptional"] for each in found.values())
    assert found["dish"] == {**found["dish"], "defaultValue": "soup", "description": "What to cook."}
    kinds = {each: found[each]["parameterType"] for each in wanted & {"generation", "lookback_hours", "since"}}
    assert kinds == {each: "STRING" if each == "since" else "NUMBER_INTEGER" for each in kinds}


def test_the_mode_s_own_values_are_defaults_or_fixed() -> None:
    """The lookback may be given to a run, the label delay is the dataset's."""
    spec = spec_of(declared(MODES["interval"][0]))
    assert spec["root"]["inputDefinitions"]["parameters"]["lookback_hours"]["defaultValue"] == 48
    (begin,) = [task for name, task in _tasks(spec).items() if name == "begin-interval"]
    assert begin["inputs"]["parameters"]["label_delay_seconds"] == {"runtimeValue": {"constant": 5400.0}}


def test_a_whole_table_is_made_from_any_parameters() -> None:
    """Also from such as `begin_run` does not know by name: they come as one text, of which the key is made."""
    begin = _tasks(spec_of(declared(FullRefresh(made_from=("source", "dish", "config")))))["begin-dataset"]
    given = begin["inputs"]["parameters"]
    assert given["source"] == {"componentInputParameter": "pipelinechannel--source"}
    wanted = "dish={{$.inputs.parameters['pipelinechannel--dish']}}"
    assert given["made_from"] == {"runtimeValue": {"constant": wanted}}
    plain = _tasks(spec_of(declared(FullRefresh())))["begin-dataset"]["inputs"]["parameters"]
    assert not {"source", "source_path", "config", "made_from", "inclusive"} & plain.keys()
    standing = _tasks(spec_of(declared(FullRefresh(inclusive=True))))["begin-dataset"]["inputs"]["parameters"]
    assert standing["inclusive"] == {"runtimeValue": {"constant": True}}


def test_a_run_begins_before_and_ends_after_whatever_happens() -> None:
    """What takes the run's instant waits for its beginning, and the end guards all of it, with the table's name."""
    spec = spec_of(declared(MODES["stream"][0]))
    tasks = _tasks(spec)
    assert tasks["cook"]["dependentTasks"] == ["begin-stream"]
    end = spec["root"]["dag"]["tasks"]["end-run"]
    assert end["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"
    assert end["inputs"]["parameters"]["table"] == {"runtimeValue": {"constant": "kitchen.dishes"}}
    assert end["inputs"]["parameters"]["as_of"] == {"componentInputParameter": "as_of"}


@pytest.mark.parametrize(("rule", "read"), [(RowCount(min=1), False), (Change(max_drop=0.2), True)])
def test_what_a_rule_needs_beside_the_rows_is_read_before(rule: Rule, *, read: bool) -> None:
    """A rule on change has the last commit read once the run has begun; others need nothing."""

    def checked(run: Run, source: str = "") -> None:
        run.check(dsl.importer(artifact_uri=source, artifact_class=dsl.Dataset).output)

    dataset = replace(DISHES, mode=AppendStream(time="at"), contract=Contract((), rule))
    tasks = _tasks(spec_of(dataset.pipeline(checked)))
    assert ("read-baseline" in tasks) == read
    assert ("baseline" in tasks["check-quality"]["inputs"]["artifacts"]) == read
    if read:
        assert tasks["read-baseline"]["dependentTasks"] == ["begin-stream"]
        assert "read-baseline" in tasks["check-quality"]["dependentTasks"]


def test_the_check_is_told_the_label() -> None:
    """Its share is kept with each run; a dataset without one says so."""

    def checked(run: Run, source: str = "") -> None:
        run.check(dsl.importer(artifact_uri=source, artifact_class=dsl.Dataset).output)

    for label in ("at", ""):
        dataset = replace(DISHES, mode=AppendStream(time="at"), contract=Contract(()), label=label)
        given = _tasks(spec_of(dataset.pipeline(checked)))["check-quality"]["inputs"]["parameters"]
        assert given["label"] == {"runtimeValue": {"constant": label}}


@pytest.mark.parametrize("name", MODES)
def test_what_came_before_is_told_by_the_mode(name: str) -> None:
    """The key of a run that replaces the table, the end of an interval or cut, the time of a stream."""
    mode, _ = MODES[name]

    def checked(run: Run, source: str = "", source_path: str = "", config: str = "", bound: float = 0.2) -> None:
        del source_path, config
        rows = dsl.importer(artifact_uri=source, artifact_class=dsl.Dataset).output
        run.check(rows, Contract((), Change(max_drop=0.2)), max_drop=bound)

    tasks = _tasks(spec_of(declared(mode, checked)))
    given = tasks["read-baseline"]["inputs"]["parameters"]
    further = given.keys() - {"contract", "table", "pipeline", "as_of"}
    own = {
        "FullRefresh": {"run_key"}, "IncrementalByTime": {"interval_end"}, "Snapshot": {"interval_end"},
        "AppendStream": {"time_column"},
    }  # fmt: skip
    assert further == {"mode"} | own.get(type(mode).__name__, set())
    assert given["mode"] == {"runtimeValue": {"constant": type(mode).__name__}}
    bound = tasks["check-quality"]["inputs"]["parameters"]["max_drop"]
    assert bound == {"componentInputParameter": "pipelinechannel--bound"}


def test_a_pipeline_that_fills_no_table_has_an_end_alone() -> None:
    """It has no parameters but its own, one of which may be the instant."""
    found = Pipeline("look", "Look").pipeline(_look)
    spec = spec_of(found)
    assert spec["root"]["inputDefinitions"]["parameters"].keys() == {"dish"}
    assert spec["root"]["dag"]["tasks"]["end-run"]["inputs"]["parameters"]["as_of"] == {
        "runtimeValue": {"constant": ""}
    }
    assert (found.name, found.title, found.dataset, found.schedule) == ("look", "Look", None, None)


def _look(dish: str = "soup") -> None:
    """Look at a dish."""
    _cook(at="", dish=dish)


def _tasks(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tasks that the end guards."""
    found: Mapping[str, Any] = spec["components"]["comp-exit-handler-1"]["dag"]["tasks"]
    return found


def _copied(run: Run, dish: str = "soup") -> None:
    """Copy the menu.

    Args:
        run: The run.
        dish: What to cook.
    """
    raw = run.extract()
    _taken(raw=raw.outputs["raw"], dish=dish)


def _extracted(run: Run, dish: str = "soup") -> None:
    raw = run.extract({"menu": ["dish string"]})
    _taken(raw=raw.outputs["raw"], dish=dish)


@dsl.container_component
def _taken(raw: dsl.Input[dsl.Dataset], dish: str):
    return dsl.ContainerSpec(image="image", command=["cook"], args=[raw.path, dish])


def test_a_run_says_where_its_tables_lie() -> None:
    """Of two steps one runs, with the rights for its own service alone; both know one mapping of names."""
    known, wanted = {"menu|carte": ["dish string", "cost int?"], "guests": ["guest_id"]}, {"menu": ["dish string"]}
    dataset = replace(DISHES, mode=FullRefresh(made_from=("source", "names")), origins=Origins(known, wanted))
    plan = read_plan(kfp_documents(dataset.pipeline(_copied).function))
    assert {"source", "source_path", "names"} <= plan.parameters.keys()
    assert plan.parameters["source_tables"].default == ir.Constant(wanted)
    found = {path[-1]: task for path, task in ir.walk(plan.dag)}
    services = {
        "extract-postgres": {"stockpot-database", "stockpot-network"},
        "extract-files": {"stockpot-object-store", "stockpot-network"},
    }
    for name, secrets in services.items():
        task = found[name]
        body = task.component.body
        assert isinstance(body, ir.Container)
        assert {each.name.parts for each in body.environment_from} == {(name,) for name in secrets}
        assert task.parameters["elsewhere"] == ir.Constant(
            ["menu", "menu.dish", "menu.cost", "guests", "guests.guest_id"]
        )
    without = read_plan(kfp_documents(DISHES.pipeline(_extracted).function))
    assert [path[-1] for path, _ in ir.walk(without.dag) if path[-1].startswith("extract")] == ["extract-postgres"]
    for unsure, function in ((dataset, _extracted), (DISHES, _copied)):
        with pytest.raises(ValueError, match="extracts what its Origins say, or tables where it has none"):
            unsure.pipeline(function)
    assert not {"source", "source_path", "names"} & without.parameters.keys()


def _twice(run: Run, as_of: str = "", since: str = "") -> None:
    _cook(at=as_of, dish=since)


def _unchecked(run: Run) -> None:
    run.check("rows")


def _unbounded(run: Run, bound: float = 0.5) -> None:
    run.check("rows", Contract((), RowCount(min=1)), max_drop=bound)


@pytest.mark.parametrize(
    ("mode", "function", "said"),
    [
        (AppendStream(time="at"), _twice, "_twice declares as_of, since, which come with the dataset"),
        (FullRefresh(made_from=("sorce",)), _dishes, "'sorce', no parameter of _dishes: did you mean source?"),
        (AppendStream(time="at"), _unchecked, "dataset dishes declares no contract"),
        (AppendStream(time="at"), _unbounded, r"whose contract has no Change\(max_drop"),
    ],
)
def test_what_does_not_go_together_dies_at_import(mode: Mode, function: Callable[..., None], said: str) -> None:
    """With what to write instead, not in a pod."""
    with pytest.raises(ValueError, match=said):
        declared(mode, function)


@pytest.mark.parametrize("change", [{"label_delay": -timedelta(hours=1)}, {"lookback": timedelta(minutes=90)}])
def test_times_that_make_no_sense_are_refused(change: dict[str, timedelta]) -> None:
    """A negative delay, and a lookback that the parameter in hours could not say."""
    with pytest.raises(ValueError, match="whole"):
        replace(IncrementalByTime(), **change)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"late_days": 3}, "write each='day'"),
        ({"each": "day", "lookback": timedelta(hours=1)}, "write late_days in place of lookback"),
        ({"each": "day", "late_days": -1}, "late_days is -1"),
        ({"each": "week"}, "no mode is IncrementalByTime"),
        ({"each": "day", "timezone": "Mars/Base"}, "unknown"),
    ],
)
def test_days_that_make_no_sense_are_refused(given: dict[str, Any], what: str) -> None:
    """What a run of days can be told, and what it cannot."""
    with pytest.raises(ConfigurationError, match=what):
        IncrementalByTime(**given)


@dsl.container_component
def _cooked(at: str, rows: dsl.Output[dsl.Dataset], summary: dsl.Output[dsl.Artifact]):
    return dsl.ContainerSpec(image=reference("verify_table"), command=["cook"], args=[at, rows.path, summary.path])


@pytest.mark.parametrize(
    ("name", "begins", "due", "loads", "given"),
    [
        ("snapshot", "begin-snapshot", "due is the cut 2026-03-29T10:00:00Z", "load-iceberg", {"generation"}),
        ("daily", "begin-snapshot", "due is the cut 2026-03-28T23:00:00Z", "load-iceberg", {"generation"}),
        ("versions", "begin-versions", "due is what has changed from the last run to", "load-versions", {"key"}),
    ],
)
def test_a_run_of_a_mode_begins_and_commits_as_it_says(  # noqa: PLR0917 - a row of the table
    name: str, begins: str, due: str, loads: str, given: set[str], tmp_path: Path
) -> None:
    """The plan says what is due, and the commit is told what the mode needs."""

    def cooked(run: Run) -> None:
        made = _cooked(at=run.as_of)
        run.commit(made.outputs["rows"], made=made)

    table = KEPT if name == "versions" else TABLE
    dataset = replace(DISHES, table=table, mode=MODES[name][0], contract=Contract((), RowCount(min=1)))
    documents = kfp_documents(dataset.pipeline(cooked).function)
    assert given <= _tasks(documents[0])[loads]["inputs"]["parameters"].keys()
    planned = plan_pipeline(read_plan(documents), {}, home=tmp_path, as_of="2026-03-29T10:00:00Z").tasks
    said = {task.id: task.reason for task in planned}
    assert said[begins].startswith(due)


def test_a_second_table_in_another_mode_can_be_planned(tmp_path: Path) -> None:
    """It begins at the instant that the first one's begin hands out, of which a plan knows nothing yet."""
    beside = Target(KEPT, Contract((), RowCount(min=1)), mode=MODES["versions"][0])

    def cooked(run: Run) -> None:
        made = _cooked(at=run.as_of)
        run.commit(made.outputs["rows"], made=made, target=beside)
        run.commit(made.outputs["rows"], made=made)

    dataset = replace(DISHES, table=TABLE, mode=FullRefresh(), contract=Contract((), RowCount(min=1)), also=(beside,))
    documents = kfp_documents(dataset.pipeline(cooked).function)
    planned = plan_pipeline(read_plan(documents), {}, home=tmp_path, as_of="2026-03-29T10:00:00Z").tasks
    said = {task.id: task.reason for task in planned}
    assert said["begin-dataset"].startswith("due is the whole table as of 2026-03-29T10:00:00Z")
    assert said["begin-versions"].startswith("not pure")


@pytest.mark.parametrize(
    ("mode", "table", "said"),
    [
        (Snapshot(), replace(TABLE, interval_column=""), "names no interval_column, which holds the cut; known are at"),
        (Snapshot(), Table("a.b", ["day date!"], interval_column="day"), "the cut in the date 'day'"),
        (FullRefresh(), replace(TABLE, interval_column=""), "names no interval_column"),
        (AppendStream(time="att"), TABLE, "has no column 'att'; did you mean 'at'?"),
        (Versioned(("dish",)), TABLE, "needs 'version int!' to keep versions: take all of VERSION_COLUMNS"),
        (Versioned(("dihs",)), KEPT, "has no column 'dihs'; did you mean 'dish'?"),
        (Versioned(("dish",), compare=("cots",)), KEPT, "has no column 'cots'; did you mean 'cost'?"),
        (Versioned(("cost",)), KEPT, "needs a key of columns that are never null"),
        (Versioned(()), KEPT, "needs a key of columns that are never null"),
        (Versioned(("dish",)), replace(KEPT, partition={}), "needs the partition .*bucket"),
        (
            Versioned(("dish",)),
            replace(KEPT, interval_column="valid_from"),
            "interval_column 'valid_from', and versions",
        ),
        (Versioned(("dish",)), replace(KEPT, unfit={"known_at": "clamp"}), "names 'known_at' in unfit, which the load"),
        (Versioned(("dish",), compare=("cost", "version")), KEPT, "names 'version' in compare"),
        (Versioned(("dish",), since="known_at"), KEPT, "names 'known_at' in since"),
        (Versioned(("dish",), since="cost"), KEPT, "'cost int': make it a timestamptz or timestamp or date"),
        (Versioned(("dish",), since="dish"), KEPT, "cannot tell since when a key is there by 'dish string!'"),
    ],
)
def test_a_table_that_its_mode_cannot_fill_is_refused_at_import(mode: Mode, table: Table, said: str) -> None:
    """In one line that names what is missing, and what was meant."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        replace(DISHES, table=table, mode=mode)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", ["timestamptz!", "timestamp", "date"])
def test_a_key_may_be_there_since_a_day_or_an_instant(kind: str) -> None:
    """With a zone or without."""
    table = replace(KEPT, columns=["dish string!", f"since {kind}", *VERSION_COLUMNS])
    assert Versioned(("dish",), since="since").lacking(table) == ""


def test_what_cannot_be_compared_is_named() -> None:
    """Columns that count are all that are not keys, or those that are named."""
    table = Table("a.b", ["id string!", "tags list<string>", *VERSION_COLUMNS], partition={"id": "bucket[8]"})
    with pytest.raises(ConfigurationError, match="cannot compare 'tags list<string>'"):
        replace(DISHES, table=table, mode=Versioned(("id",)))
    assert replace(DISHES, table=KEPT, mode=Versioned(("dish",))).mode.compared(KEPT) == ["cost"]


@pytest.mark.parametrize(
    ("change", "said"), [({"each": "weekly"}, "write 'run' or 'day'"), ({"timezone": "Moon"}, "Moon")]
)
def test_a_snapshot_that_makes_no_sense_is_refused(change: dict[str, str], said: str) -> None:
    """Another rhythm than there is, and a zone that is none."""
    with pytest.raises(ConfigurationError, match=said):
        replace(Snapshot(), **change)
