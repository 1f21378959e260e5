"""What new rows and those of a table differ in, and the versions that follow from a state and the open versions.

The latter is about one bucket of keys at a time. Rows are named by their position, so columns of any type go along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from components.iceberg.versions import IS_DELETED, KNOWN_AT, VALID_FROM, VALID_TO, VERSION
from components.shell.errors import ContractError

NEW, OLD = "position among the new", "position among the old"
INSTANT = pa.timestamp("us", "UTC")
_NONE = pa.array([], pa.int64())


@dataclass(frozen=True)
class Rules:
    """What makes versions differ: `key` names a row, `compare` are the columns that count.

    `since` is the column that says since when a key has been there; empty where that is when it was first seen.
    """

    key: tuple[str, ...]
    compare: tuple[str, ...]
    since: str = ""


@dataclass(frozen=True)
class Difference:
    """Versions to add, and positions among the open ones: of those that end, and of those that this instant made.

    `counts` says how many keys are new, changed, gone, returned and unchanged.
    """

    added: pa.Table
    ended: pa.Array
    undone: pa.Array
    counts: dict[str, int]


def difference(state: pa.Table, current: pa.Table, refused: pa.Table, rules: Rules, at: datetime) -> Difference:
    """What makes the versions of the state at that instant out of the open versions `current`.

    A key that is gone ends with a version that is deleted and says what it said last; one that the load `refused`
    stays as it is. A version that a load of the same instant has made is replaced, for it never stood.

    Args:
        state: One row per key, without the columns of versions.
        current: Versions without an end, whole.
        refused: Keys of rows that did not fit the table.
        rules: What makes versions differ.
        at: The instant of the state.

    Raises:
        ContractError: a key is there twice, in the state or in the table.
    """
    key = list(rules.key)
    for rows, where in ((state, "the rows"), (current, "the open versions of the table")):
        _refuse_repeated(rows, key, where)
    both = with_positions(state, key, NEW).join(with_positions(current, key, OLD), key, join_type="full outer")
    fresh = both.filter(pc.is_null(both[OLD]))[NEW]
    away = both.filter(pc.is_null(both[NEW])).join(refused, key, join_type="left anti")[OLD]
    gone = away.filter(pc.invert(current[IS_DELETED].take(away)))
    met = both.filter(pc.and_(pc.is_valid(both[NEW]), pc.is_valid(both[OLD])))
    back = current[IS_DELETED].take(met[OLD])
    differs = pc.or_(back, _differ(state.take(met[NEW]), current.take(met[OLD]), rules.compare))
    changed = met.filter(differs)
    ends = pa.concat_arrays([_flat(changed[OLD]), _flat(gone)]).sort()
    own = _made_at(current.take(ends), at)
    added = [
        _begun(state.take(fresh), pa.repeat(pa.scalar(1, pa.int32()), len(fresh)), rules, at),
        _begun(state.take(changed[NEW]), _next(current.take(changed[OLD]), at), rules, at),
        _deleted(current.take(gone), at),
    ]
    returned = int(pc.sum(back).as_py() or 0)
    counts = {"new": len(fresh), "changed": changed.num_rows - returned, "gone": len(gone), "returned": returned}
    counts["unchanged"] = met.num_rows - changed.num_rows
    everything = pa.concat_tables([part.select(current.column_names) for part in added])
    return Difference(everything, ends.filter(pc.invert(own)), ends.filter(own), counts)


def positions(count: int, first: int = 0) -> pa.Array:
    """So many whole numbers that follow one another."""
    ones = pa.repeat(pa.scalar(1, pa.int64()), count)
    return pc.add(pc.cumulative_sum(ones), first - 1) if count else _NONE


def distinct(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where the two differ; a null is like a null, and NaN like NaN, each like nothing else."""
    nulls = pc.xor(pc.is_null(one), pc.is_null(other))
    differ = pc.fill_null(pc.not_equal(one, other), False)
    if pa.types.is_floating(one.type):
        differ = pc.and_not(differ, pc.fill_null(pc.and_(pc.is_nan(one), pc.is_nan(other)), False))
    return pc.or_(nulls, differ)


def with_positions(rows: pa.Table, key: list[str], name: str) -> pa.Table:
    """The keys of the rows and, under that name, their positions: only such join, for values may be of any type."""
    return rows.select(key).append_column(name, positions(rows.num_rows))


def _refuse_repeated(rows: pa.Table, key: list[str], where: str) -> None:
    counted = rows.group_by(key).aggregate([([], "count_all")])
    repeated = counted.filter(pc.greater(counted["count_all"], 1))
    if repeated.num_rows:
        first = ", ".join(f"{name} {repeated[name][0].as_py()!r}" for name in key)
        raise ContractError(f"{first} stands more than once in {where}", "hand over one row per key")


def _differ(new: pa.Table, old: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    differs = pa.chunked_array([pa.repeat(pa.scalar(False), new.num_rows)])
    for name in columns:
        differs = pc.or_(differs, distinct(new[name].combine_chunks(), old[name].combine_chunks()))
    return differs


def _made_at(current: pa.Table, at: datetime) -> pa.ChunkedArray:
    """Which of the versions a load of that very instant has made."""
    return pc.greater_equal(current[KNOWN_AT], pa.scalar(at, current[KNOWN_AT].type))


def _next(current: pa.Table, at: datetime) -> pa.ChunkedArray:
    """The number of the version that follows each."""
    return pc.if_else(_made_at(current, at), current[VERSION], pc.add(current[VERSION], pa.scalar(1, pa.int32())))


def _begun(rows: pa.Table, versions: pa.ChunkedArray, rules: Rules, at: datetime) -> pa.Table:
    """The rows of a state as versions that begin at the instant; the first ones as early as the key says."""
    known = pa.repeat(pa.scalar(at, INSTANT), rows.num_rows)
    begins = known
    if rules.since:
        since = rows[rules.since].cast(INSTANT)
        earlier = pc.fill_null(pc.less(since, known), False)
        begins = pc.if_else(pc.and_(pc.equal(versions, 1), earlier), since, known)
    return _with(rows, versions, known, begins, deleted=False)


def _deleted(current: pa.Table, at: datetime) -> pa.Table:
    """The versions that say of keys that they are gone; none of a key that was there at no other instant."""
    never = pc.and_(_made_at(current, at), pc.equal(current[VERSION], 1))
    left = current.filter(pc.invert(never))
    known = pa.repeat(pa.scalar(at, INSTANT), left.num_rows)
    own = left.drop_columns([VERSION, KNOWN_AT, VALID_FROM, VALID_TO, IS_DELETED])
    return _with(own, _next(left, at), known, known, deleted=True)


def _with(rows: pa.Table, versions: pa.Array, known: pa.Array, begins: pa.Array, *, deleted: bool) -> pa.Table:
    count = rows.num_rows
    added = {VERSION: versions, KNOWN_AT: known, VALID_FROM: begins, VALID_TO: pa.nulls(count, INSTANT)}
    added[IS_DELETED] = pa.repeat(pa.scalar(deleted), count)
    for name, values in added.items():
        rows = rows.append_column(name, values)
    return rows


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else _NONE
