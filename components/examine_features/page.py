"""The page: what the rows are, which have the label, how the features lie, and what has moved."""

from collections.abc import Sequence
from pathlib import Path

from components.examine_features.drift import SHIFTED, STABLE, verdict
from components.examine_features.figures import Feature, Figures, Group
from components.examine_features.markup import percent, short, table, tag, text
from components.examine_features.plots import WEEKDAYS, distribution, profile, shares
from components.feed.splits import SPLIT
from components.shell.counts import counted
from components.shell.pages import POLICY_TAG

_TITLES = {"hour_of_day": "hour of day (UTC)"}
_STYLE = Path(__file__).with_name("page.css")


def render(figures: Figures, title: str) -> str:
    """The page as one document that needs nothing beside itself."""
    head = tag(
        "head",
        f'{POLICY_TAG}<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        tag("title", text(title)),
        tag("style", _STYLE.read_text()),
    )
    compared = f"Compared with the {figures.last}." if figures.last else "There is no earlier run to compare with."
    lead = tag("p", text(compared), class_="lead")
    header = tag("header", tag("p", "Stockpot · feature summary", class_="overline"), tag("h1", text(title)), lead)
    parts = (header, _tiles(figures), _shares(figures), _distributions(figures), _drift(figures))
    body = tag("body", tag("main", *parts))
    return "<!DOCTYPE html>\n" + tag("html", head, body, lang="en") + "\n"


def _tiles(figures: Figures) -> str:
    tiles = [_tile(group, figures.label) for group in (figures.total, *figures.groups.get(SPLIT, ()))]
    nulls = sum(feature.nulls for feature in figures.features)
    moved = sum(verdict(feature.drift) in ("shifted", "drifted") for feature in figures.features)
    tiles.append(tag("div", tag("dt", "nulls in features"), tag("dd", f"{nulls:,}"), class_="tile"))
    against = f"of {counted(len(figures.features), 'feature')}" if figures.last else "nothing to compare with"
    count = str(moved) if figures.last else "–"  # noqa: RUF001 - a dash where a number would stand
    tiles.append(tag("div", tag("dt", "moved since the last run"), tag("dd", count), tag("dd", against), class_="tile"))
    return tag("dl", *tiles, class_="tiles")


def _tile(group: Group, label: str) -> str:
    return tag(
        "div",
        tag("dt", f"{text(group.name)} rows"),
        tag("dd", f"{group.rows:,}"),
        tag("dd", f"{text(label)}: {percent(group.share)}"),
        class_="tile",
    )


def _shares(figures: Figures) -> str:
    """The share of the label by group: a line each, or a profile where the groups are numbers in a row."""
    kinds = {kind: groups for kind, groups in figures.groups.items() if kind != SPLIT and groups}
    return tag("section", *(_by_group(figures.label, kind, groups) for kind, groups in kinds.items()), class_="pairs")


def _by_group(label: str, kind: str, groups: Sequence[Group]) -> str:
    name = _TITLES.get(kind, kind.replace("_", " "))
    if not all(group.name.isdigit() for group in groups):
        return _card(f"Share of {label} by {name}", shares(groups))
    keys = _legend(("test", f"share of {text(label)}"), ("pale", "rows"))
    drawing = profile(groups, [_label(kind, group.name) for group in groups], label)
    return _card(f"Rows and share of {label} by {name}", keys, drawing)


def _label(kind: str, name: str) -> str:
    if kind == "day_of_week" and name.isdigit() and int(name) < len(WEEKDAYS):
        return WEEKDAYS[int(name)]
    return f"{int(name):02}" if name.isdigit() else name


def _card(title: str, *children: str) -> str:
    return tag("div", tag("h2", text(title)), *children, class_="card")


def _distributions(figures: Figures) -> str:
    keys = [("bar", "train"), ("test", "test")] + ([("last", "last run")] if figures.last else [])
    return _card("Distributions", _legend(*keys), tag("div", *map(_chart, figures.features), class_="charts"))


def _legend(*keys: tuple[str, str]) -> str:
    return tag("p", *(tag("span", tag("i", class_=f"key {name}"), label) for name, label in keys), class_="legend")


def _chart(feature: Feature) -> str:
    averages = f"median {short(feature.median)} · mean {short(feature.mean)} · 95 % up to {short(feature.p95)}"
    caption = tag("figcaption", tag("b", text(feature.name)), _pill(feature.drift))
    nulls = tag("span", f" · {counted(feature.nulls, 'null')}", class_="bad") if feature.nulls else ""
    return tag("figure", caption, distribution(feature), tag("p", averages, nulls, class_="averages"))


def _pill(drift: float | None) -> str:
    return "" if drift is None else tag("span", verdict(drift), class_=f"pill {verdict(drift)}")


def _drift(figures: Figures) -> str:
    note = (
        f"Population stability index over the tenths of the first distribution: below {STABLE} stable, from {SHIFTED} "
        "on drifted. From train to test, figures that count up with time move by nature."
    )
    rows = [
        (tag("code", text(one.name)), f"{one.nulls:,}", _index(one.drift), _index(one.train_to_test))
        for one in figures.features
    ]
    head = ("feature", "nulls", "from the last run", "from train to test")
    return _card("Drift and nulls", tag("p", note, class_="note"), table(head, rows))


def _index(value: float | None) -> str:
    if value is None:
        return tag("span", "not known", class_="muted")
    return f"{value:.3f} {tag('span', verdict(value), class_=f'pill {verdict(value)}')}"
