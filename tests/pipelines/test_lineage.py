"""What a table is filled with was checked and proved before: in the plan of every pipeline, and when it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from stockpot.compiler import ir
from stockpot.compiler.definitions import load
from stockpot.compiler.placeholders import OutputPath, Text
from stockpot.definition import discover
from stockpot.local.project import Project
from stockpot.local.runner import run_pipeline
from stockpot.local.schedule import needs
from tests.stockpot.local.probes import COMMAND, IMAGE, make_workshop

CHECK, PROOF = "components.check_quality", "components.examine_features"
COMMITS = {"components.load_iceberg", "components.event_tables.commit", "components.shop_sessions.commit"}
# The tasks whose failure has to keep each pipeline from its commit.
GATES = {
    "articles-content": ["check-quality", "check-quality-2"],
    "articles-embeddings": ["check-quality", "check-quality-2", "check-quality-3", "validate-embeddings"],
    "customer-features": ["check-quality", "check-quality-2"],
    "event-aggregation": ["consume-events", "stage-events"],
    "feed-ranking": ["check-quality", "check-quality-2", "examine-features"],
    "moderation-training": ["check-quality"],
    "reviews-nlp": ["check-quality", "check-quality-2"],
    "timeseries": ["check-quality", "check-quality-2", "check-quality-3", "check-quality-4"],
    "user-item-interactions": ["check-quality", "check-quality-2"],
}
# The tasks whose failure keeps a pipeline from the commit of an optional table alone.
OPTIONAL = {("reviews-nlp", gate): "load-iceberg-3" for gate in ("embed-reviews", "check-quality-3")}
DONE = """
import json, sys
from pathlib import Path
code, path, *outputs = sys.argv[1:]
for output, text in zip(outputs[::2], outputs[1::2]):
    Path(output).write_text(text)
sys.exit(int(code))
"""
TEXTS = {"LIST": "[{}]", "STRUCT": "{}", "BOOLEAN": "true", "NUMBER_INTEGER": "1", "NUMBER_DOUBLE": "1"}


def module(task: ir.Task) -> str:
    """The module that the task's step runs; empty for a pipeline or a group."""
    body = task.component.body
    return body.command[-1].render(str) if isinstance(body, ir.Container) else ""


def scopes(dag: ir.Dag) -> Iterator[ir.Dag]:
    """The DAG and all DAGs within it."""
    yield dag
    for task in dag.tasks:
        if isinstance(task.component.body, ir.Dag):
            yield from scopes(task.component.body)


def ancestors(dag: ir.Dag, name: str) -> set[str]:
    """The names of all tasks of the DAG that have ended when this one begins."""
    tasks = {task.name: task for task in dag.tasks}
    found: set[str] = set()
    due = [name]
    while due:
        new = needs(tasks[due.pop()]) - found
        found |= new
        due += new
    return found


def is_optional(load: ir.Task) -> bool:
    """Whether the load fills an optional table."""
    return load.parameters.get("optional") == ir.Constant(True)


def unguarded(dag: ir.Dag) -> list[str]:
    """The loads that do not wait for every check and proof beside them, or whose very rows nobody checks.

    An optional table comes after all others: none of them waits for its check.
    """
    found = []
    for scope in scopes(dag):
        gates = [task for task in scope.tasks if module(task) in (CHECK, PROOF)]
        checked = [task.artifacts["rows"] for task in gates if module(task) == CHECK]
        loads = [task for task in scope.tasks if module(task) == "components.load_iceberg"]
        own = [task for task in loads if not is_optional(task)]
        aside = [task.artifacts["rows"] for task in loads if is_optional(task)]
        for task in loads:
            before = ancestors(scope, task.name)
            rows = task.artifacts["rows"]
            needed = [
                gate for gate in gates if gate.artifacts.get("rows") == rows or gate.artifacts.get("rows") not in aside
            ]
            needed += own if is_optional(task) else []
            found += [f"{task.name} does not wait for {gate.name}" for gate in needed if gate.name not in before]
            if rows not in checked:
                found.append(f"nobody checks the rows of {task.name}")
    return found


def without_order(dag: ir.Dag, commit: str, gate: str) -> ir.Dag:
    """The DAG in which the commit does not say any more that it comes after the gate."""

    def changed(task: ir.Task) -> ir.Task:
        if isinstance(task.component.body, ir.Dag):
            body = without_order(task.component.body, commit, gate)
            return replace(task, component=replace(task.component, body=body))
        if task.name != commit:
            return task
        given = {name: source for name, source in task.artifacts.items() if getattr(source, "task", "") != gate}
        return replace(task, after=tuple(name for name in task.after if name != gate), artifacts=given)

    return replace(dag, tasks=tuple(changed(task) for task in dag.tasks))


@pytest.mark.parametrize("name", sorted(discover()))
def test_every_commit_waits_for_all_checks_and_proofs(name: str) -> None:
    """Whatever is checked or proved beside a load comes before it, and the rows that it takes are checked."""
    assert unguarded(load(name).pipeline.dag) == []


@pytest.mark.parametrize(
    ("name", "gate"),
    [
        ("feed-ranking", "check-quality-2"),
        ("feed-ranking", "examine-features"),
        ("moderation-training", "check-quality"),
    ],
)
def test_a_dropped_order_is_noticed(name: str, gate: str) -> None:
    """The counter-test: without its `.after()` and the summary that it keeps, a load does not wait for the gate."""
    dag = without_order(load(name).pipeline.dag, "load-iceberg", gate)
    assert f"load-iceberg does not wait for {gate}" in unguarded(dag)


def stand_in(task: ir.Task, failing: str) -> ir.Task:
    """The task with a container that does nothing but write its outputs, or breaks its contract (10)."""
    component = task.component
    if isinstance(component.body, ir.Dag):
        tasks = tuple(stand_in(inner, failing) for inner in component.body.tasks)
        body: ir.Container | ir.Dag = replace(component.body, tasks=tasks)
    else:
        texts = {name: TEXTS.get(kind, "x") for name, kind in component.output_parameters.items()}
        texts |= dict.fromkeys(component.output_artifacts, "{}")
        outputs = [Text((part,)) for name, text in texts.items() for part in (OutputPath(name), text)]
        code = "10" if task.name == failing else "0"
        body = ir.Container(IMAGE, tuple(Text((word,)) for word in COMMAND), (Text((code,)), Text(("",)), *outputs))
    leaving = stand_in(task.on_exit, failing) if task.on_exit else None
    return replace(task, component=replace(component, body=body), retry=None, on_exit=leaving)


def ended(home: Path, plan: ir.Pipeline, failing: str) -> Mapping[str, str]:
    """The states of the run's tasks, in which that one breaks its contract."""
    root = home / "project"
    root.mkdir()
    make_workshop(root)
    (root / "components/probe/__main__.py").write_text(DONE)
    dag = replace(plan.dag, tasks=tuple(stand_in(task, failing) for task in plan.dag.tasks))
    project = Project(code=root, images=root / "images", environments=home / "environments")
    run = run_pipeline(
        replace(plan, root=replace(plan.root, body=dag)),
        {}, home=home / "home", project=project, as_of="2026-01-10T00:00:00Z",
    )  # fmt: skip
    assert run.exit_code == 10, run.error
    return {task.id.rpartition(".")[2]: str(task.state) for task in run.tasks}


@pytest.mark.parametrize(("name", "failing"), [(name, gate) for name, gates in GATES.items() for gate in gates])
def test_a_broken_contract_stops_the_load(tmp_path: Path, name: str, failing: str) -> None:
    """The plan as it is, with steps that do nothing: where one ends with 10, nothing is committed, and people hear."""
    plan = load(name).pipeline
    commits = {path[-1] for path, task in ir.walk(plan.dag) if module(task) in COMMITS}
    states = ended(tmp_path, plan, failing)
    assert {states[name] for name in commits} == {"omitted"}
    assert states["end-run"] == "succeeded"


@pytest.mark.parametrize(("name", "failing"), list(OPTIONAL))
def test_an_optional_table_holds_up_no_other(tmp_path: Path, name: str, failing: str) -> None:
    """Where what it is made of fails, or its contract is broken, it alone is not committed."""
    plan = load(name).pipeline
    commits = {path[-1] for path, task in ir.walk(plan.dag) if module(task) in COMMITS}
    states = ended(tmp_path, plan, failing)
    assert {one for one in commits if states[one] != "succeeded"} == {OPTIONAL[name, failing]}
    assert states["end-run"] == "succeeded"
