"""What becomes of rows with a value that its column's Arrow type cannot hold.

| policy | the row |
|---|---|
| `reject` | leaves through the rejected rows, with a reason |
| `null` | stays, with a null in place of the value (of a list as a whole) |
| `clamp` | stays, with the nearest value that fits; where there is none, as for NaN, it is rejected |
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.extract_postgres.decode import Decoded, Mask, Unfit
from components.extract_postgres.tables import Table
from components.shell.errors import ConfigurationError
from components.shell.extracts import REJECTED

_OTHERS = "*"


class Policy(StrEnum):
    """What to do about a value that does not fit."""

    REJECT = "reject"
    NULL = "null"
    CLAMP = "clamp"


@dataclass(frozen=True)
class Policies:
    """The policy of each column, by `table.column`; `*` stands for all others, which reject unless it says more."""

    named: Mapping[str, Policy] = field(default_factory=dict)

    def of(self, table: Table, column: str) -> Policy:
        """The policy of a column."""
        return self.named.get(f"{table.name}.{column}", self.named.get(_OTHERS, Policy.REJECT))


def parse(value: Mapping[str, Any]) -> Policies:
    """The policies that a parameter spells as `{"table.column": "null", "*": "reject"}`.

    Raises:
        ConfigurationError: one is none of the three words.
    """
    for name, policy in value.items():
        if policy not in list(Policy):
            raise ConfigurationError(
                f"unfit of {name} is {policy!r}", f"choose one of {', '.join(Policy)} in the parameter unfit"
            )
    return Policies({name: Policy(policy) for name, policy in value.items()})


def require_columns(policies: Policies, tables: Sequence[Table]) -> None:
    """Nothing, if each policy is that of a column that is copied.

    Raises:
        ConfigurationError: one is not.
    """
    known = {f"{table.name}.{column.name}" for table in tables for column in table.columns}
    if unknown := sorted(set(policies.named) - known - {_OTHERS}):
        raise ConfigurationError(f"no column {unknown[0]} is copied", "correct the parameter unfit")


@dataclass(frozen=True)
class Resolved:
    """The rows that stay, those that do not, and how many values of which column were changed or rejected, by policy.

    A rejected row counts for the first column that it is rejected for.
    """

    batch: pa.RecordBatch
    rejected: pa.RecordBatch | None = None
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)


def resolve(decoded: Sequence[Decoded], table: Table, policies: Policies) -> Resolved:
    """The rows of a batch, with the policies applied."""
    if not any(column.unfit for column in decoded):
        return Resolved(pa.RecordBatch.from_arrays([column.array for column in decoded], schema=table.arrow))
    arrays, changed = [], list[tuple[str, Policy, Mask]]()
    reasons: dict[int, tuple[str, str]] = {}
    for values, column in zip(decoded, table.columns, strict=True):
        array, policy = values.array, policies.of(table, column.name)
        for unfit in values.unfit:
            if policy is Policy.NULL or (policy is Policy.CLAMP and unfit.nearest):
                array = _nulled(array, unfit) if policy is Policy.NULL else array
                changed.append((column.name, policy, unfit.mask))
            else:
                array = _nulled(array, unfit)
                for row in np.flatnonzero(unfit.mask).tolist():
                    reasons.setdefault(row, (column.name, unfit.reason))
        arrays.append(array)
    batch = pa.RecordBatch.from_arrays(arrays, schema=table.arrow)
    stays = np.ones(batch.num_rows, bool)
    stays[list(reasons)] = False
    counts = Counter[tuple[str, str]]((column, Policy.REJECT) for column, _reason in reasons.values())
    for name, policy, mask in changed:
        if number := int((mask & stays).sum()):
            counts[name, policy] += number
    if not reasons:
        return Resolved(batch, counts=counts)
    return Resolved(batch.filter(pa.array(stays)), _rejected(batch, table, reasons), counts)


def _nulled(array: pa.Array, unfit: Unfit) -> pa.Array:
    if not unfit.nearest:
        return array
    return pc.if_else(pa.array(unfit.mask), pa.scalar(None, array.type), array)


def _rejected(batch: pa.RecordBatch, table: Table, reasons: Mapping[int, tuple[str, str]]) -> pa.RecordBatch:
    """The rows with their reasons, as JSON with nulls for what does not fit."""
    rows = batch.take(pa.array(list(reasons), pa.int64())).to_pylist()
    texts = [json.dumps(_plain(row), ensure_ascii=False) for row in rows]
    columns, messages = zip(*reasons.values(), strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array([table.name] * len(texts)), pa.array(columns), pa.array(messages), pa.array(texts)], schema=REJECTED
    )


def _plain(value: Any) -> Any:
    """The value as JSON can say it."""
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case bytes():
            return value.hex()
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            return str(value)
