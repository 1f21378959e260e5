"""What the rows look like, in a few figures that are kept with the run: the label's share, and how columns spread."""

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from components.shell.hidden import is_hidden, is_id
from components.shell.row_groups import RowGroups

# Each receipt holds them, and every version of a table's metadata all of its receipts.
_MOST_COLUMNS = 32
_DIGITS = 4
# Sums of larger numbers have no end that can be written.
_ENDLESS = 1e300


def figures(directory: Path, label: str) -> dict[str, Any]:
    """The `label` with its share, and mean and standard deviation of columns, as a step says them in its details.

    `label` is a column of yes and no, or 1 and 0; where it is none of the dataset nothing is said of it. Columns are
    those of numbers, and yes-no ones, of which the mean is a share: the first so many, without ids and without those
    that are called as if they were personal or secret. Of many rows, row groups in even steps stand for all.
    """
    rows = RowGroups.of(directory).some()
    moments = {name: each for name in _counted(rows.schema, label) if (each := _moments(rows, name, label))}
    labelled = {"label": label, "label_share": moments[label][0]} if label in moments else {}
    return {**labelled, **({"moments": moments} if moments else {})}


def _counted(schema: pa.Schema, label: str) -> list[str]:
    """The columns that are counted, the label first."""
    names = [field.name for field in schema if _is_number(field.type) and schema.names.count(field.name) == 1]
    shown = [name for name in names if name != label and not is_id(name) and not is_hidden(name, is_text=False)]
    return [*(name for name in names if name == label), *shown][:_MOST_COLUMNS]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _moments(rows: RowGroups, name: str, label: str) -> tuple[float, float] | None:
    """Mean and standard deviation of the known numbers, of a share over all rows; None where there are none."""
    values = rows.column(name)
    is_share = name == label or pa.types.is_boolean(values.type)
    # The nearest number will do: not every whole number beyond 2^53 is a float.
    floats = pc.cast(values, pa.float64(), safe=False)
    floats = pc.fill_null(floats, 0.0) if is_share else floats
    finite = floats.filter(pc.fill_null(pc.is_finite(floats), False))
    if not len(finite):
        return None
    mean, spread = pc.mean(finite).as_py(), pc.stddev(finite).as_py()
    return _short(mean, spread) if abs(mean) < _ENDLESS and spread < _ENDLESS else None


def _short(mean: float, spread: float) -> tuple[float, float]:
    """Both with so many digits as count beside the spread."""
    digits = _DIGITS - 1 - math.floor(math.log10(spread)) if spread else None
    return (mean, spread) if digits is None else (round(mean, digits), round(spread, digits))
