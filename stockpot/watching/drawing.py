"""A run, or the log of a step, as lines of a screen of a given size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rich.cells import cell_len, chop_cells, set_cell_size

from components.pages.figures import duration
from components.shell.counts import counted
from components.shell.legible import legible
from stockpot.local.records import State
from stockpot.watching.keys import Key
from stockpot.watching.picture import Picture, Row

_MARKS = {
    State.PENDING: ("·", "dim"),
    State.RUNNING: ("▸", "bold"),
    State.SUCCEEDED: ("✓", "green"),
    State.FAILED: ("✗", "bold red"),
    State.CANCELLED: ("■", "yellow"),
    State.INTERRUPTED: ("■", "yellow"),
    State.SKIPPED: ("-", "dim"),
    State.OMITTED: ("-", "dim"),
}
_TIME = 9
_LEAST_NAME, _LEAST_SAID = 12, 16
# How wide a bar is, on screens from that width on.
_BARS = ((100, 24), (72, 12), (0, 0))
_STEPS = "↑↓ step  l log  q leave"
_LOG = "↑↓ scroll  l back  q leave"


@dataclass(frozen=True)
class View:
    """What somebody looks at: the row that is chosen, or the log of its step, so many lines back from its end.

    Until a row is chosen it is the one where something happens.
    """

    row: int | None = None
    log: str = ""
    back: int = 0

    def chosen(self, picture: Picture) -> int:
        """The index of the row that is chosen."""
        if self.row is not None:
            return max(0, min(self.row, len(picture.rows) - 1))
        order = (State.FAILED, State.RUNNING, State.PENDING) if picture.is_over else (State.RUNNING, State.PENDING)
        steps = [(number, row) for number, row in enumerate(picture.rows) if row.is_step]
        return next((number for state in order for number, row in steps if row.state is state), 0)

    def after(self, key: Key, picture: Picture, page: int) -> "View":
        """What is looked at once a key is pressed; a page has so many lines."""
        if key in (Key.LOG, Key.BACK) and self.log:
            return replace(self, log="", back=0)
        if key is Key.LOG and picture.rows:
            row = picture.rows[self.chosen(picture)]
            return replace(self, row=self.chosen(picture), log=row.id if row.is_step else "", back=0)
        far = 1 << 30
        steps = {Key.UP: -1, Key.DOWN: 1, Key.PAGE_UP: -page, Key.PAGE_DOWN: page, Key.FIRST: -far, Key.LAST: far}
        if key not in steps:
            return self
        if self.log:
            return replace(self, back=max(0, self.back - steps[key]))
        return replace(self, row=max(0, min(self.chosen(picture) + steps[key], len(picture.rows) - 1)))


@dataclass(frozen=True)
class Line:
    """A line of the screen and its style; what it says does not depend on that."""

    text: str
    style: str = ""


def page(height: int) -> int:
    """How many rows a screen has room for, between head and foot."""
    return max(1, height - 3)


def drawn_run(picture: Picture, view: View, size: tuple[int, int], now: datetime, note: str = "") -> list[Line]:
    """The run on a screen of that width and height; below it what is said of the row that is chosen, or the note."""
    width, height = size
    room, chosen = page(height), view.chosen(picture)
    top = max(0, min(chosen - room // 2, len(picture.rows) - room))
    columns = _columns(picture.rows, width)
    rows = [
        _row(row, columns, picture, now, is_chosen=number == chosen)
        for number, row in enumerate(picture.rows[top : top + room], top)
    ]
    said = picture.rows[chosen].said if picture.rows else ""
    note = note if view.row is None else ""
    status = note or (f"{picture.rows[chosen].id}: {said}" if said else picture.error)
    return _framed(_head(picture, now), rows, Line(status, "dim"), _STEPS, size)


def drawn_log(step: str, lines: Sequence[str], view: View, size: tuple[int, int]) -> tuple[list[Line], View]:
    """The log of a step on a screen, and the view of it, which goes no further back than the log does."""
    width, height = size
    cut = [part for line in lines for part in (chop_cells(legible(line).expandtabs(4), width) or [""])]
    back = min(view.back, max(0, len(cut) - page(height)))
    end = len(cut) - back
    shown = [Line(line) for line in cut[max(0, end - page(height)) : end]] or [Line("it has said nothing", "dim")]
    where = Line(f"more below: {back}" if back else "", "dim")
    return _framed(Line(f"{step}: what it says", "bold"), shown, where, _LOG, size), replace(view, back=back)


def _framed(head: Line, body: list[Line], status: Line, foot: str, size: tuple[int, int]) -> list[Line]:
    width, height = size
    empty = [Line("")] * (page(height) - len(body))
    lines = [head, *body, *empty, status, Line(foot, "dim")]
    return [Line(set_cell_size(line.text, width), line.style) for line in lines[:height]]


def _head(picture: Picture, now: datetime) -> Line:
    steps = [row for row in picture.rows if row.is_step]
    done = f"{sum(row.state is State.SUCCEEDED for row in steps)} of {counted(len(steps), 'step')}"
    time = duration(((picture.ended or now) - picture.began).total_seconds()) if picture.began else ""
    return Line("  ".join(filter(None, (str(picture.state), time, done, picture.id))), "bold")


@dataclass(frozen=True)
class _Columns:
    """How wide the name, the bar and what is said of a row may be."""

    name: int
    bar: int
    said: int


def _columns(rows: Sequence[Row], width: int) -> _Columns:
    bar = next(wide for least, wide in _BARS if width >= least)
    longest = max((cell_len(_name(row)) for row in rows), default=0)
    # The mark before the name, the time, and a blank or two between.
    rest = width - 4 - _TIME - 2 - (bar + 2 if bar else 0)
    name = max(_LEAST_NAME, min(longest, rest - _LEAST_SAID))
    return _Columns(name, bar, max(0, rest - name))


def _name(row: Row) -> str:
    return f"{'  ' * row.depth}{'◆ ' if row.exits and row.is_step else ''}{row.id}"


def _row(row: Row, columns: _Columns, picture: Picture, now: datetime, *, is_chosen: bool) -> Line:
    mark, style = _MARKS[row.state]
    time = duration(((row.ended or now) - row.started).total_seconds()) if row.started and _is_timed(row) else ""
    parts = [f"{'>' if is_chosen else ' '} {mark} ", set_cell_size(_name(row), columns.name), f" {time:>{_TIME}}"]
    if columns.bar:
        parts.append(f" {_bar(row, picture, now, columns.bar)} ")
    parts.append(f" {set_cell_size(row.said, columns.said)}")
    return Line("".join(parts), f"{style} reverse" if is_chosen else style)


def _is_timed(row: Row) -> bool:
    return row.state is State.RUNNING or row.ended is not None


def _bar(row: Row, picture: Picture, now: datetime, width: int) -> str:
    """When a step ran, within the time of the run."""
    if not (row.started and picture.began and _is_timed(row) and row.is_step):
        return " " * width
    whole = max(((picture.ended or now) - picture.began).total_seconds(), 0.001)
    start, end = ((at - picture.began).total_seconds() / whole for at in (row.started, row.ended or now))
    first = min(int(start * width), width - 1)
    last = max(first + 1, min(round(end * width), width))
    return f"{' ' * first}{'━' * (last - first)}".ljust(width)
