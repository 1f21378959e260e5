"""From a picture and the rows it is of to what it shows; distributions and grids here, what lies in time beside."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.pages import figures
from components.shell.counts import counted
from components.shell.hidden import is_hidden
from components.shell.redaction import brief
from components.shell.schema.pictures import Bars, Changes, Grid, Histogram, Picture, Series, Steps, Tail, Total
from stockpot.report import bins
from stockpot.report.model import Bars as Chart
from stockpot.report.pictures import arrow
from stockpot.report.pictures.changes import changes
from stockpot.report.pictures.days import series, total
from stockpot.report.pictures.model import Cells, Columns, Drawn, Nothing, Ranked
from stockpot.report.pictures.source import Source
from stockpot.report.pictures.stairs import stairs

_MOST_CELLS = 12
_BUSIEST = 0.1
_NONE = "none"
# They show how many values there are, and none of them.
_COUNTS_ALONE = (Tail, Changes)


def measure(picture: Picture, source: Source, own: str) -> list[Drawn]:
    """What the picture shows, which may be several drawings; where it cannot be measured, why.

    `own` is the table of pictures that name none.
    """
    title = title_of(picture)
    try:
        rows = source.rows(picture.of or own)
        if rows is None:
            return [Nothing(title, "the run has committed no rows to it")]
        if hidden := _hidden(picture, rows, picture.of or own):
            return [Nothing(title, f"'{hidden}' is personal or secret, as its name says")]
        drawings = _MEASURES[type(picture)](picture, title, rows, source, picture.of or own)
    except Exception as error:  # noqa: BLE001 - columns hold whatever they hold, and a page without it is still a page
        return [Nothing(title, f"it could not be drawn: {type(error).__name__}: {brief(error, 200)}")]
    return drawings if isinstance(drawings, list) else [drawings]


def _hidden(picture: Picture, rows: Any, table: str) -> str:
    """The first column whose values would be shown and are not for any page; empty where there is none."""
    columns = () if isinstance(picture, _COUNTS_ALONE) else picture.columns
    return next((name for name in columns if is_hidden(name, table, is_text=arrow.is_text(rows, name))), "")


def title_of(picture: Picture) -> str:
    """The picture's own title, or one of its columns."""
    return picture.title or " · ".join(name.replace("_", " ") for name in picture.columns)


def _bars(picture: Bars, title: str, rows: Any, *_: Any) -> Drawn:
    """The most frequent values; what is as frequent is in the order of its text."""
    groups = arrow.grouped(rows, picture.columns, {"value": arrow.field(picture.column)}, {})
    values = sorted(((_text(row["value"]), row["rows"]) for row in groups), key=lambda each: (-each[1], each[0]))
    if not values:
        return Nothing(title, "there are no rows")
    shown, others = values[: picture.most], values[picture.most :]
    labels, counts = [label for label, _ in shown], [count for _, count in shown]
    if others:
        labels.append(counted(len(others), "other"))
        counts.append(sum(count for _, count in others))
    return Ranked(Chart(title, labels, [""], [counts], counted(len(values), "value")))


def _histogram(picture: Histogram, title: str, rows: Any, *_: Any) -> Drawn:
    number = arrow.number(picture.column)
    ends = {"low": (number, "min"), "mean": (number, "mean"), "high": (number, "max")}
    finite = number.is_valid() & (number < math.inf) & (number > -math.inf)
    (whole,) = arrow.grouped(rows, picture.columns, {}, {})
    (stats,) = arrow.grouped(rows, picture.columns, {}, ends, finite)
    if not stats["rows"]:
        return Nothing(title, "there are no numbers")
    is_whole = arrow.is_whole(rows, picture.column)
    edges, labels = bins.fitting(stats["low"], stats["mean"], stats["high"], whole=is_whole)
    binned = arrow.grouped(rows, picture.columns, {"bin": arrow.bin_of(number, edges)}, {}, finite)
    counts = {row["bin"]: row["rows"] for row in binned}
    low, mean, high = (figures.number(round(stats[name], 6)) for name in ("low", "mean", "high"))
    note = f"{low} … mean {mean} … {high}"
    if without := whole["rows"] - stats["rows"]:
        note += f"; {figures.count(without)} without"
    return Columns(Chart(title, labels, [""], [[counts.get(index, 0) for index in range(len(edges))]], note))


def _tail(picture: Tail, title: str, rows: Any, *_: Any) -> Drawn:
    where = arrow.field(picture.where) > 0 if picture.where else None
    sizes = arrow.sizes(rows, picture.columns, picture.key, where)
    if not sizes:
        return Nothing(title, "there are no rows")
    edges, labels = bins.fitting(min(sizes), _median(sizes), max(sizes), whole=True)
    counts = [0] * len(edges)
    for size, keys in sizes.items():
        counts[sum(size >= edge for edge in edges) - 1] += keys
    note = f"{figures.count(sum(sizes.values()))}; the busiest 10 % have {figures.share(*_rows_of_busiest(sizes))}"
    return Columns(Chart(title, labels, [""], [counts], note))


def _median(sizes: Mapping[int, int]) -> int:
    """The lesser of the middle sizes."""
    left = (sum(sizes.values()) + 1) // 2
    for size in sorted(sizes):
        left -= sizes[size]
        if left <= 0:
            return size
    raise AssertionError("unreachable")


def _rows_of_busiest(sizes: Mapping[int, int]) -> tuple[int, int]:
    """How many of the rows the busiest tenth of the keys has, rounded up to whole keys; and how many rows there are."""
    left, rows = math.ceil(sum(sizes.values()) * _BUSIEST), 0
    for size in sorted(sizes, reverse=True):
        taken = min(left, sizes[size])
        left, rows = left - taken, rows + taken * size
    return rows, sum(size * keys for size, keys in sizes.items())


def _grid(picture: Grid, title: str, rows: Any, *_: Any) -> Drawn:
    keys = {"down": arrow.field(picture.down), "across": arrow.field(picture.across)}
    means = {"mean": (arrow.number(picture.mean), "mean")} if picture.mean else {}
    groups = arrow.grouped(rows, picture.columns, keys, means)
    pairs = {
        (row["down"], row["across"]): row for row in groups if row["down"] is not None and row["across"] is not None
    }
    if not pairs:
        return Nothing(title, "there are no pairs of values")
    down = sorted({pair[0] for pair in pairs}, reverse=True)[:_MOST_CELLS]
    across = sorted({pair[1] for pair in pairs})[:_MOST_CELLS]
    shown = [[pairs.get((row, column), {}) for column in across] for row in down]
    counts = [[cell.get("rows", 0) for cell in line] for line in shown]
    without = sum(row["rows"] for row in groups) - sum(map(sum, counts))
    note = f"{counted(without, 'row')} in no cell" if without else ""
    labels = ([_text(value) for value in down], [_text(value) for value in across])
    mean = [[cell.get("mean") for cell in line] for line in shown] if picture.mean else ()
    return Cells(title, picture.down, picture.across, *labels, counts, mean, picture.mean, note)


def _text(value: object) -> str:
    return _NONE if value is None else figures.number(value)


_MEASURES: Mapping[type[Picture], Callable[..., Drawn | list[Drawn]]] = {
    Bars: _bars,
    Histogram: _histogram,
    Tail: _tail,
    Grid: _grid,
    Steps: stairs,
    Series: series,
    Total: total,
    Changes: changes,
}


def measured(pictures: Sequence[Picture], source: Source, own: str) -> list[Drawn]:
    """What each of the pictures shows, in their order."""
    return [drawn for picture in pictures for drawn in measure(picture, source, own)]
