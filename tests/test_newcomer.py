"""A newcomer's way from a clone to rows and to a step of their own, by the commands of the tutorial's pages alone."""

import os
import pty
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.harness import newcomer
from tests.harness.docs_commands import ROOT
from tests.harness.newcomer import FIRST_ROWS, OWN_STEP, SESSION, TYPED_A_MINUTE, Typed, page, told, until

# Seconds of processors, for those on the clock are as many as others leave; on two threads of one core they are twice.
_UNTIL_ROWS = 180
# On the clock, as the page tells it of the machine that recorded it.
_RECORDED = 90
_MINUTES_OF_TYPING = 5
pytestmark = [pytest.mark.xdist_group("newcomer"), pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory that nobody else may enter; all of it is gone afterwards."""
    place = tmp_path_factory.mktemp("newcomer") / newcomer.KITCHEN
    place.mkdir(0o700)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def session(kitchen: Path) -> Sequence[Typed]:
    """All that was typed."""
    return list(newcomer.way(kitchen))


def test_every_command_of_the_tutorial_ends_well(session: Sequence[Typed]) -> None:
    """From the clone to the last page, one after the other, each as it stands there."""
    assert [(each.words, each.shown) for each in session if each.code] == []
    assert {FIRST_ROWS, OWN_STEP} < {each.words for each in session}


def test_rows_and_a_step_of_ones_own_are_soon_there(session: Sequence[Typed]) -> None:
    """Set-up is part of it; only packages are in the caches of pip and uv, if they were."""
    first, own = until(session, FIRST_ROWS), until(session, OWN_STEP)
    assert first.busy < _UNTIL_ROWS
    assert first.characters < own.characters < TYPED_A_MINUTE * _MINUTES_OF_TYPING


def test_a_terminal_shows_what_the_page_says(session: Sequence[Typed], kitchen: Path) -> None:
    """But for times, ids, ports and the order of what goes on at once; the harness writes the page."""
    assert told(SESSION.read_text()) == told(page(session, kitchen)), "python -m tests.harness.newcomer records it anew"
    assert len(told(SESSION.read_text())) == len(session)


def test_the_page_tells_of_less_than_a_minute_and_a_half() -> None:
    """From before the clone until the first rows."""
    (seconds,) = re.findall(
        r"^\| the first rows of `moderation\.training_data` \| (\d+) s \|", SESSION.read_text(), re.MULTILINE
    )
    assert 0 < int(seconds) < _RECORDED


@pytest.mark.parametrize(("term", "is_quiet"), [("xterm", False), ("dumb", True), ("", True)])
def test_setting_up_says_how_far_it_is(term: str, is_quiet: bool) -> None:
    """In numbered lines; on a terminal that can draw, pip and uv show what they fetch, and nowhere else."""
    ours, its = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    words = ["make", "--dry-run", "--always-make", "setup"]
    done = subprocess.run(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=its if term else subprocess.PIPE, text=True, check=True,
        env={**clean, "TERM": term},
    )  # fmt: skip
    os.close(its)
    os.close(ours)
    assert re.findall(r"\b(\d)/(\d) ", done.stdout) == [("1", "3"), ("2", "3"), ("3", "3")]
    fetching = [line for line in done.stdout.splitlines() if "--require-hashes" in line]
    assert [("--quiet" in line) for line in fetching] == [is_quiet] * 2


@pytest.mark.parametrize(
    ("was", "now", "is_same"),
    [
        ("  ✓ load  3.2 s  9 → 9 rows", "  ✓ load  1 min 12 s  9 → 9 rows", True),
        ("a-RUN  succeeded  36.5 s  8 of 8", "a-RUN  succeeded  1m12s   8 of 8", True),
        ("Run a-20260101T000000Z-00ff of a", "Run a-20260102T000009Z-a0ff of a", True),
        ("  ✓ load  3.2 s  9 → 9 rows", "  ✓ load  3.2 s  9 → 8 rows", False),
        ("one\ntwo", "two\none", True),
        ("one\ntwo", "one", False),
    ],
)
def test_what_differs_from_time_to_time_is_no_difference(was: str, now: str, is_same: bool) -> None:
    """The counter-test: rows and lines are one, times and ids are not."""
    before, after = (told(f"```console\n$ stockpot x\n{each}\n```\n") for each in (was, now))
    assert len(before) == len(after) == 1
    assert (before == after) is is_same
