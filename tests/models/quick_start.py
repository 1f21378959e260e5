"""The quick start of docs/articles-embeddings.md with the real MiniLM: do neighbours make sense?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.docs_commands import ROOT, of_page
from tests.models.minilm import unpacked

PAGE = "articles-embeddings.md"
MODEL = "/models/minilm"
_FIRST = 5


def typed(home: Path, words: tuple[str, ...]) -> str:
    """What a command of the page prints, in a home of its own."""
    command = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
    told = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_URL", "MINIO_", "PG"))}
    done = subprocess.run(command, env=told | {"STOCKPOT_HOME": str(home)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the commands of the page's first block print, by what is sought."""
    directory = tmp_path_factory.mktemp("quick")
    if not (model := unpacked(directory / "model")):
        pytest.skip("no wheels: make test-models fetches them")
    block = [each.words for each in of_page(PAGE, (ROOT / "docs" / PAGE).read_text()) if each.whole][:_FIRST]
    told = {}
    for words in block:
        told[words[-1]] = typed(directory / "home", tuple(word.replace(MODEL, str(model)) for word in words))
        print(told[words[-1]])
    return told


def test_a_text_finds_what_it_describes(shown: dict[str, str]) -> None:
    """None of the words `warm` and `winter` stands in a text of the sample."""
    first, second, third = neighbours(shown["warm winter sweater"])[:3]
    assert all("Sweater" in each for each in (first, second, third))
    assert "wool" in first


def test_an_article_finds_its_like(shown: dict[str, str]) -> None:
    """A blouse is next to a blouse."""
    assert "Blouse" in neighbours(shown["0108775001"])[0]


def neighbours(text: str) -> list[str]:
    """The lines below the heads."""
    lines = text.splitlines()
    return lines[next(place for place, line in enumerate(lines) if line.startswith("ID ")) + 1 :]
