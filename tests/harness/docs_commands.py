"""The commands that pages show: of blocks of shell, of spans of code, and of the command's own help."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer

from stockpot import cli
from stockpot.compiler.definitions import glance
from stockpot.compiler.tracing import entries

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(?:sh)?\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`(?P<text>(?:stockpot|make) [^`]*)`")
_ENDS = frozenset({"|", "||", "&&", "&", ";", ">", ">>"})
_ASSIGNED = re.compile(r"\w+=.*")
_TARGET = re.compile(r"^(?P<name>[a-z][\w%-]*):(?!=)", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """A command on a page; `whole` where it stands in a block, ready to be typed, and not in a sentence."""

    page: str
    words: tuple[str, ...]
    whole: bool


def shown() -> list[Shown]:
    """All commands of all pages, and of the examples of every command's help, each once."""
    found = [each for page in PAGES for each in of_page(page.name, page.read_text())]
    examples = (Shown(name, words, whole=True) for name, text in _helps() for words in of_lines(text))
    return list(dict.fromkeys((*found, *examples)))


def of_page(page: str, text: str) -> Iterator[Shown]:
    """The commands of one page."""
    for block in _BLOCK.finditer(text):
        yield from (Shown(page, words, whole=True) for words in of_lines(block["text"]))
    for span in _SPAN.finditer(_BLOCK.sub("", text)):
        words = span["text"].replace("\\|", "|").split()
        yield Shown(page, tuple(word.strip("[]…") for word in words if word.strip("[]…")), whole=False)


def of_lines(text: str) -> Iterator[tuple[str, ...]]:
    """The commands of a block: comments, variables before a command and what stands behind a pipe left out."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip().startswith(("stockpot ", "make ", "kubectl ", "python ")) or re.match(
            r"\w+=\S+ stockpot ", line
        ):
            words = shlex.split(line, comments=True)
            while _ASSIGNED.fullmatch(words[0]):
                words = words[1:]
            end = next((number for number, word in enumerate(words) if word in _ENDS), len(words))
            yield tuple(words[:end])


def _helps() -> Iterator[tuple[str, str]]:
    for words, command in commands().items():
        yield f"{' '.join(words)} --help", (command.help or "").partition("Examples:")[2]


@cache
def commands() -> dict[tuple[str, ...], Any]:
    """All commands by their words, such as `("stockpot", "services", "up")`; groups are commands too."""
    found, left = {}, [(("stockpot",), typer.main.get_command(cli.app))]
    while left:
        words, command = left.pop()
        found[words] = command
        left += [((*words, name), each) for name, each in getattr(command, "commands", {}).items()]
    return found


def wrong(command: Shown) -> str:
    """Why the command is not one of today's; empty where it is."""
    program, *rest = command.words
    if program == "stockpot":
        return _wrong_stockpot(rest, whole=command.whole)
    if program == "make":
        targets = [name.replace("%", "*") for name in _TARGET.findall((ROOT / "Makefile").read_text())]
        named = [word for word in rest if "=" not in word]
        unknown = [word for word in named if not any(fnmatch(word, target) for target in targets)]
        return f"make has no target {' '.join(unknown)}" if unknown else ""
    if program == "kubectl" and "-k" in rest:
        place = rest[rest.index("-k") + 1]
        return (
            ""
            if "://" in place or place.startswith("github.com") or (ROOT / place).is_dir()
            else f"there is no {place}"
        )
    if program == "python" and rest and rest[0] != "-m":
        return "" if (ROOT / rest[0]).exists() else f"there is no {rest[0]}"
    return ""


def _wrong_stockpot(words: list[str], *, whole: bool) -> str:
    known = commands()
    name: tuple[str, ...] = ("stockpot",)
    while words and (*name, words[0].partition("|")[0]) in known:
        name, words = (*name, words[0].partition("|")[0]), words[1:]
    command = known[name]
    if name == ("stockpot",):
        return "" if words[0].startswith("-") else f"stockpot has no command {words[0]}"
    if hasattr(command, "commands") and words and not words[0].startswith("-"):
        return f"{' '.join(name)} has no command {words[0]}"
    if whole:
        return _refused(command, words) or _unknown_parameters(words)
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word not in options]
    return f"{' '.join(name)} has no {' '.join(unknown)}" if unknown else ""


def _refused(command: Any, words: list[str]) -> str:
    try:
        command.make_context(command.name, list(words)).close()
    except typer.TyperException as error:
        return str(error.format_message())
    return ""


def _unknown_parameters(words: list[str]) -> str:
    """What is given to a pipeline of ours and is no parameter of it."""
    if not words or words[0] not in entries():
        return ""
    given = [value.partition("=")[0] for option, value in pairwise(words) if option == "--param"]
    unknown = [name for name in given if name not in glance(words[0]).pipeline.parameters]
    return f"{words[0]} has no parameter {' '.join(unknown)}" if unknown else ""
