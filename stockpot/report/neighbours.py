"""The way from a run's report to those of the run before it and after it, and to the index of runs."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from components.pages import parts
from components.pages.markup import Markup
from components.shell.files import write_atomically
from stockpot.local.records import REPORT, Run

# The first one of a page: whatever else is in it is escaped.
_NAV = re.compile(r'<nav class="runs">.*?</nav>', re.DOTALL)
# The way to the run that a report compares itself with.
_COMPARED = re.compile(r'(succeeded: )<a href="([^"]+)">(.*?)</a>')


@dataclass(frozen=True)
class Neighbours:
    """The ids of the runs of the same pipeline before and after a run; empty where there is none."""

    before: str = ""
    after: str = ""


NOBODY = Neighbours()


def nav(neighbours: Neighbours) -> Markup:
    """The links at the top of a report."""
    return parts.nav(neighbours.before, neighbours.after)


def link(directory: Path, runs: Sequence[Run], ids: Sequence[str]) -> None:
    """Have the reports of these runs, and of those beside them, lead to their neighbours, and to nobody who is gone.

    `runs` are all of the home, newest first, and `directory` is where they lie. A run without a report is passed over.
    """
    shown = [run for run in runs if (directory / run.id / REPORT).is_file()]
    for pipeline in {run.pipeline for run in shown if run.id in ids}:
        own = [run.id for run in reversed(shown) if run.pipeline == pipeline]
        for index in {near for run in ids if run in own for near in _around(own.index(run), len(own))}:
            before, after = own[index - 1] if index else "", own[index + 1] if index + 1 < len(own) else ""
            _relink(directory / own[index] / REPORT, Neighbours(before, after))


def _around(index: int, number: int) -> range:
    return range(max(index - 1, 0), min(index + 2, number))


def _relink(page: Path, neighbours: Neighbours) -> None:
    # A page is not ours alone: bytes that are no text stay as they are, whatever this machine's encoding.
    text = page.read_bytes().decode(errors="surrogateescape")
    linked = _NAV.sub(lambda _: nav(neighbours), text, count=1)
    if (compared := _COMPARED.search(linked)) and not (page.parent / unquote(compared[2])).is_file():
        linked = _COMPARED.sub(r"\1<code>\3</code>", linked, count=1)
    if linked != text:
        known = page.stat()
        write_atomically(page, linked.encode(errors="surrogateescape"))
        # Its content about the run is as before: what was older than the run's record still is.
        os.utime(page, ns=(known.st_atime_ns, known.st_mtime_ns))
