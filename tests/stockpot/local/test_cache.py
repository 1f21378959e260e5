"""What is pure is not computed twice, and what is not pure is."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl, kubernetes

from stockpot.compiler.definitions import from_component
from stockpot.local.cache import Cache, hash_of
from stockpot.local.closure import UncacheableError
from stockpot.local.digests import digest, stamp
from stockpot.local.events import TaskFinished, TaskStarted
from stockpot.local.planning import plan_pipeline
from stockpot.local.project import Project
from stockpot.local.records import Run
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record


@dsl.pipeline(name="pure")
def pure(left: str = "l", right: str = "r"):
    """Join two texts, one of which comes from a step that is never cached."""
    outside = probes.write(text=left).set_caching_options(False)
    inside = probes.write(text=right, name="inside")
    probes.join(left=outside.outputs["out"], right=inside.outputs["out"])


def cached(run) -> dict[str, bool]:
    """Which tasks came out of the cache."""
    return {task.id: task.cached for task in run.tasks}


def plan(runs: Runs, pipeline, cached: bool = True, **given) -> dict[str, tuple[str, str]]:
    """The forecast by task."""
    found = plan_pipeline(from_component(pipeline).pipeline, given, home=runs.home, project=runs.project, cached=cached)
    return {task.id: (task.action, task.reason) for task in found.tasks}


def test_the_second_time_pure_steps_come_from_the_cache(runs: Runs) -> None:
    """A repeated run computes only what is not pure; outputs and stdout are the same."""
    first = runs(pure)
    said = [event.stdout.read_text() for event in runs.of(TaskFinished) if event.record.id == "write-2"]
    second = runs(pure)
    assert cached(first) == {"write": False, "write-2": False, "join": False}
    assert cached(second) == {"write": False, "write-2": True, "join": True}
    assert [event.task for event in runs.of(TaskStarted)] == ["write"]
    assert runs.text(second, "join") == "l+r"
    assert (
        [event.stdout.read_text() for event in runs.of(TaskFinished) if event.record.id == "write-2"]
        == said
        == ["wrote r\n"]
    )


def test_a_run_without_the_cache_takes_all_anew(runs: Runs) -> None:
    """It leaves its own results there, which the next run finds; the plan and the record say why each step runs."""
    first = runs(pure)
    # Something that a cache cannot notice.
    entry = next(path for path in (runs.home / "cache").glob("*/outputs/out") if path.read_text() == "r")
    told = entry.stat()
    entry.chmod(0o600)
    entry.write_text("?")
    os.utime(entry, ns=(told.st_atime_ns, told.st_mtime_ns))
    entry.chmod(told.st_mode)
    assert runs.text(runs(pure), "join") == "l+?"
    assert plan(runs, pure, cached=False)["join"] == ("run", "the cache is not asked")
    anew = runs(pure, cached=False)
    assert cached(anew) == cached(first)
    assert {task.reason for task in anew.tasks if task.id != "write"} == {"the cache is not asked"}
    assert runs.text(anew, "join") == "l+r"
    assert cached(runs(pure)) == {"write": False, "write-2": True, "join": True}
    assert runs.text(runs(pure), "join") == "l+r"


def change_code(root: Path) -> None:
    """Touch the step's code."""
    with (root / "components/probe/__main__.py").open("a") as file:
        file.write("\n# changed\n")


def change_shell(root: Path) -> None:
    """Touch shared code that the step imports."""
    (root / "components/__init__.py").write_text("x = 1\n")


def change_lock(root: Path) -> None:
    """Touch the image's lock."""
    (root / "images/probe/requirements.txt").write_text("# changed\n")


@pytest.mark.parametrize(
    ("change", "given", "again", "reason"),
    [
        (change_code, {}, {"write-2", "join"}, "code changed: components/probe/__main__.py"),
        (change_shell, {}, {"write-2", "join"}, "code changed: components/__init__.py"),
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
    assert plan(runs, pure)["join"] == ("run", "code changed: components/probe/__main__.py")


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
    """Whatever a step can see of an input gives another hash: names, bytes, rights, directories, manifests."""
    tree = tmp_path / "tree"
    tree.mkdir()
    hashes = [hash_of(tree)]
    for change in (
        lambda: (tree / "a").write_text("1"),
        lambda: (tree / "a").rename(tree / "b"),
        lambda: (tree / "b").write_text("2"),
        lambda: (tree / "b").chmod(0o755),
        # Each of the three rights to execute counts; who may read or write does not.
        lambda: (tree / "b").chmod(0o754),
        (tree / "empty").mkdir,
        lambda: (tree / "c").write_text("2"),
        lambda: (tree / "_manifest.json").write_text(json.dumps({"files": [LISTED]})),
    ):
        change()
        hashes.append(hash_of(tree))
    assert len(set(hashes)) == 9
    (tree / "b").chmod(0o776)
    assert hash_of(tree) == hashes[-1]
    assert hash_of(tree / "c") != hash_of(tree / "b"), "a file alone has rights too"


LISTED = {"name": "c", "rows": 1, "bytes": 1, "sha256": "x"}


def test_a_manifests_word_is_taken_for_what_is_older(tmp_path) -> None:
    """What a manifest lists is not read again; a file that was changed after it, in the same size, is."""
    (tmp_path / "c").write_text("2")
    (tmp_path / "_manifest.json").write_text(json.dumps({"files": [LISTED]}))
    sealed = (tmp_path / "_manifest.json").stat().st_mtime_ns
    before = hash_of(tmp_path)
    (tmp_path / "c").write_text("3")
    os.utime(tmp_path / "c", ns=(sealed, sealed))
    assert hash_of(tmp_path) == before
    os.utime(tmp_path / "c", ns=(sealed + 1, sealed + 1))
    assert hash_of(tmp_path) != before


def test_a_manifests_word_counts_for_its_own_size_alone(tmp_path) -> None:
    """A file of another size is not what the manifest speaks of, though it was put there with an older date."""
    (tmp_path / "c").write_text("2")
    (tmp_path / "_manifest.json").write_text(json.dumps({"files": [LISTED]}))
    sealed = (tmp_path / "_manifest.json").stat().st_mtime_ns
    before = hash_of(tmp_path)
    (tmp_path / "c").write_text("22")
    os.utime(tmp_path / "c", ns=(sealed - 1, sealed - 1))
    assert hash_of(tmp_path) != before


def test_a_file_that_has_only_just_changed_is_read_again(tmp_path) -> None:
    """Within a tick of the file system's clock it may change twice and look the same; later its stamp says enough."""
    path = tmp_path / "x"
    for text in ("1", "2"):
        path.write_text(text)
        os.utime(path, ns=(time.time_ns() + 10**9,) * 2)
        assert stamp(path) is None
        assert digest(path) == hashlib.sha256(text.encode()).hexdigest()
    before = time.time_ns() - 10**9
    os.utime(path, ns=(before, before))
    assert stamp(path) == (before, 1, path.stat().st_ino)


def test_links_and_devices_are_not_hashed(tmp_path) -> None:
    """What lies behind a link may be anything, and reading a pipe would never end."""
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(UncacheableError, match="neither a file nor a directory"):
        hash_of(tmp_path)
    (tmp_path / "link").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UncacheableError):
        hash_of(tmp_path)


def test_where_data_came_from_is_not_what_it_is(tmp_path) -> None:
    """A manifest's `source` (a snapshot, a position in a log) does not count, the rest of it does."""
    path = tmp_path / "_manifest.json"

    def hash_with(**content) -> str:
        path.write_text(json.dumps({"files": [], **content}))
        return hash_of(tmp_path)

    assert hash_with(source={"lsn": 1}) == hash_with(source={"lsn": 2}) == hash_with()
    assert hash_with(tables=["a"]) != hash_with(tables=["b"])
    path.write_text("no json")
    assert hash_of(tmp_path)


def test_the_environment_of_a_step_is_part_of_the_key(runs: Runs) -> None:
    """What a definition sets there may change all that the step computes."""

    def told(value: str) -> Run:
        @dsl.pipeline(name="told")
        def pipeline():
            probes.write(text="a").set_env_variable("UNIT", value)

        return runs(pipeline)

    assert [record(told(unit), "write").cached for unit in ("g", "g", "kg", "g")] == [False, True, False, True]


@pytest.fixture
def kept(tmp_path) -> Path:
    """The directory of a step that has ended, with an output that may be executed."""
    step = tmp_path / "step"
    (step / "outputs").mkdir(parents=True)
    (step / "outputs" / "out").write_text("x")
    (step / "outputs" / "out").chmod(0o755)
    (step / "stdout").write_text("")
    return step


def test_two_may_keep_the_same_result(kept, tmp_path) -> None:
    """Keeping a result that is already there changes nothing."""
    cache = Cache(tmp_path / "cache")
    assert [cache.keep("k", kept), cache.keep("k", kept)] == [True, True]
    assert cache.has("k")
    assert not list((tmp_path / "cache").glob(".part*"))


def test_what_a_consumer_changed_in_place_is_not_served(kept, tmp_path) -> None:
    """A step that writes into its input, in the same size, spoils the entry that shares the file: it is not used."""
    cache = Cache(tmp_path / "cache")
    cache.keep("k", kept)
    again = tmp_path / "again"
    again.mkdir()
    assert cache.fetch("k", again)
    assert (again / "outputs" / "out").stat().st_mode & 0o777 == 0o555, "it may still be executed"
    (again / "outputs" / "out").chmod(0o644)
    (again / "outputs" / "out").write_text("y")
    assert not cache.has("k")


def test_what_is_kept_cannot_be_written_to(kept, tmp_path) -> None:
    """Neither where it is kept nor under the names that it shares a file with, but its right to be executed stays."""
    (kept / "outputs" / "text").write_text("x")
    cache, again = Cache(tmp_path / "cache"), tmp_path / "again"
    assert cache.keep("k", kept)
    again.mkdir()
    assert cache.fetch("k", again)
    for outputs in (kept / "outputs", cache.outputs("k"), again / "outputs"):
        assert {path.name: path.stat().st_mode & 0o222 for path in outputs.iterdir()} == {"out": 0, "text": 0}


def test_a_result_with_links_is_not_kept(kept, tmp_path) -> None:
    """Where a link leads is not part of the result."""
    (kept / "outputs" / "link").symlink_to("/nowhere")
    assert not Cache(tmp_path / "cache").keep("k", kept)


def test_no_room_for_the_cache_is_no_failure(kept, tmp_path) -> None:
    """A cache that cannot be written to keeps nothing, and the run goes on."""
    (tmp_path / "cache").write_text("a file where the directory should be")
    cache = Cache(tmp_path / "cache")
    assert not cache.keep("k", kept)
    assert not cache.fetch("k", kept)


def two_images(project: Project, command: list[str], second: str) -> Any:
    """A pipeline of one command in two images."""
    (project.images / "other/requirements.txt").write_text((project.images / "probe/requirements.txt").read_text())

    @dsl.container_component
    def first_image(out: dsl.OutputPath(str)):
        return dsl.ContainerSpec(image=probes.IMAGE, command=command, args=[out])

    @dsl.container_component
    def second_image(out: dsl.OutputPath(str)):
        return dsl.ContainerSpec(image=second, command=command, args=[out])

    @dsl.pipeline(name="images")
    def images():
        second_image().after(first_image())

    return images


@pytest.mark.parametrize("second", ["registry.test/other:1", "registry.test/probe:2"])
def test_the_same_command_in_another_image_is_another_step(runs: Runs, second: str) -> None:
    """The image counts: its name where locks are the same, its tag where its name is."""
    text = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('x')"
    pipeline = two_images(runs.project, ["python", "-c", text], second)
    assert cached(runs(pipeline)) == {"first-image": False, "second-image": False}
    assert cached(runs(pipeline)) == {"first-image": True, "second-image": True}


def test_what_cannot_be_known_is_not_cached_and_the_plan_says_so(runs: Runs) -> None:
    """What may import from the project runs each time, and plan and record say why."""
    pipeline = two_images(runs.project, ["sh", "-c", "echo components > $0"], "registry.test/other:1")
    why = "not cached: it names components, whose code may change"
    assert plan(runs, pipeline, cached=False)["first-image"] == ("run", why)
    runs(pipeline)
    again = runs(pipeline)
    assert cached(again) == {"first-image": False, "second-image": False}
    assert {task.reason for task in again.tasks} == {why}
    assert set(plan(runs, pipeline).values()) == {("run", why)}


def test_code_that_changes_while_it_runs_is_not_kept(runs: Runs) -> None:
    """Nobody knows which of two versions a step has seen; its result is not served, not even to the first of them."""
    main = runs.project.code / "components/probe/__main__.py"
    first = f"{main.read_text()}\nopen({str(main)!r}, 'a').write('# changed')\n"
    main.write_text(first)

    @dsl.pipeline(name="changing")
    def changing():
        probes.write(text="x")

    runs(changing)
    main.write_text(first)
    assert cached(runs(changing)) == {"write": False}
