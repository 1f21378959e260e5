"""What a batch of values holds, as columns of text, in the terms of a definition."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from components.shell.events.batch import Places
from components.shell.events.definition import ITSELF, Event


@dataclass(frozen=True)
class Texts:
    """The text at each path; why a value is none, null where it is one; and its kind, null where that is unknown.

    A broker has stamped the records with `times`, in milliseconds; or lines have `stated` when they became known.
    """

    fields: Mapping[str, pa.Array]
    broken: pa.Array
    kinds: pa.Array
    times: pa.Array | None
    stated: pa.Array | None

    def columns(self, names: Mapping[str, str]) -> dict[str, pa.Array]:
        """All of it under the names by which the query knows it."""
        named = {name: self.fields[path] for path, name in names.items()}
        clock = {"stated": self.stated} if self.times is None else {"time": self.times}
        return {**named, **clock, "kind": self.kinds, "broken": self.broken}


def texts(event: Event, parsed: pa.Table, times: Places | None) -> Texts:
    """The same of values that have been parsed."""
    columns = {name: _whole(column) for name, column in zip(parsed.column_names, parsed.columns, strict=True)}
    broken = columns.pop("broken")
    stated = _first([columns[path] for path in event.known], len(broken)) if times is None else None
    return Texts(
        columns, broken, _kinds(event, columns, len(broken)), None if times is None else pa.array(times), stated
    )


def _first(columns: list[pa.Array], rows: int) -> pa.Array:
    there = [column for column in columns if column.null_count < rows]
    return pc.coalesce(*there) if len(there) > 1 else (there or columns or [pa.nulls(rows, pa.string())])[0]


def _kinds(event: Event, columns: Mapping[str, pa.Array], rows: int) -> pa.Array:
    if not event.kind_path:
        return pa.repeat(pa.scalar(event.kind), rows)
    spelled = columns[event.kind_path]
    # In most batches every record says the same, and looking at a whole column is cheapest.
    if len(event.kinds) == 1 and pc.all(pc.equal(spelled, *event.kinds), skip_nulls=False).as_py():
        return pa.repeat(pa.scalar(*event.kinds.values()), rows)
    indexes = pc.index_in(spelled, value_set=pa.array(list(event.kinds), pa.string()))
    kinds = pa.array(list(event.kinds.values()), pa.string()).take(indexes)
    if not event.other:
        return kinds
    others = spelled if event.other == ITSELF else event.other
    return pc.if_else(pc.and_(pc.is_valid(spelled), pc.is_null(kinds)), others, kinds)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
