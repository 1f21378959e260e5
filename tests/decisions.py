"""The index of decisions; `python -m tests.decisions` writes it."""

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "decisions"
INDEX = FOLDER / "README.md"
_HEAD = """# Decisions

What somebody may question later, and why it is so, by date. A page tells what was known on its day; below its title it
says which later page goes beyond it. `python -m tests.decisions` writes this index.
"""
_SUPERSEDED = re.compile(r"^> Superseded (?P<how>in part )?by \[[\d-]+\]\((?P<by>[\w.-]+)\)", re.MULTILINE)


def pages(folder: Path = FOLDER) -> list[Path]:
    """The pages of all decisions, by date and name."""
    return sorted(path for path in folder.glob("*.md") if path.name != INDEX.name)


def superseded(page: Path) -> tuple[str, str]:
    """Which page goes beyond this one, and whether `in part `; both empty where none does."""
    found = _SUPERSEDED.search(page.read_text())
    return (found["by"], found["how"] or "") if found else ("", "")


def index(folder: Path = FOLDER) -> str:
    """The text of the index."""
    return f"{_HEAD}\n" + "".join(_lines(folder))


def _lines(folder: Path) -> Iterator[str]:
    for page in pages(folder):
        title = page.read_text().split("\n", 1)[0].removeprefix("# ")
        by, how = superseded(page)
        more = f"; superseded {how}by [{by[:10]}]({by})" if by else ""
        yield f"- {page.name[:10]} [{title}]({page.name}){more}\n"


if __name__ == "__main__":
    INDEX.write_text(index())
