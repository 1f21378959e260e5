"""One table of all rows, as wide as is told: what does not fit a column goes on below."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap

from tests.bench.rows import COLUMNS

_BETWEEN = "  "


def table(lines: Sequence[Mapping[str, str]], width: int) -> str:
    """The lines of the rows below the names of their columns, none of them wider than `width`."""
    heads = {name: name for name in COLUMNS}
    widths = _widths([heads, *lines], width)
    rule = {name: "-" * widths[name] for name in COLUMNS}
    return "\n".join(line for row in (heads, rule, *lines) for line in _laid(row, widths))


def _widths(lines: Sequence[Mapping[str, str]], width: int) -> dict[str, int]:
    """How wide each column is: as wide as its text, less what is taken from the widest again and again."""
    widths = {name: max(len(part) for line in lines for part in (*line[name].split("\n"), name)) for name in COLUMNS}
    while sum(widths.values()) + len(_BETWEEN) * (len(COLUMNS) - 1) > width:
        widths[max(widths, key=widths.__getitem__)] -= 1
    return widths


def _laid(line: Mapping[str, str], widths: Mapping[str, int]) -> Iterator[str]:
    cells = [
        [part for text in line[name].split("\n") for part in wrap(text, widths[name], subsequent_indent=" ") or [""]]
        for name in COLUMNS
    ]
    for parts in zip_longest(*cells, fillvalue=""):
        yield _BETWEEN.join(part.ljust(widths[name]) for part, name in zip(parts, COLUMNS, strict=True)).rstrip()
