"""Small pieces of HTML and SVG; text is escaped here and nowhere else."""

from collections.abc import Iterable, Sequence
from html import escape


def tag(name: str, *children: str, **attributes: object) -> str:
    """An element; children are markup already, attributes are not; `class_` is written `class`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(children)}</{name}>"


def text(value: object) -> str:
    """The value as it may stand between tags."""
    return escape(str(value))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the first column names its row, the cells are markup already."""
    top = tag("thead", tag("tr", *(tag("th", text(name), scope="col") for name in head)))
    body = (tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:])) for row in rows)
    return tag("div", tag("table", top, tag("tbody", *body)), class_="scroll")


def short(value: float) -> str:
    """A number for people: three digits that matter, thousands apart."""
    if value == int(value) and abs(value) < 10**9:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"  # noqa: PLR2004 - what people read at a glance


def percent(share: float) -> str:
    """A share in per cent with one decimal."""
    return f"{100 * share:.1f} %"
