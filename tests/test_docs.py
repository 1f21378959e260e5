"""Pages name what is there: tests, other pages, and decisions."""

import re
from pathlib import Path

from stockpot.compiler.tracing import entries
from tests import decisions

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "robustness.md"
_NAMED = re.compile(r"(?P<path>tests/[\w/]+\.py|…)(?:::(?P<name>\w+))?")
_BEFORE = "…"


def named(text: str) -> list[tuple[str, str]]:
    """File and function of every test in the third column; a file that is not repeated is that of the line before."""
    found: list[tuple[str, str]] = []
    cells = (line.split(" | ")[2] for line in text.splitlines() if line.startswith("| ") and line.count(" | ") > 1)
    for match in (match for cell in cells for match in _NAMED.finditer(cell)):
        path = found[-1][0] if match["path"] == _BEFORE else match["path"]
        found.append((path, match["name"] or ""))
    return found


def is_there(path: str, name: str) -> bool:
    """Whether the file has the test; a file alone is enough where none is named."""
    file = ROOT / path
    return file.is_file() and (not name or f"def {name}(" in file.read_text())


def test_robustness_names_tests_that_are_there() -> None:
    """Every line of the page is guarded by a test of that very name."""
    tests = named(PAGE.read_text())
    assert [test for test in tests if not is_there(*test)] == []
    assert len(tests) > len(PAGE.read_text().splitlines()) / 2


def test_a_test_that_is_missing_is_noticed() -> None:
    """The counter-test: another name, another file, and a name behind `…`."""
    row = "| a | b | tests/test_docs.py::test_nothing |\n| a | b | …::named |\n| a | b | tests/nowhere.py |"
    assert [is_there(*test) for test in named(row)] == [False, True, False]


PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?:|#)(?P<place>[^)#\s]+)(?:#(?P<heading>[^)\s]+))?\)")
_ENTRY = re.compile(r"^- \*\*(?P<word>[^*]+)\*\*: ", re.MULTILINE)


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def broken(page: Path, text: str) -> list[str]:
    """The links of a page that lead nowhere."""
    found = []
    for link in _LINK.finditer(text):
        place = page.parent / link["place"]
        if not place.exists() or (link["heading"] and link["heading"] not in headings(place)):
            found.append(f"{page.relative_to(ROOT)}: {link[0]}")
    return found


def test_links_between_pages_lead_somewhere() -> None:
    """Files, folders and headings are there."""
    assert [link for page in PAGES for link in broken(page, page.read_text())] == []
    assert broken(ROOT / "README.md", "[a](docs/none.md), [b](docs/runs.md#none), [c](docs/runs.md), [d](docs/)") == [
        "README.md: ](docs/none.md)",
        "README.md: ](docs/runs.md#none)",
    ]


def test_every_page_has_its_place_in_the_index() -> None:
    """Each page of docs stands once in docs/README.md, under one of the four kinds."""
    text = (ROOT / "docs" / "README.md").read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Tutorial", "How to", "Reference", "Explanation"]
    linked = sorted(link["place"] for link in _LINK.finditer(text) if "/" not in link["place"])
    assert linked == sorted(page.name for page in (ROOT / "docs").glob("*.md") if page.name != "README.md")


def test_the_glossary_is_in_order() -> None:
    """Words stand once, from A to Z."""
    words = [word.lower() for word in _ENTRY.findall((ROOT / "docs" / "glossary.md").read_text())]
    assert words == sorted(set(words))
    assert {"as-of", "receipt", "watermark"} < set(words)


def test_the_index_of_decisions_is_whole() -> None:
    """Every decision has its line, and says what goes beyond it if something does: `python -m tests.decisions`."""
    assert decisions.INDEX.read_text() == decisions.index()
    for page in decisions.pages():
        by, _ = decisions.superseded(page)
        assert re.match(r"\d{4}-\d\d-\d\d-[\w-]+\.md", page.name)
        assert not by or (page.parent / by).is_file()
        # The mark stands where a reader begins, and the page it names is a later one.
        assert "Superseded" not in page.read_text() or page.read_text().split("\n")[2].startswith("> Superseded ")
        assert not by or by > page.name


_CRON = re.compile(r"^([*\d]\S* \S+ \S+ \S+ \S+) .* run ([\w-]+) ", re.MULTILINE)
_TIMER = re.compile(r"stockpot@([\w-]+)\.timer\n\[Timer\]\nOnCalendar=\*-\*-\* 0?(\d+):0?(\d+):00 UTC")


_LIMIT = re.compile(r"^StartLimitIntervalSec=(\d+)h\nStartLimitBurst=(\d+)$", re.MULTILINE)
_UNLIMITED = re.compile(r"((?:^# \S+\n)+)\[Unit\]\nStartLimitIntervalSec=0\n\n\[Service\]\nRestart=no$", re.MULTILINE)


def test_no_timer_of_one_machine_meets_the_limit_of_starts() -> None:
    """It counts those that end well: pipelines that run more often than daily have none, and no tries of their own."""
    page = (ROOT / "docs" / "one-machine.md").read_text()
    (limit,), (unlimited,) = _LIMIT.findall(page), _UNLIMITED.findall(page)
    assert (int(limit[0]) < 24, int(limit[1]) > 1) == (True, True)
    often = {entry.name for entry in entries().values() if entry.cron and not entry.cron.split()[1].isdigit()}
    assert set(re.findall(r"^# \S+/stockpot@([\w-]+)\.service\.d/\S+\.conf$", unlimited, re.MULTILINE)) == often


def test_schedules_of_one_machine_are_those_of_the_pipelines() -> None:
    """Cron's lines and the timer of systemd name the times that manifests and the list of pipelines have."""
    page = (ROOT / "docs" / "one-machine.md").read_text()
    schedules = {entry.name: entry.cron for entry in entries().values()}
    named = [(name, when) for when, name in _CRON.findall(page)]
    named += [(name, f"{minute} {hour} * * *") for name, hour, minute in _TIMER.findall(page)]
    assert len(named) >= 5
    assert [(name, when) for name, when in named if schedules[name] != when] == []
