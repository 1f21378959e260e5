"""The commands that pages show exist, and the quick ones do what the page says."""

import sys
from pathlib import Path

import pytest

from stockpot import cli
from tests.harness.docs_commands import ROOT, commands, of_page, shown, wrong

# They start nothing and need no service.
_QUICK = {"list", "show", "plan", "runs"}
ALL = shown()


def test_every_command_of_a_page_is_one_of_todays() -> None:
    """Names, options, values, targets of make and folders for kubectl; all pages and the help's examples."""
    assert [f"{command.page}: {' '.join(command.words)}: {why}" for command in ALL if (why := wrong(command))] == []
    assert {words[1] for words in commands() if len(words) == 2} <= {
        c.words[1] for c in ALL if c.words[0] == "stockpot"
    }


@pytest.mark.parametrize(
    "text",
    [
        "```sh\nstockpot lst\n```",
        "```sh\nstockpot runs --limits 3\n```",
        "```sh\nstockpot runs --limit many   # a comment\n```",
        "```sh\nA=b stockpot run moderation-training \\\n  --parm a=b\n```",
        "```sh\nstockpot run moderation-training --param view_from=events\n```",
        "```\nstockpot table\n```",
        "Say `stockpot services stop` or not.",
        "Say `stockpot backfill PIPELINE --since A`.",
        "Say `make chek`.",
        "```sh\nkubectl apply -k manifests/overlays/none\n```",
        "```sh\npython tests/bench/bench_none.py\n```",
    ],
)
def test_what_is_stale_is_noticed(text: str) -> None:
    """The counter-test: a command, an option, a value, an argument, a target or a folder that is not there."""
    (command,) = of_page("page", text)
    assert wrong(command)


def test_the_quick_ones_end_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is typed as it stands, one after the other, in one folder and one home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STOCKPOT_HOME", str(tmp_path / "home"))
    (tmp_path / "events").mkdir()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    quick = {command.words for command in ALL if command.whole and command.words[1] in _QUICK}
    # Files that a page calls mine or its own are not here.
    typed = sorted(words for words in quick if not any("." in word for word in words[2:] if "/" not in word))
    ended = {}
    for words in typed:
        monkeypatch.setattr(sys, "argv", list(words))
        with pytest.raises(SystemExit) as left:
            cli.main()
        ended[words] = (left.value.code, capsys.readouterr().err)
    assert {words: told for words, told in ended.items() if told[0]} == {}
    assert {words[1] for words in ended} == _QUICK
