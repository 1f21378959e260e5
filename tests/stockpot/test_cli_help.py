"""Help in sections, with the parameters of the pipeline that is named; and a command that leads to another."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stockpot import cli
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_run

PANELS = ["Options", "Pipelines and runs", "Data and services", "Other engines"]
Say = Callable[..., tuple[object, str, str]]


@pytest.fixture
def stockpot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Call the command in this process: exit code, stdout and stderr."""

    def call(*words: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["stockpot", *words])
        monkeypatch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as left:
            cli.main()
        return (left.value.code, *capsys.readouterr())

    return call


def sections(text: str) -> dict[str, str]:
    """The parts of a help page by their headings."""
    parts = re.split(r"^(\w[^\n]*):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_commands_are_grouped(stockpot: Say) -> None:
    """Each in one section, in columns that stand below each other, within the terminal."""
    _, out, _ = stockpot("--help")
    found = sections(out)
    assert list(found) == PANELS
    named = {panel: re.findall(r"^  (\S+)  ", text, re.MULTILINE) for panel, text in found.items()}
    assert {"list", "run", "resume", "backfill", "new"} <= {*named["Pipelines and runs"]}
    assert {"table", "services", "doctor"} <= {*named["Data and services"]}
    assert named["Other engines"] == ["compile", "submit", "schedule", "images"]
    lines = [line for panel in PANELS[1:] for line in found[panel].splitlines() if line]
    assert {line.find(line.split(maxsplit=1)[1]) for line in lines} == {2 + len("sample-data") + 2}
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("command", "panels"),
    [
        ("plan", ["What the run is about", "Where it runs"]),
        ("run", ["What the run is about", "Where it runs"]),
        ("backfill", ["What the run is about", "Where it runs"]),
        ("submit", ["What the run is about", "Where it runs", "Kubeflow Pipelines"]),
    ],
)
def test_options_are_grouped(stockpot: Say, command: str, panels: list[str]) -> None:
    """Each once; what is about nothing else stands last, and no pipeline is told of where none is named."""
    code, out, err = stockpot(command, "--help")
    assert (code, err) == (0, "")
    found = sections(out)
    assert list(found) == ["Arguments", *panels, "Options"]
    assert "--param NAME=VALUE" in found["What the run is about"]
    assert "--output" in found["Options"]
    options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", out, re.MULTILINE)
    assert len(options) == len({*options})


@pytest.mark.parametrize("command", ["plan", "run", "submit", "backfill"])
def test_help_tells_the_parameters_of_the_pipeline(stockpot: Say, command: str) -> None:
    """With their types, defaults and descriptions, wherever `--help` stands, and whatever else is given."""
    code, out, err = stockpot(command, "--help", "verify-pipeline", "--param", "limit=3")
    assert (code, err) == (0, "")
    told = sections(out)["Parameters of verify-pipeline, for --param NAME=VALUE"]
    assert re.search(r"^  limit INTEGER +\w", told, re.MULTILINE)
    assert "[default: 5]" in " ".join(told.split())
    (example,) = sections(out)["For example"].strip().splitlines()
    between = " --from 2026-01-01T00:00:00Z" if command == "backfill" else ""
    assert example.strip().startswith(f"stockpot {command} verify-pipeline{between} --param ")


def test_the_example_has_an_instant_where_the_pipeline_takes_one(stockpot: Say) -> None:
    """But for a backfill, which goes from one to another."""
    _, out, _ = stockpot("run", "timeseries", "--help")
    assert "  stockpot run timeseries --as-of 2026-01-15T00:00:00Z\n" in sections(out)["For example"]
    assert max(map(len, out.split("Arguments:")[1].splitlines())) <= 80
    assert "--as-of" not in stockpot("backfill", "timeseries", "--help")[1]


def test_what_must_be_given_is_in_every_example(stockpot: Say, tmp_path: Path) -> None:
    """A parameter without a default says so; a pipeline without any says that."""
    file = tmp_path / "some.py"
    file.write_text(
        "from kfp import dsl\n\n"
        "@dsl.component\ndef say(text: str, often: int):\n    print(text * often)\n\n"
        "@dsl.pipeline\ndef told(text: str, often: int = 2):\n    say(text=text, often=often)\n\n"
        "@dsl.pipeline\ndef silent():\n    say(text='a', often=1)\n"
    )
    _, out, _ = stockpot("run", f"{file}:told", "--help")
    assert re.search(r"^  text TEXT +\[required\]$", out, re.MULTILINE)
    assert out.endswith(f"  stockpot run {file}:told --param text=VALUE --param often=2\n")
    assert "Parameters of silent:\n  It takes none.\n" in stockpot("plan", f"{file}:silent", "--help")[1]


def test_help_for_an_unknown_pipeline_names_the_near_match(stockpot: Say) -> None:
    """Its parameters are what was asked for, and nobody has them."""
    code, out, err = stockpot("run", "moderation-trainin", "--help")
    assert (code, out) == (11, "")
    assert err == "error: there is no pipeline 'moderation-trainin' - did you mean 'moderation-training'?\n"


@pytest.mark.parametrize("option", ["--from", "--only"])
def test_a_part_of_a_new_run_leads_to_the_newest_one(
    stockpot: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """In place of a run there is the command that goes on with the one that is there, of this pipeline and home."""
    monkeypatch.setenv("STOCKPOT_HOME", str(tmp_path))
    words = ("run", "verify-pipeline", option)
    said = f"error: {option} is for a run that is there: a new one has nothing to hand to a step in its middle"
    none = f"{said} - leave it out: nothing of verify-pipeline was run in {tmp_path} yet\n"
    assert stockpot(*words, "verify-table") == (11, "", none)
    for number, pipeline in enumerate(("verify-pipeline", "verify-pipeline", "verify-pipeline-too"), 1):
        keep_run(tmp_path, f"verify-pipeline-{number}", pipeline)
    newest = f"{said} - go on with the newest: stockpot resume verify-pipeline-2 {option} a --home {tmp_path}\n"
    assert stockpot(*words, "a") == (11, "", newest)
    assert "run verify-pipeline-2 has no step 'b' - name one of: a" in stockpot(*words, "b")[2]
    assert "did you mean 'verify-pipeline'" in stockpot("run", "verify-pipelin", option, "a")[2]
    assert len([*(tmp_path / "runs").iterdir()]) == 3


def keep_run(home: Path, name: str, pipeline: str) -> None:
    """A run of one step, which has failed."""
    run = Run(
        id=name, pipeline=pipeline, description="", reference=pipeline, plan="0", as_of="2026-01-15T00:00:00Z",
        created=f"2026-01-15T00:00:0{name[-1]}Z", parameters={}, state=State.FAILED,
        tasks=(TaskRecord("a", "a", "container", state=State.FAILED),),
    )  # fmt: skip
    run_directory(home, name).mkdir(parents=True)
    write_run(run_directory(home, name), run)
