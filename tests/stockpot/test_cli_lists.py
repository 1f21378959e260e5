"""Lists fit a terminal and are there as JSON, pages are opened, logs shown, and a shell completes the words."""

import contextlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from components.shell.counts import counted
from stockpot import cli
from stockpot.commands.looking import show
from stockpot.commands.options import Form
from stockpot.commands.telling import _logs_here
from stockpot.compiler.tracing import entries
from stockpot.display.columns import fitted
from stockpot.images.build import Built
from stockpot.images.sources import Sources
from stockpot.images.table import rows_of
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_run

STOCKPOT = Path(sys.executable).with_name("stockpot")
_OWN = ("DATABASE_URL", "MINIO_", "PYICEBERG_", "KAFKA_", "STOCKPOT_", "ARGO_", "COLUMNS")
LONG = "user-item-interactions-20260115T030000Z-1f2e"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home with two runs, one of a long name, and the command on PATH."""
    for name, state in ((LONG, State.SUCCEEDED), ("moderation-training-20260116T030000Z-0000", State.FAILED)):
        run = Run(
            id=name, pipeline=name.rsplit("-", 2)[0], description="", reference="x", plan="0",
            as_of="2026-01-15T03:00:00Z", created=f"2026-01-1{len(name) % 10}T03:00:00Z", parameters={}, state=state,
            ended="2026-01-20T03:00:00Z", exit_code=0, error="",
        )  # fmt: skip
        run_directory(tmp_path / "home", name).mkdir(parents=True)
        write_run(run_directory(tmp_path / "home", name), run)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    return {**clean, "STOCKPOT_HOME": str(tmp_path / "home"), "PATH": f"{STOCKPOT.parent}:{os.environ['PATH']}"}


def called(environment: dict[str, str], *words: str, **more: str) -> str:
    """What the command prints."""
    return done(environment, *words, **more).stdout


def done(environment: dict[str, str], *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command, ended."""
    return subprocess.run([STOCKPOT, *words], capture_output=True, text=True, check=False, env={**environment, **more})


@pytest.mark.parametrize(
    ("line", "among", "no"),
    [
        ("stockpot ru", ["run", "runs"], "report"),
        ("stockpot plan mod", ["moderation-training"], "verify-pipeline"),
        ("stockpot show ", ["verify-pipeline", "timeseries"], "latest"),
        ("stockpot resume ", ["latest", LONG], "timeseries"),
        ("stockpot logs user", [LONG], "latest"),
        ("stockpot report lat", ["latest"], LONG),
        ("stockpot runs --ou", ["--output"], "--limit"),
        ("stockpot runs --output ", ["text", "json"], "csv"),
        ("stockpot services ", ["up", "down", "status", "env"], "run"),
    ],
)
def test_bash_completes(environment: dict[str, str], line: str, among: list[str], no: str) -> None:
    """Commands, pipelines, runs, options and their values, through the script that bash is given."""
    asks = """eval "$(stockpot completion bash)"
IFS=' ' read -ra COMP_WORDS <<< "$1"
[[ "$1" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
_stockpot_completion stockpot
printf '%s\\n' "${COMPREPLY[@]}" """
    bash = ["bash", "-c", asks, "bash", line]
    answer = subprocess.run(bash, capture_output=True, text=True, check=True, env=environment)
    offered = answer.stdout.split()
    assert set(among) <= set(offered)
    assert no not in offered
    assert answer.stderr == ""


@pytest.mark.parametrize(("shell", "word"), [("zsh", "compdef"), ("fish", "complete --command stockpot")])
def test_other_shells_have_scripts_too(environment: dict[str, str], shell: str, word: str) -> None:
    """In their own language."""
    assert word in called(environment, "completion", shell)


def on_a_terminal(environment: dict[str, str], *words: str, columns: int = 80) -> list[str]:
    """The lines that the command prints on a terminal of that width."""
    ours, theirs = pty.openpty()
    told = {**environment, "COLUMNS": str(columns)}
    process = subprocess.Popen([STOCKPOT, *words], stdout=theirs, stderr=subprocess.DEVNULL, env=told)
    os.close(theirs)
    said = b""
    # A terminal whose other end is closed is an error, not an end.
    with contextlib.suppress(OSError):
        while more := os.read(ours, 65536):
            said += more
    os.close(ours)
    process.wait(60)
    return said.decode().splitlines()


LISTS = ["list", "runs", "plan verify-pipeline", "plan timeseries", "services status", "doctor", "clean --keep 0"]


@pytest.mark.parametrize("words", LISTS)
def test_lists_fit_a_terminal(environment: dict[str, str], words: str) -> None:
    """Of 80 columns, but for a long path on a line of its own; the first column of each row is whole, to be copied."""
    lines = on_a_terminal(environment, *words.split())
    assert len(lines) > 2
    assert [line for line in lines if len(line) > 80 and len(line.split()) > 1] == []
    whole = called(environment, *words.split())
    assert {line.split()[0] for line in whole.splitlines() if line} <= {line.split()[0] for line in lines if line}


def be_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Have this process's stdout be a terminal of that width."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))


@pytest.mark.parametrize("name", sorted(entries()))
def test_every_pipeline_is_shown_within_a_terminal(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its words, its parameters and its steps, as boxes or as a list."""
    be_a_terminal(monkeypatch, 80)
    show(name, tmp_path)
    told = capsys.readouterr().out
    assert f"{name} - {entries()[name].title}" in " ".join(told.split())
    assert max(map(len, told.splitlines())) <= 80


def test_sizes_of_images_fit_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What each does is folded below itself."""
    be_a_terminal(monkeypatch, 80)
    sources = Sources()
    rows = rows_of([Built(step, "a:1", "a:1", 41_600_000, 90_000_000) for step in sources.steps()], sources)
    assert max(map(len, fitted(("STEP", "OWN MB", "ON SLIM", "WHAT IT DOES"), rows).splitlines())) <= 80


def test_a_pipeline_is_shown_to_programs_with_its_last_run(environment: dict[str, str], tmp_path: Path) -> None:
    """Parameters, steps with what they wait for, and how the last run in that home ended."""
    found = json.loads(called(environment, "show", "moderation-training", "--output", "json"))
    assert found["last_run"] == {
        "run": "moderation-training-20260116T030000Z-0000", "state": "failed", "as_of": "2026-01-15T03:00:00Z",
    }  # fmt: skip
    steps = {step["step"]: step for step in found["steps"]}
    assert steps["load-iceberg"]["after"] == ["check-quality", "publish-raw"]
    assert [name for name, step in steps.items() if step["at_exit"]] == ["end-run"]
    (views_from,) = [each for each in found["parameters"] if each["name"] == "views_from"]
    assert (views_from["type"], views_from["default"]) == ("STRING", "auto")
    elsewhere = ["--home", str(tmp_path / "other")]
    assert json.loads(called(environment, "show", "timeseries", "--output", "json", *elsewhere))["last_run"] is None
    assert "Last run: none in this home\n" in called(environment, "show", "moderation-training", *elsewhere)
    shown = called(environment, "show", "moderation-training")
    assert "Last run: moderation-training-20260116T030000Z-0000 failed\n" in shown


def without(option: str) -> list[str]:
    """The commands that do something and do not know the option."""
    return [
        " ".join(path)
        for path, command in commands(get_command(cli.app))
        if not {*NO_ANSWERS} & {" ".join(path)} and option not in {each for one in command.params for each in one.opts}
    ]


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """All commands below it, each with the words that call it."""
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


# Groups, and what a program would not read: a script for a shell, a screen, and runs that `run` tells of one by one.
NO_ANSWERS = ["", "new", "services", "completion", "watch", "demo"]
ELSEWHERE = ["compile", "images", "list", "new pipeline", "new step", "sample-data events", "schedule", "submit"]


def test_every_answer_is_there_as_json_and_of_any_home() -> None:
    """But what knows nothing of a home: pipelines, what is made of them for a cluster, and files that are written."""
    assert without("--output") == []
    assert sorted(without("--home")) == ELSEWHERE


@pytest.mark.parametrize(("number", "told"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (12345, "12,345 rows")])
def test_one_is_told_as_one(number: int, told: str) -> None:
    """Wherever rows, steps, packages and the like are counted."""
    assert counted(number, "row") == told


def test_what_has_no_room_is_left_out_in_order(environment: dict[str, str]) -> None:
    """Of runs the time of their start first, which is in their names; a wider terminal shows more."""
    heads = {width: on_a_terminal(environment, "runs", columns=width)[0].split() for width in (60, 80, 100, 130)}
    assert heads[130] == ["RUN", "STATE", "AS", "OF", "STARTED", "TIME", "STEPS"]
    assert heads[100] == ["RUN", "STATE", "AS", "OF", "TIME", "STEPS"]
    assert heads[80] == ["RUN", "STATE", "TIME", "STEPS"]
    # Where even that is too much, nothing is lost in silence but what was said to be spare.
    assert heads[60] == ["RUN", "STATE", "TIME"]


def test_in_a_pipe_each_row_is_a_line(environment: dict[str, str]) -> None:
    """However wide the terminal is said to be."""
    rows = called(environment, "runs", COLUMNS="40").splitlines()
    assert len(rows) == 3
    assert rows[0].split() == ["RUN", "STATE", "AS", "OF", "STARTED", "TIME", "STEPS"]


def test_long_words_are_folded_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last column goes on below itself; a word that is too long stays whole."""
    be_a_terminal(monkeypatch, 34)
    text = fitted(("A", "B"), [("first", "one two three four five six seven"), ("second", "eight")])
    assert text.splitlines() == [
        "A       B", "first   one two three four five", "        six seven", "second  eight",
    ]  # fmt: skip
    assert fitted(("A",), [("x" * 40,)]).splitlines() == ["A", "x" * 40]


def test_endpoints_are_there_as_json(environment: dict[str, str]) -> None:
    """The same that the `export` lines say."""
    own = {
        "DATABASE_URL": "postgresql://me@127.0.0.1:1/db", "MINIO_ENDPOINT": "http://127.0.0.1:1",
        "MINIO_ACCESS_KEY": "key", "MINIO_SECRET_KEY": "it's a word",
    }  # fmt: skip
    found = json.loads(called(environment, "services", "env", "--output", "json", **own))
    assert found["MINIO_SECRET_KEY"] == "it's a word"
    lines = called(environment, "services", "env", **own).splitlines()
    assert [line.partition("=")[0] for line in lines] == [f"export {name}" for name in found]


def test_pages_are_opened_in_the_browser(environment: dict[str, str], tmp_path: Path) -> None:
    """The index, or a report; where no browser can be started, the path is there all the same."""
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    browser.chmod(0o700)
    own = {"BROWSER": f"{browser} %s"}
    paths = [Path(called(environment, "report", *words, "--open", **own).strip()) for words in (["--all"], [LONG])]
    assert opened.read_text().splitlines() == [path.as_uri() for path in paths]
    assert [path.name for path in paths] == ["index.html", "report.html"]
    assert f"{LONG}/report.html" in paths[0].read_text()
    assert Path(called(environment, "report", "--open", **own).strip()) == paths[0], "--open alone means all runs"
    left = done(environment, "report", "--all", "--open", BROWSER="/bin/false %s", PATH=str(STOCKPOT.parent))
    assert (left.returncode, left.stdout.strip()) == (11, str(paths[0]))
    assert left.stderr == f"error: no browser can be started - open {paths[0]} yourself, or name one in BROWSER\n"
    told = [json.loads(called(environment, "report", word, "--output", "json")) for word in ("--all", LONG, "latest")]
    assert [each["page"] for each in told[:2]] == [str(path) for path in paths]
    assert [each["run"] for each in told] == [None, LONG, Path(told[2]["page"]).parent.name]


@pytest.mark.parametrize("words", [["report"], ["report", "latest", "--all"]])
def test_one_page_is_asked_for(environment: dict[str, str], words: list[str]) -> None:
    """A run's or that of all runs, in one line otherwise."""
    left = done(environment, *words)
    assert (left.returncode, left.stdout) == (11, "")
    assert left.stderr == "error: one of RUN and --all is needed - try `stockpot report latest`\n"


@pytest.fixture
def talking(environment: dict[str, str]) -> dict[str, str]:
    """The same with a run whose step `a` has said something that a terminal would obey."""
    home = Path(environment["STOCKPOT_HOME"])
    task = TaskRecord("a", "a", "container", state=State.FAILED, started="2026-01-15T00:00:01Z")
    about = {"description": "", "reference": "x", "plan": "0", "as_of": "", "created": "2026-01-21T00:00:00Z"}
    write = Run("talk-1", "talk", **about, parameters={}, state=State.FAILED, tasks=(task,), error="a: no")
    place = run_directory(home, "talk-1") / "steps" / "a"
    place.mkdir(parents=True)
    write_run(run_directory(home, "talk-1"), write)
    (place / "stderr").write_bytes(b"\x1b[2Jgone\xff\r\n\tsecond")
    return environment


def test_logs_are_shown_behind_their_steps(talking: dict[str, str]) -> None:
    """Of one step alone as they are; followed, with the end of the run on stderr. Escape sequences are written out."""
    lines = ["\\x1b[2Jgone\N{REPLACEMENT CHARACTER}", "\tsecond"]
    assert called(talking, "logs", "latest").splitlines() == [f"a │ {line}" for line in lines]
    assert called(talking, "logs", "talk-1", "a").splitlines() == lines
    followed = done(talking, "logs", "latest", "-f")
    assert (followed.returncode, followed.stderr) == (0, "Run talk-1 failed: a: no\n")
    assert followed.stdout.splitlines() == [f"a │ {line}" for line in lines]
    document = json.loads(called(talking, "logs", "latest", "--output", "json"))
    said = [{"step": "a", "line": "\x1b[2Jgone\N{REPLACEMENT CHARACTER}"}, {"step": "a", "line": "\tsecond"}]
    assert document == {"run": "talk-1", "state": "failed", "lines": said}
    followed = done(talking, "logs", "talk-1", "a", "-f", "--output", "json")
    assert (json.loads(followed.stdout), followed.stderr) == (document, "Run talk-1 failed: a: no\n")
    wrong = done(talking, "logs", "latest", "b")
    assert (wrong.returncode, wrong.stdout) == (11, "")
    assert "run talk-1 has no step 'b' - name one of: a" in wrong.stderr


def test_a_document_of_logs_is_whole_where_it_is_broken_off(
    talking: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By Ctrl-C: each line is there as it comes, and nothing that was said is lost."""
    begun = []

    def follow(home: Path, run: str, step: str, say: Any) -> None:
        for line in ("one", "t\x1bwo"):
            say("a", line)
            begun.append(capsys.readouterr().out)
        raise KeyboardInterrupt

    monkeypatch.setattr("stockpot.local.logs.follow_logs", follow)
    with pytest.raises(KeyboardInterrupt):
        _logs_here("talk-1", "", Path(talking["STOCKPOT_HOME"]), Form.JSON, follow=True)
    assert '"one"' in begun[0]
    said = [{"step": "a", "line": "one"}, {"step": "a", "line": "t\x1bwo"}]
    document = json.loads("".join(begun) + capsys.readouterr().out)
    assert document == {"run": "talk-1", "state": "failed", "lines": said}
