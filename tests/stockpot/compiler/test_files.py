"""Files with several pipelines: one that cannot be traced is told by name, and stops those alone that need it."""

from pathlib import Path

import pytest

from components.shell.errors import ConfigurationError
from stockpot.compiler.definitions import load
from stockpot.compiler.files import pipeline_of

FILE = '''"""Two pipelines, the first of which says too much."""
from kfp import dsl


@dsl.component(base_image="python:3.11")
def say(text: str):
    print(text)


@dsl.pipeline
def broken(text: str = "x"):
    say(text=text, much=1)


@dsl.pipeline
def good(text: str = "x"):
    say(text=text)


@dsl.pipeline
def needy(text: str = "x"):
    say(text=text)
    broken(text=text)
'''
WHY = 'pair.py:12 cannot be imported: TypeError: say() got an unexpected keyword argument "much".'


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """The file."""
    path = tmp_path / "pair.py"
    path.write_text(FILE)
    return path


def test_a_pipeline_beside_one_that_cannot_be_traced_is_there(pair: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what is left out is told by name, with its line, also what needs it."""
    assert [task.name for task in load(f"{pair}:good").pipeline.dag.tasks] == ["say"]
    names = ("broken", "needy")
    assert capsys.readouterr().err.splitlines() == [
        f"note: '{name}' is left out: {pair.parent}/{WHY}" for name in names
    ]


@pytest.mark.parametrize("name", ["broken", "needy"])
def test_what_cannot_be_traced_says_why(pair: Path, name: str) -> None:
    """The first cause, also of what needs it."""
    with pytest.raises(ConfigurationError) as told:
        load(f"{pair}:{name}")
    assert str(told.value) == f"{pair.parent}/{WHY}"


def test_what_is_not_in_the_file_names_what_is(pair: Path) -> None:
    """Those that can be used."""
    with pytest.raises(ConfigurationError, match=r"has no pipeline 'god' - it has good, say$"):
        pipeline_of(pair, "god")


def test_a_file_that_cannot_be_read_stops_all(pair: Path) -> None:
    """A statement that is no decorated function, or no Python."""
    for wrong, why in (("1 / 0", "ZeroDivisionError"), ("def", "invalid syntax")):
        pair.write_text(f"{FILE}\n{wrong}\n")
        with pytest.raises(ConfigurationError, match=rf"pair.py:25 cannot be imported: {why}"):
            load(f"{pair}:good")


def test_no_bytecode_is_left_or_taken(pair: Path) -> None:
    """What Python keeps of the file is of the file as it stands."""
    load(f"{pair}:good")
    assert list(pair.parent.iterdir()) == [pair]
