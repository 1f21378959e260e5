"""What a resumed run takes anew: what a step has left holds only as long as all that it comes after does."""

import shutil
import sys
from pathlib import Path

import pytest
from kfp import compiler, dsl, kubernetes

from stockpot.compiler.definitions import from_component, load
from stockpot.local.events import Event, TaskFinished
from stockpot.local.records import Run, load_run, run_directory
from stockpot.local.runner import resume_run
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record
from tests.stockpot.local.test_crashes import in_parts, resume

_STAMP = "import pathlib, sys, time; [pathlib.Path(each).write_text(str(time.time_ns())) for each in sys.argv[1:]]"
_SAME = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text(sys.argv[1])"


@dsl.container_component
def stamp(path: str, out: dsl.OutputPath(str)):
    """Write something else each time, to a path and as an output."""
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", _STAMP], args=[path, out])


@dsl.container_component
def check(text: str, out: dsl.OutputPath(str)):
    """Say what was looked at."""
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", _SAME], args=[text, out])


def kept(run: Run) -> set[str]:
    """The steps that were kept, by their titles."""
    return {task.title or task.id for task in run.tasks if task.reason.startswith("kept from before")}


def test_a_check_of_what_a_claim_held_is_made_anew(runs: Runs) -> None:
    """An exit handler has deleted the claim, and what was written to it is other than what was checked."""

    @dsl.pipeline(name="checked")
    def checked(counter: str):
        made = kubernetes.CreatePVC(pvc_name="c", access_modes=["ReadWriteOnce"], size="1Gi")
        with dsl.ExitHandler(kubernetes.DeletePVC(pvc_name="c")):
            written = kubernetes.mount_pvc(stamp(path="/data/rows").after(made), "c", "/data")
            looked = check(text=written.outputs["out"])
            beside = check(text="beside").set_display_name("beside")
            probes.fail(counter=counter, times=1, code=75).after(looked, beside)

    failed = runs(checked, {"counter": str(runs.home.parent / "counter")})
    assert (failed.exit_code, record(failed, "check").state) == (75, "succeeded"), failed.error
    run = resume_run(runs.home, failed.id, from_component(checked).pipeline, project=runs.project)
    assert (run.exit_code, kept(run)) == (0, {"beside"}), run.error
    assert record(run, "check").parameters == record(run, "stamp").parameters != record(failed, "stamp").parameters


FOLLOWING = [("inside", {"inside", "joined", "last"}), ("first", {"first", "beside", "inside", "joined", "last"})]


def without_outputs(runs: Runs, tmp_path: Path, title: str) -> Run:
    """A run that ended well, of which somebody has removed what one step has left, to make room."""
    compiler.Compiler().compile(in_parts, str(tmp_path / "plan.yaml"))
    run = runs(in_parts)
    (step,) = (task.id for task in run.tasks if task.title == title)
    shutil.rmtree(run_directory(runs.home, run.id) / "steps" / step / "outputs")
    return run


@pytest.mark.parametrize(("gone", "anew"), FOLLOWING)
def test_what_comes_after_outputs_that_are_gone_is_made_anew(
    runs: Runs, tmp_path: Path, gone: str, anew: set[str]
) -> None:
    """In the parts of the pipeline around it too; what comes before or stands beside is kept."""
    run = resume(runs, tmp_path, without_outputs(runs, tmp_path, gone), first="apart")
    assert run.state == "succeeded"
    assert kept(run) == {"first", "beside", "inside", "joined", "last"} - anew


@pytest.mark.parametrize(("gone", "anew"), FOLLOWING)
def test_a_kill_does_not_hide_what_was_made_anew(runs: Runs, tmp_path: Path, gone: str, anew: set[str]) -> None:
    """The step has ended well a second time, and nothing after it has; the next one takes all of that."""
    run = without_outputs(runs, tmp_path, gone)

    def killing(event: Event) -> None:
        if isinstance(event, TaskFinished) and event.record.title == gone:
            sys.exit(9)

    plan = load(str(tmp_path / "plan.yaml")).pipeline
    with pytest.raises(SystemExit):
        resume_run(runs.home, run.id, plan, project=runs.project, listener=killing, first="apart")
    left = load_run(runs.home, run.id)
    assert left.state == "interrupted"
    again = resume(runs, tmp_path, left)
    assert again.state == "succeeded"
    assert gone in kept(again)
    assert not kept(again) & (anew - {gone})
