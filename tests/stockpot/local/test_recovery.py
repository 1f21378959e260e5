"""The command that a failed run names."""

import os
import shlex
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from stockpot.commands.options import files, parameters
from stockpot.local.records import Run
from stockpot.local.recovery import handed_on, joined, next_command, options_of, typed

FAILED = Run(
    id="demo-1",
    pipeline="demo",
    description="",
    reference="/a b/it's.py:demo",
    plan="hash",
    as_of="2026-01-15T00:00:00Z",
    created="2026-01-16T00:00:00Z",
    parameters={"as_of": "2026-01-15T00:00:00Z", "bucket": "lake", "views_from": "auto", "limit": 5},
    given={"views_from": "it's $HOME", "limit": 5, "events_dir": "/some where/events"},
    options={"--home": "/my home", "--jobs": "2"},
)
AGAIN = [
    "stockpot", "run", "/a b/it's.py:demo", "--as-of", "2026-01-15T00:00:00Z", "--param", "views_from=it's $HOME",
    "--param", "limit=5", "--events", "/some where/events", "--home", "/my home", "--jobs", "2",
]  # fmt: skip
CORRECTED = ["--param", "views_from=…"]
RESUME = ["stockpot", "resume", "demo-1", "--home", "/my home", "--jobs", "2"]


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (10, "check: the data breaks its contract", AGAIN),
        (13, "read: the history is gone", AGAIN),
        (11, "read-views: --views-from must be one of events, windows", [*AGAIN[:5], *CORRECTED, *AGAIN[7:]]),
        (11, "read: views_from is unknown", [*AGAIN[:5], *CORRECTED, *AGAIN[7:]]),
        (11, "publish: 'lake' does not exist", [*AGAIN[:11], "--param", "bucket=…", *AGAIN[11:]]),
        (11, "begin: as_of is no instant", [*AGAIN[:4], "…", *AGAIN[5:]]),
        (11, "extract: limit is 5", [*AGAIN[:8], "limit=…", *AGAIN[9:]]),
        (11, "extract: say what is the limit by views_from", [*AGAIN[:5], *CORRECTED, *AGAIN[7:]]),
        (10, "check: max_drop is exceeded, views_from is right", AGAIN),
        (11, "extract: Postgres refused the login: password authentication failed", RESUME),
        (11, "extract: Postgres refused: permission denied for table users", RESUME),
        (11, "the limitations of as_office", RESUME),
        (75, "extract: Postgres does not answer", RESUME),
        (14, "load: nobody knows", RESUME),
        (1, "extract: KeyError", RESUME),
        (130, "stopped", RESUME),
        (12, "load: superseded", []),
    ],
)
def test_the_cause_decides_what_goes_on(code: int, error: str, words: list[str]) -> None:
    """A wrong parameter or wrong data take the whole command again, without what is wrong; all else, the run itself."""
    assert shlex.split(next_command(replace(FAILED, exit_code=code, error=error))) == words


def test_a_run_without_a_plan_is_called_again() -> None:
    """What could not be compiled cannot go on."""
    failed = replace(FAILED, plan="", exit_code=11, error="SyntaxError")
    assert shlex.split(next_command(failed)) == AGAIN


def test_the_instant_is_told_where_the_pipeline_takes_one() -> None:
    """A pipeline without `as_of` would refuse it; one that got it as a parameter gets it once."""
    plain = replace(FAILED, exit_code=10, parameters={}, given={"as_of": "x"}, options={})
    assert next_command(plain) == "stockpot run '/a b/it'\"'\"'s.py:demo'"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("api_token", "abc def", "api_token=***"),
        ("database_password", "x y", "database_password=***"),
        ("source", "postgresql://me:hidden@host/db", "source=postgresql://***@host/db"),
        ("pwd", "hidden", "pwd=***"),
        ("private_key", "hidden", "private_key=***"),
        (
            "store",
            '{"user": "me", "secret_key": "hid\\\\den", "n": 1}',
            'store={"user": "me", "secret_key": "***", "n": 1}',
        ),
        ("store", '{"a": [{"api_key": {"value": "hidden"}}]}', 'store={"a": [{"api_key": "***"}]}'),
        ("query", "password=hidden limit", "query=password=*** limit"),
    ],
)
def test_secrets_stay_out(name: str, value: str, shown: str) -> None:
    """What a parameter's name or form tells to be secret is not repeated."""
    told = next_command(replace(FAILED, exit_code=10, given={name: value}, options={}))
    assert shlex.split(told)[-1] == shown


def test_a_command_is_one_line_that_a_shell_reads_as_it_was() -> None:
    """Line ends and escapes too, in the writing of bash and zsh."""
    assert joined(["run", "\x9b31m\u202e"]) == "run $'\\u009b31m\\u202e'"
    assert joined(["run", "two\nlines\x1b[31m'\\"]) == "run $'two\\x0alines\\x1b[31m\\'\\\\'"


def test_only_what_is_not_the_default_is_told() -> None:
    """A home, jobs and a form that somebody chose."""
    assert options_of(None, None, "") == {}
    assert options_of(Path("/h"), 2, "json") == {"--home": "/h", "--jobs": "2", "--output": "json"}
    assert options_of(None, 2, "", cached=False) == {"--jobs": "2", "--no-cache": ""}


def test_a_switch_is_told_without_a_value() -> None:
    """The command that goes on leaves the cache unasked as well."""
    run = replace(FAILED, options=options_of(None, 2, "", cached=False), exit_code=75)
    assert next_command(run) == f"stockpot resume {run.id} --jobs 2 --no-cache"


def test_a_command_can_be_typed_as_this_one_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the path of `stockpot` where a shell would not find it, and by its name where it would."""
    program = tmp_path / "my env" / "stockpot"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["my env/stockpot", "demo"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert typed("stockpot resume demo-1") == "'my env/stockpot' resume demo-1"
    assert typed("") == ""
    monkeypatch.setenv("PATH", str(program.parent))
    assert typed("stockpot resume demo-1") == "stockpot resume demo-1"


def pasted(command: str) -> list[str]:
    """The words of the command as bash reads them."""
    told = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command}"],
        capture_output=True,
        check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    ).stdout
    return told.decode().split("\0")[:-1]


def words_of(words: list[str]) -> list[str]:
    """What follows each `--param`."""
    return [word for option, word in pairwise(words) if option == "--param"]


@pytest.mark.parametrize(
    "value",
    [
        "milestones", "", " ", "two words", "it's", 'say "so"', "both ' and \"", "$HOME `id` $(id)", "back\\slash\\",
        "two\nlines", "\n", "ends\n", "a\r\nb\tc", "'quoted\nlines'\\n", "a=b=c", "=", "-x", "--param", "@file", "@",
        "@@twice", "!!", "*", "~", "#", "; rm x", "a|b&c>d", "Käse \U0001f9c0", "\x1b[31m", '{"a": ["x y", 1]}',
    ],
)  # fmt: skip
def test_a_pasted_command_gives_the_same_parameters(value: str) -> None:
    """Whatever a value holds: read by a shell, then by the command line, it is the same again."""
    command = next_command(replace(FAILED, exit_code=10, given={"views_from": value}, options={}))
    assert "\n" not in command
    assert parameters(words_of(pasted(command))) == {"views_from": value}


def test_a_command_is_handed_on_whole_or_not_at_all() -> None:
    """What has been cut could be pasted as well, and would do something else."""
    failed = replace(FAILED, exit_code=10, given={"views_from": "x" * 19_000}, options={})
    assert handed_on(failed) == next_command(failed)
    too_long = replace(failed, given={"views_from": "x" * 20_000})
    assert handed_on(too_long) == "the command in the report, which is too long to be told here"


@pytest.mark.parametrize("name", ["views_from", "db_password", "api_token", "api_key"])
def test_the_path_of_a_file_is_no_secret(name: str, tmp_path: Path) -> None:
    """Whatever the parameter is called; its value without a file would not be told."""
    (tmp_path / "pw.txt").write_text("hush-hush")
    typed_words = [f"{name}=@{tmp_path}/pw.txt"]
    failed = replace(FAILED, exit_code=10, given=parameters(typed_words), files=files(typed_words), options={})
    assert words_of(pasted(next_command(failed))) == typed_words


def test_a_pipe_is_no_file_to_come_back_to(tmp_path: Path) -> None:
    """It is read once, and the text is told."""
    os.mkfifo(tmp_path / "pipe")
    assert files([f"views_from=@{tmp_path}/pipe", "limit=@/dev/null"]) == {}


def test_a_parameter_of_a_file_is_told_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In full, for the command may be typed elsewhere; its text, which may be long and secret, is not repeated."""
    (tmp_path / "it's @a file").write_text("@secret\n" * 100_000)
    monkeypatch.chdir(tmp_path)
    typed_words = ["views_from=@it's @a file", "limit=5"]
    given, named = parameters(typed_words), files(typed_words)
    failed = replace(FAILED, exit_code=10, given=given, files=named, options={})
    command = next_command(failed)
    assert "secret" not in command
    assert words_of(pasted(command)) == [f"views_from=@{tmp_path.resolve()}/it's @a file", "limit=5"]
    assert parameters(words_of(pasted(command))) == given
    blamed = next_command(replace(failed, exit_code=11, error="read: views_from is unknown"))
    assert words_of(pasted(blamed)) == ["views_from=…", "limit=5"]
