"""What befalls single steps: each is a failed step with one line, exit handlers run, and the run has an end."""

import asyncio
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError, StepError
from stockpot.compiler import ir
from stockpot.compiler.definitions import from_component
from stockpot.local import steps
from stockpot.local.display import line_of
from stockpot.local.events import RunFinished, TaskFinished
from stockpot.local.outcomes import changes_at_end, succeeded
from stockpot.local.processes import Command, Ended, execute, refuse_unstartable, reported
from stockpot.local.records import State, list_runs, load_run, run_directory
from stockpot.local.runner import run_pipeline
from stockpot.local.values import coerce
from stockpot.report.writing import report_path
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record

PYTHON = ["python", "-c"]


@dsl.container_component
def bytes_out(content: str, out: dsl.OutputPath(str)):
    """Hand on bytes, written in hexadecimal, as if they were text."""
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(bytes.fromhex(sys.argv[2]))"
    return dsl.ContainerSpec(image=probes.IMAGE, command=[*PYTHON, code], args=[out, content])


@dsl.container_component
def large_out(out: dsl.OutputPath(str)):
    """Hand on a long text."""
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('x' * 200_000)"
    return dsl.ContainerSpec(image=probes.IMAGE, command=[*PYTHON, code], args=[out])


@dsl.container_component
def take(text: str):
    """Take a text."""
    return dsl.ContainerSpec(image=probes.IMAGE, command=[*PYTHON, "pass"], args=[text])


@dsl.container_component
def entrypoint(text: str):
    """Leave the command to the image."""
    return dsl.ContainerSpec(image=probes.IMAGE, args=["--version", text])


@dsl.container_component
def nowhere():
    """Run a program that nobody has."""
    return dsl.ContainerSpec(image=probes.IMAGE, command=["no-such-program"])


@dsl.container_component
def warned(summary: dsl.OutputPath(str)):
    """End well, with a warning in the summary, as `check_quality` does."""
    told = {"rows_in": 1, "rows_out": 1, "rows_rejected": 0, "details": {"warnings": ["shares(label): too high"]}}
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    return dsl.ContainerSpec(image=probes.IMAGE, command=[*PYTHON, code], args=[summary, json.dumps(told)])


@dsl.container_component
def warned_often(summary: dsl.OutputPath(str)):
    """End well, with more warnings than a variable can hold."""
    code = (
        "import json, sys, pathlib; rows = dict.fromkeys(('rows_in', 'rows_out', 'rows_rejected'), 0); "
        "warnings = ['\\U0001f963' * 600] * 34; "
        "pathlib.Path(sys.argv[1]).write_text(json.dumps({**rows, 'details': {'warnings': warnings}}))"
    )
    return dsl.ContainerSpec(image=probes.IMAGE, command=[*PYTHON, code], args=[summary])


@dsl.container_component
def told_environment(path: str):
    """Keep what an exit handler is told beside its status."""
    code = (
        "import json, os, sys, pathlib; pathlib.Path(sys.argv[1]).write_text(json.dumps("
        "{name: os.environ.get(name) for name in "
        "('STOCKPOT_NEXT', 'STOCKPOT_WARNINGS', 'STOCKPOT_WARNED', 'STOCKPOT_REPORT')}))"
    )
    return dsl.ContainerSpec(image=probes.IMAGE, command=[*PYTHON, code], args=[path])


KINDS: dict[str, tuple[Callable[[], Any], int, str]] = {
    "bytes": (lambda: take(text=bytes_out(content="61ff62").output), 1, "output 'out' is no UTF-8: byte 0xff at place"),
    "nul": (lambda: take(text=bytes_out(content="610062").output), 1, "output 'out' holds a NUL byte at place 1"),
    "large": (lambda: take(text=large_out().output), 11, "has 200,000 bytes; the system takes 131,071"),
    "entrypoint": (lambda: entrypoint(text="x"), 11, "is to run its own entrypoint"),
    "nowhere": (nowhere, 1, "no-such-program"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_failed_step_and_exit_handlers_run(runs: Runs, tmp_path: Path, kind: str) -> None:
    """One line, the exit code of its kind, what follows is left out, and whoever tells of the end gets to it."""
    task, code, line = KINDS[kind]
    path = tmp_path / "told"

    @dsl.pipeline(name="odd")
    def odd():
        with dsl.ExitHandler(told_environment(path=str(path))):
            task()

    run = runs(odd)
    assert (run.state, run.exit_code) == (State.FAILED, code)
    assert line in run.error
    assert "\n" not in run.error
    assert load_run(runs.home, run.id).state is State.FAILED
    assert {task.state for task in run.tasks} <= {State.FAILED, State.SUCCEEDED, State.OMITTED}
    told = json.loads(path.read_text())
    assert told["STOCKPOT_NEXT"] == f"stockpot resume {run.id}"
    assert told["STOCKPOT_REPORT"] == str(report_path(runs.home, run.id).absolute())


def test_a_disk_that_is_full_for_the_runner_is_a_failed_step(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner's own files find no room: try again is right (75), and the exit handler is tried."""
    real = steps.write_json

    def full(path: Path, value: Any) -> None:
        if path.parent.name == "write":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, value)

    monkeypatch.setattr(steps, "write_json", full)

    @dsl.pipeline(name="cramped")
    def cramped():
        with dsl.ExitHandler(probes.environment()):
            probes.write(text="a").set_caching_options(False)

    run = runs(cramped)
    assert (run.state, run.exit_code, record(run, "environment").state) == (State.FAILED, 75, State.SUCCEEDED)
    assert "no room left on the disk" in run.error


def test_a_terminal_that_is_gone_stops_no_run(runs: Runs) -> None:
    """Nobody can be shown anything any more; the run goes on to its end."""

    @dsl.pipeline(name="unseen")
    def unseen():
        probes.write(text="a")

    def gone(_event: object) -> None:
        raise BrokenPipeError

    plan = from_component(unseen).pipeline
    assert run_pipeline(plan, {}, home=runs.home, project=runs.project, listener=gone).state is State.SUCCEEDED


def component(**outputs: str) -> ir.Component:
    """A component with output parameters of these types."""
    container = ir.Container(image="", command=(), arguments=())
    return ir.Component(name="odd", body=container, parameters={}, artifacts={}, output_parameters=outputs)


@pytest.mark.parametrize(
    ("content", "kind", "value"),
    [
        (b"a\r\nb\r\n", "STRING", "a\r\nb\r"),
        ("é".encode(), "STRING", "é"),
        (b"true\r\n", "BOOLEAN", True),
        (b"a\n\n", "STRING", "a\n"),
        (b"", "STRING", ""),
    ],
)
def test_output_texts_are_taken_as_they_are(tmp_path: Path, content: bytes, kind: str, value: object) -> None:
    """Only one newline at the end is taken off."""
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "out").write_bytes(content)
    assert succeeded(component(out=kind), tmp_path, tmp_path)["parameters"] == {"out": value}


def test_an_output_that_is_a_directory_is_said(tmp_path: Path) -> None:
    """A parameter is a file."""
    (tmp_path / "outputs" / "out").mkdir(parents=True)
    with pytest.raises(StepError, match="output 'out' cannot be read: Is a directory"):
        succeeded(component(out="STRING"), tmp_path, tmp_path)


def test_a_pipe_in_place_of_an_output_stops_no_runner(tmp_path: Path) -> None:
    """Nobody writes into it any more, so it is not read."""
    (tmp_path / "outputs").mkdir()
    os.mkfifo(tmp_path / "outputs" / "out")
    os.mkfifo(tmp_path / "outputs" / "summary")
    with pytest.raises(StepError, match="output 'out' cannot be read: it is neither a file nor a directory"):
        succeeded(component(out="STRING"), tmp_path, tmp_path)
    assert "rows_in" not in succeeded(component(), tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("kind", "text"),
    [("NUMBER_DOUBLE", 10**400), ("NUMBER_DOUBLE", "NaN"), ("NUMBER_DOUBLE", "-inf"), ("LIST", "[" * 100_000)],
)
def test_values_beyond_all_bounds_are_of_the_wrong_type(kind: str, text: object) -> None:
    """A number that no float holds and lists in lists without end are no crash."""
    with pytest.raises(ConfigurationError, match="x must be"):
        coerce(text, kind, "x")


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["python", "x" * 131_072], {}, "argument 1 has 131,072 bytes"),
        (["python", "a\0b"], {}, "argument 1 holds a NUL byte"),
        (["python"], {"NAME": "a\0b"}, "variable NAME holds a NUL byte"),
        (["python"], {"NAME": "x" * 131_072}, "variable NAME has 131,077 bytes"),
        (["python", "\ud800"], {}, "argument 1 of the command is no text"),
    ],
)
def test_what_no_program_can_be_given_is_refused(words: list[str], environment: dict[str, str], said: str) -> None:
    """Too long, with a NUL byte, or half a character: said with what to do instead."""
    with pytest.raises(ConfigurationError, match=said) as found:
        refuse_unstartable(words, environment)
    assert "as an artifact" in str(found.value)


def test_too_many_words_are_said(tmp_path: Path) -> None:
    """Each argument is short enough, all together are not: nothing is started, and the line says so."""
    (tmp_path / "work").mkdir()

    async def start() -> Ended:
        command = Command(["true", *["x" * 100_000] * 40], {}, tmp_path)
        return await execute(command, asyncio.Event(), asyncio.Event(), lambda _: None)

    ended = asyncio.run(start())
    assert changes_at_end(None, tmp_path, tmp_path, ended) == {
        "state": State.FAILED,
        "exit_code": 11,
        "error": "true cannot be started: Argument list too long",
    }


def test_the_longest_that_the_system_takes_is_let_through() -> None:
    """131,071 bytes are one argument."""
    refuse_unstartable(["x" * 131_071, "é" * 65_535], {"A": "x" * 131_069})


def test_an_error_line_obeys_no_terminal(tmp_path: Path) -> None:
    """Colours and control characters of a step's last words are left out."""
    (tmp_path / "stderr").write_bytes(b"error: \x1b[31mred\x07\x7f \xff\n")
    changes = changes_at_end(None, tmp_path, tmp_path, Ended(1))
    assert changes["error"] == "red \N{REPLACEMENT CHARACTER}"


def test_warnings_are_seen_everywhere(runs: Runs, tmp_path: Path) -> None:
    """On the step's line, in the last line, in the record, and by whoever tells of the end; cached ones again."""
    path = tmp_path / "told"

    @dsl.pipeline(name="warning")
    def warning():
        with dsl.ExitHandler(told_environment(path=str(path))):
            warned()

    for cached in (False, True):
        run = runs(warning)
        assert (run.state, record(run, "warned").cached) == (State.SUCCEEDED, cached)
        assert load_run(runs.home, run.id).warnings == ("warned: shares(label): too high",)
        finished = next(event for event in runs.of(TaskFinished) if event.record.id == "warned")
        assert line_of(finished).endswith("\n  ⚠ warned warns: shares(label): too high")
        assert line_of(runs.of(RunFinished)[0]).endswith(", 1 warning)")
        told = json.loads(path.read_text())
        assert json.loads(told["STOCKPOT_WARNINGS"]) == ["warned: shares(label): too high"]
        assert told["STOCKPOT_WARNED"] == "1"


def test_of_many_warnings_a_part_is_handed_on_with_their_number(runs: Runs, tmp_path: Path) -> None:
    """As much as a variable can hold, however the letters are written; the rest is in the report."""
    path = tmp_path / "told"

    @dsl.pipeline(name="warning")
    def warning():
        with dsl.ExitHandler(told_environment(path=str(path))):
            warned_often()

    assert runs(warning).state is State.SUCCEEDED
    told = json.loads(path.read_text())
    assert (len(json.loads(told["STOCKPOT_WARNINGS"])), told["STOCKPOT_WARNED"]) == (20, "34")


def test_records_that_cannot_be_read_hide_no_others(runs: Runs) -> None:
    """A cut record, and one of another version, are passed over in the list and said when asked for."""

    @dsl.pipeline(name="whole")
    def whole():
        probes.write(text="a")

    run = runs(whole)
    for name, text in (("cut", '{"id": '), ("newer", '{"id": "x", "tasks": []}'), ("list", "[]")):
        run_directory(runs.home, name).mkdir()
        (run_directory(runs.home, name) / "run.json").write_text(text)
        with pytest.raises(ConfigurationError, match=f"the record of run {name} cannot be read"):
            load_run(runs.home, name)
    assert [each.id for each in list_runs(runs.home)] == [run.id]


def test_a_pipe_in_place_of_progress_is_not_waited_for(tmp_path: Path) -> None:
    """Progress is read between two looks at the step; a pipe without a writer would hold up the whole run."""
    (tmp_path / "work").mkdir()
    os.mkfifo(tmp_path / "work" / "progress")
    assert reported(tmp_path) == ""
