"""The program around a Python component in its pod: what it tells the component, and what it makes of the answer."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from kfp import dsl

from stockpot.compiler import executor
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.argo_carrying import BRACE, carried
from stockpot.compiler.definitions import from_component, load
from stockpot.compiler.executor import words_of
from tests.stockpot.compiler.test_carrying import TEXTS, started

ODD = "{{workflow.name}} {{=1}} $(HOME) $$ ${x} é \x1b\r\n"
# Python as in an image in which all is installed: pip has nothing to do.
_PYTHON = f'#!/bin/sh\n[ "$2" = pip ] || exec {sys.executable} "$@"\n'
Template = Mapping[str, Any]


@dsl.component(base_image="python:3.11")
def _echo(text: str, number: int, share: float, yes: bool, items: list, options: dict) -> dict:  # noqa: PLR0917 - as people write them
    return {"text": text, "number": number, "share": share, "yes": yes, "items": items, "options": options}


@dsl.component(base_image="python:3.11")
def _odd_number() -> float:
    return float("nan")


class Pod:
    """Runs the container of a template, its `/inputs` and `/outputs` below a directory."""

    def __init__(self, room: Path) -> None:
        self.room, self.outputs = room, room / "outputs"
        for name, program in (("python3", _PYTHON), ("pip", "#!/bin/sh\n")):
            (room / "bin").mkdir(exist_ok=True)
            (room / "bin" / name).write_text(program)
            (room / "bin" / name).chmod(0o755)

    def start(
        self, template: Template, values: Mapping[str, str], read: Callable[[str], str] = started
    ) -> "subprocess.Popen[str]":
        """The container with these values as they are carried; `read` is what becomes of its arguments on the way."""
        shutil.rmtree(self.outputs, ignore_errors=True)
        (self.room / "inputs").mkdir(exist_ok=True)
        self.outputs.mkdir()
        container = template["container"]
        named = {f'{{{{=inputs.parameters["{name}"]}}}}': carried(value) for name, value in values.items()}
        arguments = [named.get(each, each) for each in container["args"]]
        ours = re.compile(r'(\A|")/(?=(inputs|outputs)["/])')
        arguments = [ours.sub(rf"\1{self.room}/", each) for each in arguments]
        environment = {each["name"]: each["value"] for each in container["env"] if "value" in each}
        return subprocess.Popen(
            [*map(started, container["command"]), *map(read, arguments)],
            env={**environment, "PATH": f"{self.room}/bin:{os.environ['PATH']}"},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.room,
        )  # fmt: skip

    def run(self, template: Template, values: Mapping[str, str], read: Callable[[str], str] = started) -> None:
        """Start it and see that it ends well."""
        process = self.start(template, values, read)
        _, told = process.communicate()
        assert process.returncode == 0, told

    def hand_over(self) -> None:
        """Make the outputs the next pod's inputs, as Argo does."""
        shutil.rmtree(self.room / "inputs", ignore_errors=True)
        shutil.copytree(self.outputs, self.room / "inputs")

    def said(self, name: str) -> str:
        """An output parameter, as Argo reads it."""
        return (self.outputs / name).read_text().removesuffix("\n")


@pytest.fixture
def pod(tmp_path: Path) -> Pod:
    """A pod on this machine."""
    return Pod(tmp_path)


def _template(plan: Any, name: str) -> Template:
    ((document, *_), _) = argo_documents(plan)
    found: Template = next(each for each in document["spec"]["templates"] if each["name"] == name)
    return found


@pytest.mark.parametrize("read", [started, str], ids=["read by Kubernetes", "in a file"])
def test_values_arrive_in_their_types_and_go_on_as_texts(pod: Pod, read: Callable[[str], str]) -> None:
    """Also where they come in a file, which is so when they are long, and nothing in them is filled in."""
    values = {
        "text": ODD,
        "number": "3",
        "share": "0.5",
        "yes": "True",
        "items": '[1,"a",null]',
        "options": '{"a":"{{x}}"}',
    }
    pod.run(_template(from_component(_echo), "echo"), values, read)
    said = json.loads(pod.said("Output"))
    assert said == {
        "text": ODD, "number": 3, "share": 0.5, "yes": True, "items": [1, "a", None], "options": {"a": "{{x}}"}
    }  # fmt: skip


def test_artifacts_and_what_is_told_of_them(pod: Pod, fixtures: Path) -> None:
    """The fixture's two components: the second checks what the first has told; its program is KFP's own."""
    plan = load(f"{fixtures}/lightweight.py:light")
    pod.run(_template(plan, "make"), {})
    values = {name: pod.said(name) for name in ("text", "letters")}
    assert values == {"text": "said\n", "letters": "4"}
    pod.hand_over()
    pod.run(_template(plan, "look"), values)
    assert pod.said("Output") == "2"


def test_what_is_no_number_in_json(pod: Pod) -> None:
    """KFP refuses it too; the line says what is wrong."""
    process = pod.start(_template(from_component(_odd_number), "odd-number"), {})
    assert process.communicate()[1].splitlines()[-1] == (
        "error: its executor output cannot be read: NaN is no number in JSON"
    )
    assert process.returncode == 10


def _arguments(room: Path, *words: str, **known: Any) -> list[str]:
    plain = {
        "inputs": {},
        "parameters": [],
        "artifacts": {},
        "values": {},
        "doubtful": [],
        "kept": False,
        "from": str(room),
    }
    whole = {**plain, "to": str(room), "words": [["text"]] * len(words), **known}
    return ["$", json.dumps(whole), *words]


def _ends(arguments: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", executor.__file__, *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("words", "known", "ended"),
    [
        (["sh", "-c", "exit 7"], {}, (7, "")),
        (["sh", "-c", "kill -9 $$"], {}, (137, "")),
        (["nowhere"], {}, (127, "error: nowhere cannot be started: No such file or directory\n")),
        (["true"], {"parameters": ["a", "b"]},
         (10, "error: ended well but wrote no output a, b - every declared output has to be written\n")),
        (["sh", "-c", "printf 'a\\377b' > a"], {"parameters": ["a"]},
         (10, "error: output 'a' is no UTF-8 - write text, or declare it as an artifact\n")),
        (["sh", "-c", "printf '[1]' > executor_output.json"], {},
         (10, "error: its executor output cannot be read: it is no object\n")),
        (["sh", "-c", "printf '{\"artifacts\": {\"x\": 3}}' > executor_output.json"],
         {"artifacts": {"x": "system.Model"}}, (10, "error: its executor output cannot be read: x is no object\n")),
    ],
    ids=["code", "killed", "no program", "no output", "no text", "no object", "no artifact"],
)  # fmt: skip
def test_how_a_pod_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], known: Any, ended: tuple[int, str]
) -> None:
    """With the code of the component's own command, or one line of what is wrong."""
    monkeypatch.chdir(tmp_path)
    assert _ends(_arguments(tmp_path, *words, **known)) == ended


def test_an_input_of_another_type(tmp_path: Path) -> None:
    """The line says so, and the command is not started."""
    arguments = _arguments(tmp_path, "touch", str(tmp_path / "begun"), values={"n": "LIST"})
    code, line = _ends([*arguments[:2], "nothing", *arguments[2:]])
    assert (code, line[:34]) == (10, "error: its inputs cannot be read: ")
    assert not (tmp_path / "begun").exists()


def test_the_wish_to_end_reaches_the_command(tmp_path: Path) -> None:
    """A pod that is stopped ends at once."""
    begun = tmp_path / "begun"
    arguments = _arguments(tmp_path, "sh", "-c", f"touch {begun}; exec sleep 60")
    with subprocess.Popen([sys.executable, "-I", executor.__file__, *arguments]) as process:
        while not begun.exists():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143


_ENDED_AT_ONCE = """
import os, signal, subprocess, sys
from stockpot.compiler import executor

start = subprocess.Popen

def started(words):
    process = start(words)
    os.kill(os.getpid(), signal.SIGTERM)
    return process

subprocess.Popen = started
sys.exit(executor._run(["sleep", "60"]))
"""


def test_the_wish_to_end_may_come_while_the_command_is_started() -> None:
    """Before anybody knows which process it is."""
    done = subprocess.run([sys.executable, "-c", _ENDED_AT_ONCE], timeout=30, check=False)
    assert done.returncode == 143


@given(TEXTS, TEXTS)
def test_no_value_changes_on_its_way(text: str, word: str) -> None:
    """Read by Kubernetes or not, the component is told what was handed on."""
    known = {
        "inputs": {}, "parameters": [], "artifacts": {}, "values": {"text": "STRING"}, "doubtful": [], "from": "/in",
        "kept": False, "to": "/out", "words": [["text", "input"], ["escaped"]],
    }  # fmt: skip
    arguments = ["$$", *map(carried, (json.dumps(known), text, word))]
    with patch.dict(os.environ, {BRACE: "{"}):
        both = [words_of(arguments), words_of([started(each) for each in arguments])]
    for found in both:
        told = found[1][0].removeprefix(word)
        assert json.loads(told)["inputs"]["parameterValues"] == {"text": text}
        assert json.loads(f'"{found[1][1]}"') == told


def test_a_parameter_that_was_not_given() -> None:
    """Of an optional parameter of the pipeline without default, an empty text is no value."""
    known = {"inputs": {}, "parameters": [], "artifacts": {}, "kept": False, "from": "", "to": "", "words": [["input"]]}
    for doubtful, told in ((["text"], {}), ([], {"parameterValues": {"text": ""}})):
        whole = json.dumps({**known, "values": {"text": "STRING"}, "doubtful": doubtful})
        assert json.loads(words_of(["$", whole, ""])[1][0])["inputs"] == told


def test_what_a_component_has_told_goes_before_its_files(tmp_path: Path) -> None:
    """As in KFP; one newline is added, for Argo takes one off."""
    (tmp_path / "a").write_text("of the file")
    told = {"parameterValues": {"a": "told\n", "b": [1, "é"], "c": True, "other": 1}}
    (tmp_path / "executor_output.json").write_text(json.dumps(told))
    executor.collect({"parameters": ["a", "b", "c"], "artifacts": {}}, str(tmp_path), str(tmp_path))
    assert [(tmp_path / name).read_text() for name in "abc"] == ["told\n\n", '[1,"é"]\n', "true\n"]
    assert not (tmp_path / "other").exists()


def test_whole_numbers_are_written_as_such(tmp_path: Path) -> None:
    """However deep, told and handed on, as KFP writes them, with an exponent from 1e21 on."""
    told = {"parameterValues": {"a": [1.0, {"n": 3.0, "m": [1e16, 0.5]}, True, -0.0], "b": 1e16, "c": [2.0**63, 1e21]}}
    (tmp_path / "executor_output.json").write_text(json.dumps(told))
    executor.collect({"parameters": ["a", "b", "c"], "artifacts": {}}, str(tmp_path), str(tmp_path))
    assert [(tmp_path / name).read_text() for name in "abc"] == [
        '[1,{"n":3,"m":[10000000000000000,0.5]},true,0]\n', "10000000000000000\n", "[9223372036854776000,1e+21]\n"
    ]  # fmt: skip
    asked = executor.executor_input(
        {"inputs": {}, "parameters": [], "artifacts": {}}, {"x": [1.0, {"n": 1e16}]}, {}, ""
    )
    assert '"x": [1, {"n": 10000000000000000}]' in asked


def test_an_artifact_that_lies_elsewhere(tmp_path: Path) -> None:
    """A path is one of files to bring, also a folder and also in the directory of work; an address stays an address.

    Its name is the output's, whatever the component has set.
    """
    work, outputs = tmp_path / "work", tmp_path / "outputs"
    (work / "folder").mkdir(parents=True)
    (work / "folder" / "file").write_text("x")
    outputs.mkdir()
    told = {
        "a": {"uri": "folder"},
        "b": {"uri": str(work / "folder" / "file"), "name": "mine", "metadata": {"k": [1]}},
        "c": {"uri": "s3://bucket/key", "metadata": {"k": 1}},
        "d": {"uri": str(work / "nothing")},
    }
    listed = {name: {"artifacts": [each]} for name, each in told.items()}
    (outputs / "executor_output.json").write_text(json.dumps({"artifacts": listed}))
    interface = {"parameters": [], "artifacts": dict.fromkeys("abcde", "system.Dataset")}
    executor.collect(interface, str(outputs), str(work))
    assert ((outputs / "a" / "file").read_text(), (outputs / "b").read_text()) == ("x", "x")
    assert [(outputs / name).read_bytes() for name in "cde"] == [b"", b"", b""]
    paths = {name: str(outputs / name) for name in "abcde"}
    asked = json.loads(executor.executor_input({**interface, "inputs": interface["artifacts"]}, {}, paths, "/out"))
    given = {name: each["artifacts"][0] for name, each in asked["inputs"]["artifacts"].items()}
    assert given["b"] == {
        "name": "b", "type": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}, "uri": str(outputs / "b"),
        "metadata": {"k": [1]},
    }  # fmt: skip
    assert (given["c"]["uri"], given["c"]["metadata"]) == ("s3://bucket/key", {"k": 1})
    assert [given[name]["uri"] for name in "ade"] == [str(outputs / name) for name in "ade"]
