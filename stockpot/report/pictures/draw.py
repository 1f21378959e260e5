"""Pictures as cards of the page, one below the other or side by side, each with its title."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.pages import figures
from components.pages.markup import Markup, join, tag
from stockpot.report import charts
from stockpot.report.pictures import line_chart, stairs
from stockpot.report.pictures.model import Cells, Columns, Days, Drawn, Nothing, Ranked, Stairs, Turn, Turns

_CELL, _ROW, _LEFT, _TOP = 96, 46, 92, 34
_BROAD = 460
# So many letters stand beside or above a cell.
_LETTERS = 14
_FAINTEST, _STRONGEST = 0.06, 0.55


def section(pictures: Sequence[Drawn]) -> Markup:
    """All pictures, in their order; nothing where there are none."""
    if not pictures:
        return Markup()
    cards = [tag("div", _DRAWINGS[type(drawn)](drawn), class_=_width(drawn)) for drawn in pictures]
    return tag("section", tag("h2", "What the tables look like"), tag("div", cards, class_="pictures"), class_="card")


def _width(drawn: Drawn) -> str:
    return "picture broad" if isinstance(drawn, Days | Turns) else "picture"


def _heading(title: str, note: str = "") -> Markup:
    return tag("figcaption", tag("b", title), tag("span", note) if note else None)


def _columns(drawn: Columns) -> Markup:
    return charts.bars(drawn.bars, _BROAD, counted=True)


def _ranked(drawn: Ranked) -> Markup:
    table = charts.ranked(drawn.bars)
    return tag(
        "figure", _heading(drawn.bars.title, drawn.bars.note), tag("div", table, class_="scroll"), class_="chart"
    )


def _nothing(drawn: Nothing) -> Markup:
    return tag("figure", _heading(drawn.title), tag("p", f"Not drawn: {drawn.reason}.", class_="muted"), class_="chart")


def _cells(drawn: Cells) -> Markup:
    width, height = _LEFT + len(drawn.columns) * _CELL, _TOP + len(drawn.rows) * _ROW
    most = max((count for line in drawn.counts for count in line), default=0) or 1
    cells = [
        _cell(drawn, (row, column), most) for row in range(len(drawn.rows)) for column in range(len(drawn.columns))
    ]
    drawing = tag(
        "svg",
        tag("title", drawn.title),
        tag("desc", _description(drawn)),
        _sides(drawn),
        cells,
        viewBox=f"0 0 {width} {height}",
        role="img",
        style=f"max-width:{width}px",
        class_="cells",
    )
    mean = f", and mean {drawn.mean}" if drawn.mean else ""
    legend = f"{drawn.down} down, {drawn.across} across; in each cell rows{mean}."
    note = " ".join(part for part in (legend, f"{drawn.note}." if drawn.note else "") if part)
    return tag("figure", _heading(drawn.title), drawing, tag("p", note, class_="muted"), class_="chart")


def _sides(drawn: Cells) -> list[Markup]:
    """The values of both columns along the sides, with the columns' names where there is room."""
    across = [
        tag("text", label, x=_LEFT + (index + 0.5) * _CELL, y=_TOP - 10, text_anchor="middle")
        for index, label in enumerate(_labels(drawn.across, drawn.columns))
    ]
    down = [
        tag("text", label, x=_LEFT - 10, y=_TOP + index * _ROW + 27, text_anchor="end")
        for index, label in enumerate(_labels(drawn.down, drawn.rows))
    ]
    return [*across, *down]


def _labels(column: str, values: Sequence[str]) -> list[str]:
    whole = [f"{column} {value}" for value in values]
    return whole if max(map(len, whole), default=0) <= _LETTERS else list(values)


def _cell(drawn: Cells, cell: tuple[int, int], most: int) -> Markup:
    row, column = cell
    count = drawn.counts[row][column]
    x, y = _LEFT + column * _CELL, _TOP + row * _ROW
    strength = _FAINTEST + (_STRONGEST - _FAINTEST) * (count / most) ** 0.5 if count else 0
    mean = drawn.means[row][column] if drawn.means else None
    texts = [tag("text", figures.count(count), x=x + _CELL / 2, y=y + 21, text_anchor="middle", class_="name")]
    if mean is not None:
        texts.append(tag("text", f"{mean:.2f}", x=x + _CELL / 2, y=y + 36, text_anchor="middle", class_="detail"))
    box = tag(
        "rect", x=x + 1, y=y + 1, width=_CELL - 2, height=_ROW - 2, rx=4, fill_opacity=f"{strength:.2f}", class_="cell"
    )
    return join([box, texts])


def _description(drawn: Cells) -> str:
    """The cells in words, for whoever does not see them."""
    pairs = [
        f"{drawn.down} {down}, {drawn.across} {across}: {count}"
        for down, line in zip(drawn.rows, drawn.counts, strict=True)
        for across, count in zip(drawn.columns, line, strict=True)
        if count
    ]
    return "; ".join(pairs)


def _turns(drawn: Turns) -> Markup:
    kinds = list(drawn.turns[0].counts)
    # A first run makes all anew: beside it, nothing else would be seen.
    later = [turn for turn in drawn.turns if not _is_first(turn)] or drawn.turns
    most = {kind: max(turn.counts[kind] for turn in later) or 1 for kind in kinds}
    head = tag("tr", tag("th", "Run as of", scope="col"), [tag("th", _KINDS[kind], scope="col") for kind in kinds])
    body = [
        tag(
            "tr",
            tag("th", figures.short_instant(turn.as_of), scope="row"),
            [_bar(turn.counts[kind], most[kind]) for kind in kinds],
        )
        for turn in drawn.turns
    ]
    by_run = tag("table", tag("thead", head), tag("tbody", body), class_="turns")
    parts = [tag("div", by_run, class_="scroll"), _by_column(drawn)]
    return tag("figure", _heading(drawn.title, drawn.note), tag("div", parts, class_="side-by-side"), class_="chart")


_KINDS = {"new": "New", "changed": "Changed", "returned": "Came back", "gone": "Gone"}


def _is_first(turn: Turn) -> bool:
    return turn.counts["new"] == sum(turn.counts.values())


def _bar(count: int, most: int) -> Markup:
    width = min(100 * count / most, 100)
    track = tag("div", tag("i", style=f"width:{width:.1f}%"), class_="track", aria_hidden="true")
    return tag("td", tag("span", figures.count(count)), track)


def _by_column(drawn: Turns) -> Markup:
    newest = drawn.turns[0]
    title = f"Changed in the run as of {figures.short_instant(newest.as_of)}, by column"
    if not drawn.columns:
        return tag("div", tag("h3", title), tag("p", "Nothing in a row that was there before.", class_="muted"))
    most = max(drawn.columns.values())
    rows = [
        tag("tr", tag("th", tag("code", name), scope="row"), _bar(count, most)) for name, count in drawn.columns.items()
    ]
    return tag("div", tag("h3", title), tag("table", tag("tbody", rows), class_="turns"))


_DRAWINGS: Mapping[type[Any], Callable[[Any], Markup]] = {
    Columns: _columns,
    Ranked: _ranked,
    Cells: _cells,
    Stairs: stairs.draw,
    Days: line_chart.draw,
    Turns: _turns,
    Nothing: _nothing,
}
