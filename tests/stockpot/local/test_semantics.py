"""What KFP means by a plan, in runs on this machine."""

from pathlib import Path
from typing import Optional

import pytest
from kfp import dsl, kubernetes

from stockpot.local.events import TaskFinished
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record

_TELL = "import os, sys; print(sys.argv[1:], {name: os.environ.get(name) for name in ('HOME', 'PATH', 'B')})"


@dsl.container_component
def _show(text: str):
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", _TELL], args=[text])


@dsl.container_component
def _marked(mark: str = "the mark's own"):
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", _TELL], args=[mark])


@dsl.container_component
def _bare(mark: Optional[str] = None):  # noqa: UP045 - KFP reads no other writing
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", _TELL], args=["--mark", mark])


@dsl.container_component
def _variables(text: str):
    words = ["$(A) $$(A) $$ $(NONE) $(", text]
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", _TELL], args=words)


@dsl.container_component
def _secretive():
    code = "import sys; sys.exit(sys.argv[1] != '-ws' + 'oup')"
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", code], args=["-w$(WORD)"])


@dsl.container_component
def _flaky(counter: str):
    code = "import os, sys; n = os.path.exists(sys.argv[1]); open(sys.argv[1], 'w'); sys.exit(0 if n else 1)"
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", code], args=[counter])


@dsl.container_component
def _entrypoint(text: str):
    return dsl.ContainerSpec(image=probes.IMAGE, args=["--text", text])


def said(runs: Runs, task: str) -> str:
    """What a step printed."""
    (event,) = (each for each in runs.of(TaskFinished) if each.record.id == task)
    return str(event.stdout.read_text().strip())


@pytest.mark.parametrize("given", [{}, {"mark": None}])
def test_an_input_that_is_given_nothing_has_its_own_default(runs: Runs, given: dict[str, None]) -> None:
    """A parameter of the pipeline without value, or with null, is no value for the step."""

    @dsl.pipeline(name="optional")
    def optional(mark: Optional[str] = None):  # noqa: UP045 - KFP reads no other writing
        _marked(mark=mark)

    assert runs(optional, given).state == "succeeded"
    assert said(runs, "marked").startswith('["the mark\'s own"]')


def test_a_null_goes_through_groups(runs: Runs) -> None:
    """Conditions, loops and nested pipelines hand nothing on: the input's own default is used, or the nested one's."""

    @dsl.pipeline(name="inner")
    def inner(mark: Optional[str] = "the inner one's"):  # noqa: UP045 - KFP reads no other writing
        _marked(mark=mark)

    @dsl.pipeline(name="groups")
    def groups(number: int = 3, mark: Optional[str] = None):  # noqa: UP045 - the same
        with dsl.If(number > 2), dsl.ParallelFor(["a"]):
            _marked(mark=mark)
        inner(mark=mark)

    run = runs(groups, {"mark": None})
    assert run.state == "succeeded", run.error
    told = {event.record.id: event.stdout.read_text() for event in runs.of(TaskFinished)}
    assert {name.partition(".")[0]: text.partition("]")[0] for name, text in told.items()} == {
        "condition-1": '["the mark\'s own"', "inner": '["the inner one\'s"'
    }  # fmt: skip


def test_a_null_that_is_needed_is_named(runs: Runs) -> None:
    """By a step within a group, by a condition, and by a loop, with the parameter's own name."""

    @dsl.pipeline(name="needed")
    def needed(number: int = 3, mark: Optional[str] = None):  # noqa: UP045 - KFP reads no other writing
        with dsl.If(number > 2):
            _show(text=mark)

    @dsl.pipeline(name="asked")
    def asked(mark: Optional[str] = None):  # noqa: UP045 - the same
        with dsl.If(mark == "x"):
            _show(text="x")

    @dsl.pipeline(name="listed")
    def listed(marks: Optional[list] = None):  # noqa: UP045 - the same
        with dsl.ParallelFor(marks) as mark:
            _show(text=mark)

    assert "show needs 'text': input 'mark' was not given" in runs(needed).error
    assert "condition-1 needs 'mark': input 'mark' was not given" in runs(asked).error
    assert "for-loop-1 needs 'marks': input 'marks' was not given" in runs(listed).error


def test_a_bare_input_without_value_is_named(runs: Runs) -> None:
    """As on Argo, where it is said when the pipeline is compiled."""

    @dsl.pipeline(name="bare")
    def bare():
        _bare()

    run = runs(bare)
    assert (run.exit_code, "uses input 'mark', which has no value" in run.error) == (11, True)


def test_a_loop_over_an_entry_of_a_loops_item(runs: Runs) -> None:
    """Each inner item arrives."""

    @dsl.pipeline(name="entries")
    def entries(rows: list = [{"l": ["x", "y"]}, {"l": ["z"]}]):  # noqa: B006 - KFP reads the default and never calls this
        with dsl.ParallelFor(rows) as row, dsl.ParallelFor(row.l) as word:
            _show(text=word)

    run = runs(entries)
    assert run.state == "succeeded", run.error
    assert sorted(each.stdout.read_text()[:5] for each in runs.of(TaskFinished)) == ["['x']", "['y']", "['z']"]


def test_any_failure_of_another_program_is_tried_again(runs: Runs, tmp_path: Path) -> None:
    """KFP tries every exit code again; only steps of `components` say by theirs whether that helps."""

    @dsl.pipeline(name="flaky")
    def flaky(counter: str):
        _flaky(counter=counter).set_retry(2, backoff_duration="0s")

    run = runs(flaky, {"counter": str(tmp_path / "counter")})
    assert (run.state, record(run, "flaky").attempts) == ("succeeded", 2)


_COUNTING = """
import os, pathlib, tempfile
file = pathlib.Path(tempfile.gettempdir(), "count")
before = len(file.read_text()) if file.exists() else 0
file.write_text("x" * (before + 1))
raise SystemExit(before < 2)
"""


@dsl.container_component
def _counting():
    return dsl.ContainerSpec(image=probes.IMAGE, command=["python", "-c", _COUNTING])


def test_temporary_files_last_as_long_as_the_step(runs: Runs) -> None:
    """A further attempt finds those of the one before, as in kfp.local; another run finds none, and none stay."""

    @dsl.pipeline(name="counting")
    def counting():
        _counting().set_retry(2, backoff_duration="0s").set_caching_options(enable_caching=False)

    for _ in range(2):
        run = runs(counting)
        assert (run.state, record(run, "counting").attempts) == ("succeeded", 3)
        assert not list((runs.home / "runs" / run.id).rglob("count"))


def test_variables_are_put_in_as_kubernetes_does(runs: Runs) -> None:
    """In what the definition says, and in no value; a user's own HOME and PATH are the user's."""

    @dsl.pipeline(name="variables")
    def variables(text: str):
        task = _variables(text=text)
        task.set_env_variable("A", "a").set_env_variable("B", "$(A)b").set_env_variable("HOME", "/data")
        task.set_env_variable("PATH", "/usr/bin")

    run = runs(variables, {"text": "$(A) $$"})
    assert run.state == "succeeded", run.error
    told = {"HOME": "/data", "PATH": "/usr/bin", "B": "ab"}
    assert said(runs, "variables") == f"{['a $(A) $ $(NONE) $(', '$(A) $$']} {told}"


def test_a_secret_is_put_in_and_written_down_nowhere(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short word, of which redaction cannot know every place: the record has the name of the variable."""
    monkeypatch.setenv("WORD", "soup")

    @dsl.pipeline(name="secret")
    def secret():
        kubernetes.use_secret_as_env(_secretive(), "kitchen", {"WORD": "WORD"})

    run = runs(secret)
    assert run.state == "succeeded", run.error
    (command,) = (runs.home / "runs").rglob("command.json")
    assert "-w$(WORD)" in command.read_text()
    assert "soup" not in command.read_text()


def test_an_image_without_command_is_one_error_and_exit_handlers_run(runs: Runs) -> None:
    """What the image would run is not known here."""

    @dsl.pipeline(name="entry")
    def entry():
        with dsl.ExitHandler(exit_task=_show(text="bye")):
            _entrypoint(text="a")

    run = runs(entry)
    assert (run.exit_code, "give the component a command" in run.error) == (11, True)
    assert said(runs, "show").startswith("['bye']")
