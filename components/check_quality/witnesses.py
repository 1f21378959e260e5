"""Few rows that stand for all of a dataset: whether they keep a rule of bounds, sets or nulls, all rows do or do not.

Great Expectations takes as long for a frame of two rows as for one of a hundred thousand, so it is asked once.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from components.check_quality.frames import is_float
from components.shell import datasets

MOST = 1_000
"""More values than this of one column are not held."""
_EXACT = 2**53


class Witnesses:
    """Of each column whether one is null, and its least and greatest value; of those that are `listed` each value.

    Columns are as `native_frame` makes them, and come chunk by chunk; of those that are `full` nothing is looked at,
    for they are known to have no null.
    """

    def __init__(self, listed: Collection[str], full: Collection[str] = ()) -> None:
        self._listed = frozenset(listed)
        self._seen: dict[str, set[Any]] = {name: {0} for name in full}

    def add(self, frame: pd.DataFrame) -> None:
        """Take in the rows of one more chunk."""
        for name, column in frame.items():
            seen = self._seen.setdefault(str(name), set())
            known = column.dropna()
            if len(known) < len(column):
                seen.add(None)
            if len(known) and not self.crowded(str(name)):
                seen.update(self._values(str(name), known))

    def crowded(self, name: str) -> bool:
        """Whether the column has more values than are held, so that nothing stands for it."""
        return len(self._seen.get(name, ())) > MOST

    def frame(self) -> pd.DataFrame:
        """The rows that stand for all; a column with fewer values than others repeats one."""
        most = max((len(seen) for seen in self._seen.values()), default=0)
        return pd.DataFrame({name: _column(list(seen), most) for name, seen in self._seen.items()})

    def _values(self, name: str, known: "pd.Series[Any]") -> list[Any]:
        if name in self._listed or isinstance(known.dtype, pd.CategoricalDtype):
            values: list[Any] = known.unique().tolist()
            return values
        return [_plain(known.min()), _plain(known.max())]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _column(values: list[Any], length: int) -> "pd.Series[Any]":
    """The values, as often as it takes, as `native_frame` has them."""
    filled = values + values[-1:] * (length - len(values))
    known = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in known):
        return pd.Series(pd.Categorical(filled))
    # Beside a fraction or a null they would become doubles, of which two that differ may be the same.
    exact = any(isinstance(value, int) and abs(value) > _EXACT for value in known)
    return pd.Series(filled, dtype=object if exact and len(known) < len(values) else None)


def never_null(directory: Path) -> frozenset[str]:
    """The columns of which the files themselves say that no value is missing, and which have no NaN.

    Parquet has no room for a null in a column that is required.
    """
    required = [_required(path) for path in datasets.files(directory)]
    return frozenset.intersection(*required)


def _required(path: str) -> frozenset[str]:
    parquet = pq.read_metadata(path).schema
    arrow = parquet.to_arrow_schema()
    flat = [parquet.column(index) for index in range(len(parquet))]
    return frozenset(
        one.path
        for one in flat
        # In the path of a part of a value there is a dot.
        if one.max_definition_level == 0 and "." not in one.path and not is_float(arrow.field(one.path).type)
    )
