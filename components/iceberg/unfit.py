"""Values that do not fit their column, found by Arrow kernels: rejected with their row, made null, or clamped."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from components.iceberg.misfits import fitting, lies_in_years, misfits
from components.iceberg.tables import CLAMP, NULL, REJECT

Tally = Counter[tuple[str, str]]
"""How many values or rows met which fate for which reason: (`reject`, `price: too large for float`) → 2."""


@dataclass(frozen=True)
class Fitted:
    """The rows that fit, those that do not (as they came, with a reason behind), and the tally of both."""

    rows: pa.RecordBatch
    rejected: pa.RecordBatch | None = None
    tally: Tally = field(default_factory=Counter)


def rejected_schema(schema: pa.Schema) -> pa.Schema:
    """The schema of rows that were rejected: as they came, and why; the name gives way to a column of that name."""
    name = "reason"
    while name in schema.names:
        name += "_"
    return schema.append(pa.field(name, pa.string()))


def fit(batch: pa.RecordBatch, target: pa.Schema, unfit: Mapping[str, str]) -> Fitted:
    """The batch as rows of `target`, each value that does not fit treated as `unfit` says of its column.

    A column that `unfit` does not name rejects. The row's reason is that of its first such column in the table's order.
    """
    arrays = {item.name: _whole(batch.column(item.name), item.type) for item in target}
    odd = [name for name, array in arrays.items() if array is None]
    if not odd:
        return Fitted(pa.RecordBatch.from_arrays(list(arrays.values()), schema=target))
    reasons: dict[str, pa.Array] = {}
    for name in odd:
        misfit = misfits(batch.column(name), target.field(name).type)
        reasons[name] = pc.binary_join_element_wise(name, misfit.why, ": ")
        away = pc.is_valid(misfit.why)
        arrays[name] = pc.if_else(away, None, misfit.nearest) if unfit.get(name) == NULL else misfit.nearest
    why = _first([reasons[name] for name in odd if unfit.get(name, REJECT) == REJECT], batch.num_rows)
    keep = pc.is_null(why)
    rows = pa.RecordBatch.from_arrays(list(arrays.values()), schema=target).filter(keep)
    tally = _counted(REJECT, why)
    for policy in (NULL, CLAMP):
        for name in odd:
            if unfit.get(name) == policy:
                tally += _counted(policy, reasons[name].filter(keep))
    return Fitted(rows, _rejected(batch, why), tally)


def _whole(column: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """The column as `kind`, or None where a value does not fit: two looks at its bounds where nothing is amiss."""
    cast = fitting(column, kind)
    return cast if cast is not None and lies_in_years(cast) else None


def _first(reasons: list[pa.Array], rows: int) -> pa.Array:
    return pc.coalesce(*reasons) if reasons else pa.nulls(rows, pa.string())


def _rejected(batch: pa.RecordBatch, why: pa.Array) -> pa.RecordBatch | None:
    away = pc.is_valid(why)
    if not pc.any(away).as_py():
        return None
    schema = rejected_schema(batch.schema)
    return pa.RecordBatch.from_arrays([*batch.columns, why], schema=schema).filter(away)


def _counted(policy: str, reasons: pa.Array) -> Tally:
    counts = pc.value_counts(reasons.drop_null()).to_pylist()
    return Counter({(policy, str(one["values"])): int(one["counts"]) for one in counts})


def tally_json(tally: Tally) -> str:
    """The tally as JSON, policy → reason → how often; empty where all fits."""
    by_policy: dict[str, dict[str, int]] = {}
    for (policy, reason), count in sorted(tally.items()):
        by_policy.setdefault(policy, {})[reason] = count
    return json.dumps(by_policy, sort_keys=True, separators=(",", ":")) if by_policy else ""


def parse_tally(text: str) -> dict[str, dict[str, int]]:
    """The tally that `tally_json` wrote, by policy."""
    return dict(json.loads(text)) if text else {}
