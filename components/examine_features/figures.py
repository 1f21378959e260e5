"""The figures of a page, from two passes over this run's rows and two over those of the run before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from components.examine_features.drift import stability_index
from components.examine_features.ranges import FINE, Counts, Range, Scale, measured, scale_of
from components.examine_features.tally import Members, Tally, histograms, tally
from components.feed.splits import SPLIT, SPLITS
from components.shell.errors import ContractError

_BARS = 30
_MOST_VALUES = 40
_TAIL = 0.001


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram: values from `low` to before `high`, and the share of train, test and the last run in it."""

    low: float
    high: float
    train: float | None
    test: float | None
    last: float | None


@dataclass(frozen=True)
class Feature:
    """A feature as it is this time."""

    name: str
    known: int
    nulls: int
    least: float
    median: float
    mean: float
    p95: float
    greatest: float
    logarithmic: bool
    bars: tuple[Bar, ...]
    drift: float | None
    train_to_test: float | None


@dataclass(frozen=True)
class Group:
    """A group of rows: its name, how many they are, and how many of them have the label."""

    name: str
    rows: int
    labelled: int

    @property
    def share(self) -> float:
        """The share of those that have the label; 0 where there are none."""
        return self.labelled / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Figures:
    """Everything that a page shows; `last` names the run that it is compared with, empty where there is none."""

    label: str
    features: tuple[Feature, ...]
    groups: Mapping[str, tuple[Group, ...]]
    last: str

    @property
    def total(self) -> Group:
        """All rows as one group."""
        splits = self.groups.get(SPLIT, ())
        return Group("all", sum(one.rows for one in splits), sum(one.labelled for one in splits))


@dataclass(frozen=True)
class Source:
    """Rows that can be read more than once: the columns asked for, those that are there."""

    name: str
    columns: Sequence[str]
    read: Callable[[list[str]], Iterable[pa.RecordBatch]]


def figures(rows: Source, names: Mapping[str, bool], members: Members, last: Source | None) -> Figures:
    """The figures of `rows`; `names` says of each feature whether it is whole numbers.

    Raises:
        ContractError: there are no rows.
    """
    wanted = list(names)
    now, before = measured(rows.read(wanted), wanted), measured(last.read(wanted), wanted) if last else {}
    if not now:
        raise ContractError("there are no rows to draw", "give rows of ranking_features")
    scales = {name: scale_of([seen[name] for seen in (now, before) if name in seen]) for name in wanted}
    counted = tally(rows.read(list(dict.fromkeys([*wanted, *members.wanted(rows.columns)]))), scales, members)
    counted_before = histograms(last.read(wanted), scales) if last else {}
    features = tuple(
        _feature(name, now[name], _Shape(scales[name], whole), counted, counted_before.get(name))
        for name, whole in names.items()
    )
    return Figures(members.shown.label, features, _grouped(counted), last.name if last else "")


def _grouped(counted: Tally) -> dict[str, tuple[Group, ...]]:
    return {
        kind: tuple(
            Group(name, rows, group_shares.labelled[name])
            for name, rows in sorted(group_shares.rows.items(), key=_order)
        )
        for kind, group_shares in counted.groups.items()
    }


def _order(entry: tuple[str, Any]) -> tuple[int, int, str]:
    """Splits in the order of time, numbers by value, names by letters."""
    name = entry[0]
    if name in SPLITS:
        return (0, SPLITS.index(name), "")
    return (1, int(name), "") if name.isdigit() else (2, 0, name)


@dataclass(frozen=True)
class _Shape:
    """On which scale a feature was counted, and whether its values are whole numbers."""

    scale: Scale
    whole: bool

    def edges(self, counts: Counts) -> list[int]:
        """The fine bins at which the bars of a histogram begin, and the end of the last one.

        Few whole numbers have a bar each; else thirty bars span all but the outermost thousandth on either side, which
        falls into the outer bars.
        """
        low, high = self.scale.low, self.scale.high
        if self.whole and high - low <= _MOST_VALUES:
            steps = np.arange(1, high - low + 1) - 0.5
            return [0, *(int(step / max(high - low, 1) * FINE) for step in steps), FINE]
        first, end = _bin_of_quantile(counts, _TAIL), _bin_of_quantile(counts, 1 - _TAIL) + 1
        inner = sorted({int(bin_index) for bin_index in np.linspace(first, end, _BARS + 1)[1:-1]})
        return [0, *(bin_index for bin_index in inner if 0 < bin_index < FINE), FINE]


def _bin_of_quantile(counts: Counts, share: float) -> int:
    """The fine bin that holds a quantile."""
    so_far = np.cumsum(counts)
    return int(np.searchsorted(so_far, so_far[-1] * share))


def _feature(name: str, seen: Range, shape: _Shape, counted: Tally, before: Counts | None) -> Feature:
    counts, scale = counted.of(name), shape.scale
    train, test = counted.of(name, "train"), counted.of(name, "test")
    return Feature(
        name=name,
        known=seen.known,
        nulls=seen.nulls,
        least=seen.least,
        median=_quantile(counts, shape, 0.5),
        mean=seen.mean,
        p95=_quantile(counts, shape, 0.95),
        greatest=seen.greatest,
        logarithmic=scale.logarithmic,
        bars=_bars(shape, counts, train, test, before),
        drift=None if before is None else stability_index(before, counts),
        train_to_test=stability_index(train, test),
    )


def _quantile(counts: Counts, shape: _Shape, share: float) -> float:
    """A quantile, read from the middle of its fine bin; of whole numbers the nearest one."""
    if not counts.sum():
        return 0.0
    value = shape.scale.edge(_bin_of_quantile(counts, share) + 0.5)
    return float(round(value)) if shape.whole else value


def _bars(shape: _Shape, counts: Counts, train: Counts, test: Counts, before: Counts | None) -> tuple[Bar, ...]:
    if not counts.sum():
        return ()
    edges = shape.edges(counts)
    bounds = [shape.scale.edge(edge) for edge in edges]
    columns = [_shares(one, edges) for one in (train, test, before)]
    return tuple(Bar(*bar) for bar in zip(bounds, bounds[1:], *columns, strict=False))


def _shares(counts: Counts | None, edges: list[int]) -> list[float | None]:
    """The share of all rows that lies in each bar; None where nothing was counted."""
    if counts is None or not counts.sum():
        return [None] * (len(edges) - 1)
    shares: list[float | None] = (np.add.reduceat(counts, edges[:-1]) / counts.sum()).tolist()
    return shares
