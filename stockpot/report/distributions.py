"""What the rows of a dataset look like, counted by Arrow column by column."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.pages import figures
from components.shell.counts import counted
from components.shell.hidden import is_hidden, is_id
from components.shell.row_groups import RowGroups
from stockpot.report import bins
from stockpot.report.model import Bars, Distributions, Share

_FEW = 24
_FEW_FRACTIONS = 8
_MOST_GROUPS = 6


def distributions(directory: Path, label: str = "", groups: Sequence[str] = (), *, table: str = "") -> Distributions:
    """Bars for numbers and categories, shares for yes-no columns and the label, of a complete dataset.

    `label` is a column of yes and no, or 1 and 0. All is split by the first of the `groups` that tells few enough
    kinds of rows apart. Columns that the dataset does not have are left out, and those that are called as if they were
    personal in that `table`, or secret. Of many rows, row groups are taken in even steps.
    """
    whole = RowGroups.of(directory)
    if not (total := whole.count()):
        return Distributions(directory.name)
    data = whole.some()
    rows, column = data.count(), data.column
    names = data.schema.names
    label = label if label in names else ""
    kinds = {field.name: _kind(field.type) for field in data.schema}
    hidden = {name for name in names if is_hidden(name, table, is_text=kinds[name] in ("text", "other"))}
    group = _group(column, [name for name in groups if name in names and name not in hidden])
    drawn = {label, group.name if group else ""}
    shown = [name for name in names if name not in drawn and name not in hidden]
    numbers = [name for name in shown if kinds[name] == "number" and not is_id(name)]
    texts = [name for name in shown if kinds[name] == "text" and not is_id(name)]
    flags = [name for name in shown if kinds[name] == "flag" and not _is_one_hot(name, texts)]
    return Distributions(
        source=directory.name,
        rows=rows,
        of=total,
        label=label,
        label_shares=_label_shares(column(label), group, rows) if label else (),
        shares=[_share(column(name), name, rows) for name in flags],
        bars=_present(_measured(name, column(name), group) for name in numbers),
        categories=_present(_categories(name, column(name), group) for name in texts),
    )


def _present(charts: Iterable[Bars | None]) -> list[Bars]:
    return [chart for chart in charts if chart]


def _kind(arrow_type: Any) -> str:
    from pyarrow import types

    if types.is_boolean(arrow_type):
        return "flag"
    if types.is_integer(arrow_type) or types.is_floating(arrow_type):
        return "number"
    return "text" if types.is_string(arrow_type) or types.is_large_string(arrow_type) else "other"


def _is_one_hot(name: str, texts: Sequence[str]) -> bool:
    return any(name.startswith(f"{text}_") for text in texts)


@dataclass(frozen=True)
class _Group:
    """A column that tells kinds of rows apart, and the kind of each row."""

    name: str
    values: Any

    def filter(self, chosen: Any) -> "_Group":
        """The same of some of the rows alone."""
        return _Group(self.name, self.values.filter(chosen))

    def parts(self, values: Any) -> Iterator[tuple[str, Any]]:
        """What each kind is called, in order, and those of the values that are of its rows."""
        import pyarrow.compute as pc

        for kind in sorted(pc.unique(pc.drop_null(self.values)).to_pylist()):
            yield f"{self.name} {kind}", values.filter(pc.equal(self.values, kind))
        if self.values.null_count:
            yield f"{self.name} none", values.filter(pc.is_null(self.values))


def _group(column: Callable[[str], Any], names: Sequence[str]) -> _Group | None:
    """The first of the groups whose kinds are few enough to tell them apart by colour."""
    import pyarrow.compute as pc

    groups = (_Group(name, column(name)) for name in names)
    return next((one for one in groups if pc.count_distinct(one.values, mode="all").as_py() <= _MOST_GROUPS), None)


def _label_shares(values: Any, group: _Group | None, rows: int) -> list[Share]:
    parts = group.parts(values) if group else ()
    return [_share(values, "all rows", rows), *(_share(part, name, len(part)) for name, part in parts)]


def _share(values: Any, label: str, rows: int) -> Share:
    import pyarrow.compute as pc

    return Share(label, pc.sum(values).as_py() or 0, rows)


def _categories(name: str, values: Any, group: _Group | None) -> Bars | None:
    """The most frequent texts; none where nearly every row has its own."""
    import pyarrow.compute as pc

    distinct = pc.count_distinct(values, mode="all").as_py()
    if distinct > _FEW:
        return None
    counts = sorted(pc.value_counts(values).to_pylist(), key=lambda entry: (-entry["counts"], str(entry["values"])))
    order = [entry["values"] for entry in counts]
    labels = ["none" if value is None else str(value) for value in order]
    return _stacked(name, values, order, labels, group, note=counted(distinct, "value"))


def _measured(name: str, values: Any, group: _Group | None) -> Bars | None:
    """The bars of finite numbers, with their mean and standard deviation; None where there are none."""
    import pyarrow.compute as pc

    # For a drawing the nearest number will do: not every whole number beyond 2^53 is a float.
    floats = pc.cast(values, "float64", safe=False)
    finite = pc.fill_null(pc.is_finite(floats), False)
    numbers = floats.filter(finite)
    if not len(numbers):
        return None
    drawn = _numbers(name, numbers, group.filter(finite) if group else None, is_whole=_is_whole(values))
    return dataclasses.replace(drawn, moments=(pc.mean(numbers).as_py(), pc.stddev(numbers).as_py())) if drawn else None


def _numbers(name: str, numbers: Any, chosen: _Group | None, *, is_whole: bool) -> Bars | None:
    import pyarrow.compute as pc

    low, middle, high = pc.quantile(numbers, [0, 0.5, 1]).to_pylist()
    if math.isinf(high - low):
        return None
    note = f"{figures.number(low)} … {figures.number(middle)} … {figures.number(high)}"
    if is_whole and low >= 0 and high > bins.SKEWED * max(middle, 1):
        edges = bins.long_tail(high)
        labels = bins.ranges(edges)
    elif pc.count_distinct(numbers).as_py() <= (_FEW if is_whole else _FEW_FRACTIONS):
        order = sorted(pc.unique(numbers).to_pylist())
        return _stacked(name, numbers, order, [figures.number(value) for value in order], chosen, note=note)
    else:
        edges = bins.even(low, high)
        labels = [figures.number(round(edge, 9)) for edge in edges]
    return _stacked(name, _binned(numbers, edges), list(range(len(edges))), labels, chosen, note=note)


def _is_whole(values: Any) -> bool:
    from pyarrow import types

    return bool(types.is_integer(values.type))


def _binned(numbers: Any, edges: Sequence[float]) -> Any:
    """The index of each number's bin: how many edges beyond the first it has reached."""
    import pyarrow.compute as pc

    index = pc.multiply(numbers, 0.0)
    for edge in edges[1:]:
        index = pc.add(index, pc.cast(pc.greater_equal(numbers, edge), "float64"))
    return index


def _stacked(
    name: str, values: Any, order: Sequence[Any], labels: Sequence[str], group: _Group | None, *, note: str
) -> Bars:
    import pyarrow.compute as pc

    parts = list(group.parts(values)) if group else [("", values)]
    counts = []
    for _, part in parts:
        rows_by_value = {entry["values"]: entry["counts"] for entry in pc.value_counts(part).to_pylist()}
        counts.append([rows_by_value.get(value, 0) for value in order])
    return Bars(name, labels, [kind for kind, _ in parts], counts, note)
