"""The few figures of a run's report that the index of runs draws over time, kept beside the report."""

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.pages.drift import IS, Moments, of_share
from components.pages.model import Contract
from components.shell.redaction import masked_in
from stockpot.local.records import write_json
from stockpot.report.model import Bars, Distributions, Report, Share

_FILE = "figures.json"
_WORST_FIRST = ("failed", "warned", "met")


@dataclass(frozen=True)
class Kept:
    """What is kept of a report: its title, the rows committed and rejected, the label and the share of rows with it.

    `moments` are mean and standard deviation of each column of numbers, and of each value of a column of few texts.
    `categories` are those columns of few texts. `rules` are those of the data contracts, with how they came out.
    """

    title: str = ""
    rows: int | None = None
    rejected: int | None = None
    label: str = ""
    label_share: float | None = None
    moments: Mapping[str, Moments] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    categories: Sequence[str] = ()


def kept_of(report: Report) -> Kept:
    """What is kept of the report."""
    data = report.distributions
    rejected = [step.rows_rejected for step in report.steps if step.rows_rejected is not None]
    return Kept(
        title=report.title,
        rows=report.rows,
        rejected=sum(rejected) if rejected else None,
        label=data.label,
        label_share=_ratio(data.label_shares[0]) if data.label_shares else None,
        moments=dict(_moments(data)),
        rules=_rules(report.contracts),
        categories=[bars.title for bars in data.categories],
    )


def _rules(contracts: Sequence[Contract]) -> dict[str, str]:
    """How each rule came out; of those that ask the same kind of thing of the same columns, the worst."""
    states: dict[str, str] = {}
    for contract in contracts:
        for each in contract.expectations:
            rule = f"{each.rule.replace('_', ' ')} of {', '.join(each.columns)}" if each.columns else each.rule
            name = f"{contract.step}: {rule}" if len(contracts) > 1 else rule
            states[name] = min(states.get(name, each.state), each.state, key=_rank)
    return states


def _rank(state: str) -> int:
    """The worse, the smaller; what a step of others calls otherwise is no worse than any."""
    return _WORST_FIRST.index(state) if state in _WORST_FIRST else len(_WORST_FIRST)


def _moments(data: Distributions) -> Iterator[tuple[str, Moments]]:
    yield from ((bars.title, bars.moments) for bars in data.bars if bars.moments)
    # The label's first share is that of all rows, the others those of groups.
    labels = [Share(data.label, share.part, share.whole) for share in data.label_shares[:1]]
    yield from ((share.label, of_share(_ratio(share))) for share in (*labels, *data.shares))
    yield from (each for bars in data.categories for each in _values(bars))


def _values(bars: Bars) -> Iterator[tuple[str, Moments]]:
    whole = sum(bars.totals) or 1
    for value, rows in zip(bars.labels, bars.totals, strict=True):
        yield f"{bars.title}{IS}{value}", of_share(rows / whole)


def _ratio(share: Share) -> float:
    return share.part / share.whole if share.whole else 0.0


def write_kept(directory: Path, kept: Kept) -> None:
    """Keep the figures in the run's directory."""
    write_json(directory / _FILE, masked_in(dataclasses.asdict(kept)))


def read_kept(directory: Path) -> Kept:
    """The figures of the run in that directory.

    Nothing where there are none, another version has written them, or one is of another type: the run is left out of
    what is drawn.
    """
    try:
        document: dict[str, Any] = json.loads((directory / _FILE).read_bytes())
        moments = {name: (mean, spread) for name, (mean, spread) in document["moments"].items()}
        return _typed(Kept(**{**document, "moments": moments}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return Kept()


def _typed(kept: Kept) -> Kept:
    """The figures, if each is of its type.

    Raises:
        TypeError: one is not, or is no finite number.
        OverflowError: one is a number without end for all who draw.
    """
    numbers = [kept.rows, kept.rejected, kept.label_share, *(each for pair in kept.moments.values() for each in pair)]
    known = [number for number in numbers if number is not None]
    is_text = isinstance(kept.title, str) and isinstance(kept.label, str)
    if not is_text or not all(type(each) in (int, float) and math.isfinite(each) for each in known):
        raise TypeError("figures of other types")
    if not isinstance(kept.rules, dict) or not all(isinstance(each, str) for each in kept.rules.values()):
        raise TypeError("rules of other types")
    if not isinstance(kept.categories, list | tuple) or not all(isinstance(each, str) for each in kept.categories):
        raise TypeError("columns of other types")
    return kept
