"""Volumes, claims and failures that are ignored, on this machine."""

import shutil
import sys
from pathlib import Path
from typing import Any, Optional

import pytest
from kfp import dsl, kubernetes

from components.shell.errors import ConfigurationError
from stockpot.compiler.definitions import from_component
from stockpot.local.cache import is_pure
from stockpot.local.planning import plan_pipeline
from stockpot.local.records import Run, State, TaskRecord
from stockpot.local.runner import resume_run
from stockpot.local.volumes import Claims, at_their_paths
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record

_IMAGE = f"python:{sys.version_info[0]}.{sys.version_info[1]}"
_WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
_HAND_ON = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text(pathlib.Path(sys.argv[1]).read_text())"


@dsl.container_component
def _write(path: str, text: str):
    return dsl.ContainerSpec(image=_IMAGE, command=["python", "-c", _WRITE], args=[path, text])


@dsl.container_component
def _read(path: str, out: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image=_IMAGE, command=["python", "-c", _HAND_ON], args=[path, out])


@dsl.container_component
def _fail(out: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image=_IMAGE, command=["python", "-c", "import sys; sys.exit(3)"], args=[out])


@dsl.container_component
def _say(out: dsl.OutputPath(str), text: str = "the default"):
    code = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text(sys.argv[1])"
    return dsl.ContainerSpec(image=_IMAGE, command=["python", "-c", code], args=[text, out])


@dsl.container_component
def _variables(out: dsl.OutputPath(str)):
    code = (
        "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(' '.join(map(os.getenv, ('FIRST', 'SECOND'))))"
    )
    return dsl.ContainerSpec(image=_IMAGE, command=["python", "-c", code], args=[out])


def test_a_claim_is_a_directory_of_the_home(runs: Runs) -> None:
    """Made, written to by one step, read by another below a part of it, and deleted."""

    @dsl.pipeline(name="volume")
    def volume():
        made = kubernetes.CreatePVC(pvc_name_suffix="-x", access_modes=["ReadWriteOnce"], size="1Gi")
        write = kubernetes.mount_pvc(
            _write(path="/data/part/a", text="kept"), made.outputs["name"], "/data/part", "sub"
        )
        read = kubernetes.mount_pvc(_read(path="/data/sub/a").after(write), made.outputs["name"], "/data")
        kubernetes.DeletePVC(pvc_name=made.outputs["name"]).after(read)

    run = runs(volume)
    assert run.exit_code == 0, run.error
    assert runs.home.joinpath("runs", run.id, "steps/read/outputs/out").read_text() == "kept"
    assert list((runs.home / "volumes").iterdir()) == []


def test_a_claim_that_is_there_is_mounted_by_the_name_in_a_parameter(runs: Runs) -> None:
    """Whoever has files for the steps makes the directory; where there is none, the line says so."""

    @dsl.pipeline(name="volume")
    def volume(claim: str):
        kubernetes.mount_pvc(_read(path="/data/a").set_caching_options(True), claim, "/data")

    run = runs(volume, {"claim": "mine"})
    place = runs.home.resolve() / "volumes/mine"
    assert run.exit_code == 11
    assert f"there is no claim mine on this machine - make the directory {place}" in run.error
    place.mkdir(parents=True)
    for text in ("one", "two"):
        # What lies in it may change at any time, so nothing is taken from the cache.
        (place / "a").write_text(text)
        assert runs(volume, {"claim": "mine"}).exit_code == 0
        assert next(runs.home.glob("runs/*/steps/read/outputs/out")).exists()
    read = [path.read_text() for path in runs.home.glob("runs/*/steps/read/outputs/out")]
    assert sorted(read) == ["one", "two"]


def test_room_of_a_steps_own_goes_with_it(runs: Runs) -> None:
    """An empty directory is the step's alone, also where another engine would give it memory."""

    @dsl.container_component
    def step():
        code = (
            "import os, pathlib; pathlib.Path(os.environ['ROOM'], 'a').write_text(''); pathlib.Path('/room/b').touch()"
        )
        return dsl.ContainerSpec(image=_IMAGE, command=["python", "-c", code])

    @dsl.pipeline(name="room")
    def room():
        task = kubernetes.empty_dir_mount(step().set_env_variable("ROOM", "/room/"), "v", "/room", medium="Memory")
        kubernetes.add_ephemeral_volume(task, "w", "/other", ["ReadWriteOnce"], "1Gi")

    run = runs(room)
    assert run.exit_code == 0, run.error
    assert not list(runs.home.rglob("volume-*"))


def test_variables_come_from_the_environment(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of a Secret that a parameter names, and of a field of the pod; what is missing is named."""

    @dsl.pipeline(name="told")
    def told(first: str = "s", second: str = "c"):
        task = kubernetes.use_secret_as_env(_say(text="$(A)$(B)$(C)"), first, {"k": "A"})
        kubernetes.use_config_map_as_env(task, second, {"l": "B"})
        kubernetes.use_field_path_as_env(task, "C", "metadata.namespace")

    for name, missing in (("A", "the Secret …"), ("B", "the ConfigMap …"), ("C", "the pod's metadata.namespace")):
        run = runs(told)
        assert run.exit_code == 11
        assert f"takes {name} from {missing}, which is not here - set {name} in the environment" in run.error
        monkeypatch.setenv(name, name.lower())
    assert runs(told).exit_code == 0


def test_a_secret_that_no_parameter_names(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step goes without it, as with KFP's driver; where it is named, its variable is needed."""

    @dsl.container_component
    def look():
        return dsl.ContainerSpec(image=_IMAGE, command=["sh", "-c", 'test -z "$A"'])

    @dsl.pipeline(name="inner")
    def inner(secret: Optional[str] = None):  # noqa: UP045 - KFP reads no other
        kubernetes.use_secret_as_env(look(), secret, {"k": "A"})

    @dsl.pipeline(name="outer")
    def outer(secret: Optional[str] = None):  # noqa: UP045 - KFP reads no other
        kubernetes.use_secret_as_env(look(), secret, {"k": "A"})
        inner(secret=secret)

    assert runs(outer).exit_code == 0
    run = runs(outer, {"secret": "store"})
    assert run.exit_code == 11
    assert "look takes A from the Secret …, which is not here - set A in the environment" in run.error
    monkeypatch.setenv("A", "told")
    assert runs(outer).exit_code == 0
    # Both steps have it now, and either may be the first to fail.
    assert "look: ended with exit code 1" in runs(outer, {"secret": "store"}).error


@pytest.mark.parametrize("key", ["USER", "HOME", "word"])
def test_a_key_is_no_variable_of_this_machine(runs: Runs, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Two Secrets with one key are two values, and neither is what the shell calls so."""

    @dsl.pipeline(name="two")
    def two():
        task = _variables()
        for name in ("FIRST", "SECOND"):
            kubernetes.use_secret_as_env(task, name.lower(), {key: name})

    monkeypatch.setenv(key, "mine")
    assert "set FIRST in the environment" in runs(two).error
    monkeypatch.setenv("FIRST", "soup")
    monkeypatch.setenv("SECOND", "stock")
    run = runs(two)
    assert run.exit_code == 0, run.error
    assert runs.home.joinpath("runs", run.id, "steps/variables/outputs/out").read_text() == "soup stock"


def test_a_failure_that_is_ignored(runs: Runs) -> None:
    """The next task runs, with its input's default in place of what never came; the run has failed all the same."""

    @dsl.pipeline(name="ignoring")
    def ignoring():
        _say(text=_fail().outputs["out"]).ignore_upstream_failure()

    @dsl.pipeline(name="ignoring")
    def well():
        _say(text=_say(text="said").outputs["out"]).ignore_upstream_failure()

    run = runs(ignoring)
    assert (run.exit_code, record(run, "fail").state) == (1, State.FAILED)
    assert _said(runs, record(run, "say"), run.id) == "the default"
    run = runs(well)
    assert run.exit_code == 0, run.error
    assert _said(runs, record(run, "say-2"), run.id) == "said"


def _said(runs: Runs, task: TaskRecord, run: str) -> str:
    return (runs.home / "runs" / run / "steps" / task.id / "outputs/out").read_text()


def test_a_workspace_is_a_directory_of_the_run(runs: Runs) -> None:
    """What one step leaves there, the next one finds, in this run alone."""
    patch = dsl.KubernetesWorkspaceConfig(pvcSpecPatch={"accessModes": ["ReadWriteOnce"]})
    config = dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Gi", kubernetes=patch))

    @dsl.pipeline(name="shared", pipeline_config=config)
    def shared():
        write = _write(path=f"{dsl.WORKSPACE_PATH_PLACEHOLDER}/a", text="left")
        _read(path="/kfp-workspace/a").after(write)

    run = runs(shared)
    assert run.exit_code == 0, run.error
    assert _said(runs, record(run, "read"), run.id) == "left"
    assert (runs.home / "runs" / run.id / "workspace/a").read_text() == "left"


def test_a_plan_says_what_becomes_of_claims(runs: Runs) -> None:
    """There is no image to look for, and nothing to take from the cache."""

    @dsl.pipeline(name="volume")
    def volume():
        kubernetes.CreatePVC(pvc_name="c", access_modes=["ReadWriteOnce"], size="1Gi")
        kubernetes.mount_pvc(_read(path="/data/a"), "c", "/data")

    plan = from_component(volume).pipeline
    found = {each.id: each.action for each in plan_pipeline(plan, {}, home=runs.home, project=runs.project).tasks}
    assert found == {"createpvc": "run", "read": "run"}
    assert not any(is_pure(task, task.component.body) for task in plan.dag.tasks)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/data", "/here"),
        ("/data/a", "/here/a"),
        ("open('/data/a') and /data", "open('/here/a') and /here"),
        ("--at=/data/part/x", "--at=/there/x"),
        ("/database", "/database"),
        ("/my/data", "/my/data"),
        ("/data-2/a", "/data-2/a"),
        ("s3://x/data", "s3://x/data"),
        ("file:///data/a", "file:///here/a"),
        ("profile:///data/a", "profile:///data/a"),
        ("-o/data", "-o/data"),
        ("/data/runs/r-1/steps/a/outputs/out", "/data/runs/r-1/steps/a/outputs/out"),
    ],
)
def test_paths_are_put_in_place_as_a_whole(text: str, found: str) -> None:
    """Never a part of another name, and of two mounts the inner one first."""
    places = {"/data": Path("/here"), "/data/part": Path("/there")}
    assert at_their_paths(text, places, Path("/data/runs/r-1")) == found


def test_a_mount_above_the_home_hides_nothing_of_the_run(runs: Runs) -> None:
    """The step finds its inputs, and hands out its outputs, whatever way it is told of them."""
    above = f"/{runs.home.resolve().parts[1]}"

    @dsl.component(base_image=_IMAGE)
    def python(given: dsl.Input[dsl.Artifact], path: str, said: dsl.Output[dsl.Artifact]) -> str:
        import pathlib  # noqa: PLC0415 - KFP takes the function alone

        scratch = pathlib.Path(path)
        scratch.write_text(pathlib.Path(given.path).read_text())
        pathlib.Path(said.path).write_text(scratch.read_text() + "!")
        return scratch.read_text()

    @dsl.container_component
    def show(given: dsl.Input[dsl.Artifact], out: dsl.OutputPath(str)):
        return dsl.ContainerSpec(image=_IMAGE, command=["python", "-c", _HAND_ON], args=[given.path, out])

    @dsl.container_component
    def make(path: str, made: dsl.Output[dsl.Artifact]):
        code = f"import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('kept'); {_HAND_ON}"
        return dsl.ContainerSpec(image=_IMAGE, command=["python", "-c", code], args=[path, made.path])

    @dsl.pipeline(name="above")
    def pipeline():
        made = kubernetes.empty_dir_mount(make(path=f"{above}/a"), "tmp", above)
        said = kubernetes.empty_dir_mount(python(given=made.outputs["made"], path=f"{above}/b"), "tmp", above)
        kubernetes.empty_dir_mount(show(given=said.outputs["said"]), "tmp", above)

    run = runs(pipeline)
    assert run.exit_code == 0, run.error
    assert _said(runs, record(run, "show"), run.id) == "kept!"


def test_a_path_that_is_handed_out_is_the_mounts_own(runs: Runs) -> None:
    """As on every other engine; the next step finds its own directory there, wherever that is."""

    @dsl.component(base_image=_IMAGE)
    def python(path: str) -> str:
        return f"{path}.csv"

    @dsl.pipeline(name="told")
    def told():
        first = kubernetes.mount_pvc(_say(text="file:///data/a"), "mine", "/data")
        second = kubernetes.mount_pvc(python(path="/data/a").after(first), "mine", "/data")
        kubernetes.empty_dir_mount(_say(text=second.output), "other", "/data")
        _say(text=first.outputs["out"])

    (runs.home / "volumes/mine").mkdir(parents=True)
    run = runs(told)
    assert run.exit_code == 0, run.error
    said = {name: record(run, name).parameters for name in ("say", "python", "say-2", "say-3")}
    assert said == {
        "say": {"out": "file:///data/a"},
        "python": {"Output": "/data/a.csv"},
        "say-2": {"out": "/data/a.csv"},
        "say-3": {"out": "file:///data/a"},
    }


def _resumed(runs: Runs, pipeline: Any, run: Run) -> Run:
    return resume_run(runs.home, run.id, from_component(pipeline).pipeline, project=runs.project)


def test_a_claim_that_an_exit_handler_deleted_is_made_anew(runs: Runs) -> None:
    """Whatever was written to it too, each time that the run is resumed; other steps are kept."""

    @dsl.pipeline(name="left")
    def left(counter: str):
        made = kubernetes.CreatePVC(pvc_name="c", access_modes=["ReadWriteOnce"], size="1Gi")
        with dsl.ExitHandler(kubernetes.DeletePVC(pvc_name="c")):
            write = kubernetes.mount_pvc(_write(path="/data/a", text="kept").after(made), "c", "/data")
            broken = probes.fail(counter=counter, times=2, code=10).after(write, _say(text="said"))
            kubernetes.mount_pvc(_read(path="/data/a").after(broken), "c", "/data")

    run = runs(left, {"counter": str(runs.home.parent / "counter")})
    for code in (10, 0):
        assert run.exit_code == 10, run.error
        assert list((runs.home / "volumes").iterdir()) == []
        run = _resumed(runs, left, run)
        assert run.exit_code == code, run.error
        assert "kept" in record(run, "say").reason
    assert _said(runs, record(run, "read"), run.id) == "kept"
    assert list((runs.home / "volumes").iterdir()) == []


def test_steps_follow_a_claim_to_its_new_name(runs: Runs) -> None:
    """Somebody has removed it: the next one has another name, and those that mounted it run anew."""

    @dsl.pipeline(name="moved")
    def moved(counter: str):
        made = kubernetes.CreatePVC(pvc_name_suffix="-x", access_modes=["ReadWriteOnce"], size="1Gi")
        write = kubernetes.mount_pvc(_write(path="/data/a", text="kept"), made.outputs["name"], "/data")
        broken = probes.fail(counter=counter, times=1, code=10).after(write)
        kubernetes.mount_pvc(_read(path="/data/a").after(broken), made.outputs["name"], "/data")

    run = runs(moved, {"counter": str(runs.home.parent / "counter")})
    assert run.exit_code == 10, run.error
    shutil.rmtree(runs.home / "volumes")
    run = _resumed(runs, moved, run)
    assert run.exit_code == 0, run.error
    assert _said(runs, record(run, "read"), run.id) == "kept"


def test_a_claim_that_is_done_with_stays_so(runs: Runs) -> None:
    """A step of the run has deleted it, and nothing needs it any more: all is kept that ended well."""

    @dsl.pipeline(name="done")
    def done(counter: str):
        made = kubernetes.CreatePVC(pvc_name="c", access_modes=["ReadWriteOnce"], size="1Gi")
        write = kubernetes.mount_pvc(_write(path="/data/a", text="a").after(made), "c", "/data")
        gone = kubernetes.DeletePVC(pvc_name="c").after(write)
        probes.fail(counter=counter, times=1, code=10).after(gone)

    run = runs(done, {"counter": str(runs.home.parent / "counter")})
    assert run.exit_code == 10, run.error
    run = _resumed(runs, done, run)
    assert run.exit_code == 0, run.error
    assert all("kept" in record(run, name).reason for name in ("createpvc", "write", "deletepvc"))


@pytest.mark.parametrize("name", ["../x", "", "A", "/etc", "a/b", ".."])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    """A claim's name is one of Kubernetes', and no way out of the home."""
    with pytest.raises(ConfigurationError, match="is no name of a claim"):
        Claims(tmp_path).find(name)
