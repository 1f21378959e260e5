"""What is pure is not computed twice, and what is not pure is."""

import json
from pathlib import Path

import pytest
from kfp import dsl, kubernetes

from pipelines.compiler.definitions import from_component
from pipelines.local.cache import Cache, hash_of
from pipelines.local.events import TaskFinished
from pipelines.local.planning import plan_pipeline
from tests.pipelines.local import probes
from tests.pipelines.local.conftest import Runs, record


@dsl.pipeline(name="pure")
def pure(left: str = "l", right: str = "r", log: str = ""):
    """Join two texts, one of which comes from a step that is never cached."""
    outside = probes.write(text=left).set_caching_options(False)
    inside = probes.write(text=right, log=log, name="inside")
    probes.join(left=outside.outputs["out"], right=inside.outputs["out"], log=log)


def cached(run) -> dict[str, bool]:
    """Which tasks came out of the cache."""
    return {task.id: task.cached for task in run.tasks}


def plan(runs: Runs, pipeline, **given) -> dict[str, tuple[str, str]]:
    """The forecast by task."""
    found = plan_pipeline(from_component(pipeline).pipeline, given, home=runs.home, project=runs.project)
    return {task.id: (task.action, task.reason) for task in found}


def test_the_second_time_pure_steps_come_from_the_cache(runs: Runs, log) -> None:
    """A repeated run computes only what is not pure; outputs and stdout are the same."""
    first = runs(pure, {"log": str(log)})
    said = [event.stdout.read_text() for event in runs.of(TaskFinished) if event.record.id == "write-2"]
    started = log.read_text()
    second = runs(pure, {"log": str(log)})
    assert cached(first) == {"write": False, "write-2": False, "join": False}
    assert cached(second) == {"write": False, "write-2": True, "join": True}
    assert log.read_text() == started
    assert runs.text(second, "join") == "l+r"
    assert (
        [event.stdout.read_text() for event in runs.of(TaskFinished) if event.record.id == "write-2"]
        == said
        == ["wrote r\n"]
    )


def change_code(root: Path) -> None:
    """Touch the step's code."""
    with (root / "components/probe/__main__.py").open("a") as file:
        file.write("\n# changed\n")


def change_shell(root: Path) -> None:
    """Touch the shared code."""
    (root / "components/shell/more.py").write_text("x = 1\n")


def change_lock(root: Path) -> None:
    """Touch the image's lock."""
    (root / "images/probe/requirements.txt").write_text("# changed\n")


@pytest.mark.parametrize(
    ("change", "given", "again", "reason"),
    [
        (change_code, {}, {"write-2", "join"}, "code of probe or of the shell changed"),
        (change_shell, {}, {"write-2", "join"}, "code of probe or of the shell changed"),
        (change_lock, {}, {"write-2", "join"}, "image lock of probe changed"),
        (None, {"right": "other"}, {"write-2", "join"}, "parameters changed"),
        (None, {"left": "other"}, {"join"}, "input left changed"),
    ],
)
def test_each_part_of_the_key_counts(runs: Runs, change, given, again, reason) -> None:
    """A change of code, lock, parameters or input content makes exactly the steps run that depend on it."""
    runs(pure)
    if change:
        change(runs.project.code)
    run = runs(pure, given)
    assert {task for task, was in cached(run).items() if not was} == again | {"write"}
    assert reason in {record(run, task).reason for task in again}


def test_the_plan_says_what_would_run_and_why(runs: Runs) -> None:
    """Before the first run, after it, and after a change, the forecast agrees with what runs do."""
    assert plan(runs, pure)["write-2"] == ("run", "first time")
    runs(pure)
    same = plan(runs, pure)
    assert same["write"] == ("run", "not pure: it reads or changes the outside")
    assert same["write-2"] == ("cached", "nothing it depends on changed")
    assert same["join"] == ("depends", "runs unless write gives the same as before")
    assert plan(runs, pure, right="other")["write-2"] == ("run", "parameters changed")
    change_code(runs.project.code)
    assert plan(runs, pure)["join"] == ("run", "code of probe or of the shell changed")


def test_the_plan_knows_conditions_and_loops(runs: Runs) -> None:
    """Conditions and loops are told as far as they can be known."""

    @dsl.pipeline(name="shapes")
    def shapes(number: int = 1):
        said = probes.say_list(text="[]").set_caching_options(False)
        with dsl.If(number > 5):
            probes.write(text="many")
        with dsl.ParallelFor(["a", "b"]) as name:
            probes.say(text=name)
        with dsl.ParallelFor(said.output) as name:
            probes.say(text=name)

    found = plan(runs, shapes)
    assert found["condition-1"] == ("skip", "its condition does not hold")
    loops = sorted(value for key, value in found.items() if key.startswith("for-loop"))
    assert loops == [("depends", "once per item of what say-list gives"), ("run", "once for each of 2 items")]


def test_a_step_with_a_secret_is_not_pure(runs: Runs, monkeypatch) -> None:
    """Who takes a secret talks to the outside, whatever the definition says of caching."""
    monkeypatch.setenv("KEY", "1")

    @dsl.pipeline(name="secretive")
    def secretive():
        kubernetes.use_secret_as_env(probes.write(text="x"), "some", {"KEY": "KEY"})

    runs(secretive)
    assert cached(runs(secretive)) == {"write": False}


def test_a_damaged_entry_is_not_used(runs: Runs) -> None:
    """An entry whose files were cut or removed is computed anew and replaced."""
    runs(pure)
    for path in (runs.home / "cache").glob("*/outputs/out"):
        path.unlink()
        path.write_text("")
    again = runs(pure)
    assert cached(again) == {"write": False, "write-2": False, "join": False}
    assert cached(runs(pure))["join"]


def test_a_failure_is_not_kept(runs: Runs, tmp_path) -> None:
    """A step that failed runs again."""

    @dsl.pipeline(name="failing")
    def failing(counter: str):
        probes.fail(counter=counter, times=1, code=10)

    given = {"counter": str(tmp_path / "counter")}
    assert runs(failing, given).exit_code == 10
    run = runs(failing, given)
    assert (run.exit_code, cached(run)) == (0, {"fail": False})


def test_hashes_see_names_and_content(tmp_path) -> None:
    """A renamed file, a changed byte and an added file each give another hash; a manifest's word is taken."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a").write_text("1")
    hashes = [hash_of([tree])]
    (tree / "a").rename(tree / "b")
    hashes.append(hash_of([tree]))
    (tree / "b").write_text("2")
    hashes.append(hash_of([tree]))
    (tree / "c").write_text("2")
    hashes.append(hash_of([tree]))
    (tree / "_manifest.json").write_text(json.dumps({"files": [{"name": "c", "rows": 1, "bytes": 1, "sha256": "x"}]}))
    hashes.append(hash_of([tree]))
    assert len(set(hashes)) == 5
    (tree / "c").write_text("3")
    assert hash_of([tree]) == hashes[-1]


def test_where_data_came_from_is_not_what_it_is(tmp_path) -> None:
    """A manifest's `source` (a snapshot, a position in a log) does not count, the rest of it does."""
    path = tmp_path / "_manifest.json"

    def hash_with(**content) -> str:
        path.write_text(json.dumps({"files": [], **content}))
        return hash_of([tmp_path])

    assert hash_with(source={"lsn": 1}) == hash_with(source={"lsn": 2}) == hash_with()
    assert hash_with(tables=["a"]) != hash_with(tables=["b"])
    path.write_text("no json")
    assert hash_of([tmp_path])


def test_two_may_keep_the_same_result(tmp_path) -> None:
    """Keeping a result that is already there changes nothing."""
    step = tmp_path / "step"
    (step / "outputs").mkdir(parents=True)
    (step / "outputs" / "out").write_text("x")
    (step / "stdout").write_text("")
    cache = Cache(tmp_path / "cache")
    cache.keep("k", step)
    cache.keep("k", step)
    assert cache.has("k")
    assert not list((tmp_path / "cache").glob(".part*"))
