"""Aggregates that Arrow computes while it reads: of millions of rows, only the few results come to Python."""

from collections.abc import Mapping, Sequence
from typing import Any

Rows = list[dict[str, Any]]


def field(name: str) -> Any:
    """The column as an expression."""
    import pyarrow.compute as pc

    return pc.field(name)


def number(name: str) -> Any:
    """The column as a float: for a drawing the nearest number will do, of money too."""
    return field(name).cast("float64", safe=False)


def grouped(
    data: Any,
    columns: Sequence[str],
    keys: Mapping[str, Any],
    measures: Mapping[str, tuple[Any, str]],
    where: Any = None,
) -> Rows:
    """A row per group, in no order, with its number of `rows` and its `measures`.

    Args:
        data: An Arrow dataset; no more of it is held than what is being read, and the groups.
        columns: What is read of it.
        keys: By which expressions rows are grouped, by name; none for all in one group.
        measures: By name an expression and its aggregate, such as `sum`.
        where: Which rows count.
    """
    return _plan(data, columns, keys, measures, where).to_table(use_threads=True).to_pylist()  # type: ignore[no-any-return]  # Arrow ships no types


def sizes(data: Any, columns: Sequence[str], key: str, where: Any = None) -> dict[int, int]:
    """How many values of the key have how many rows."""
    from pyarrow.acero import AggregateNodeOptions, Declaration

    has_key = field(key).is_valid()
    by_key = _plan(data, columns, {"key": field(key)}, {}, has_key if where is None else has_key & where)
    counted = AggregateNodeOptions([([], "hash_count_all", None, "keys")], keys=["rows"])
    table = Declaration("aggregate", counted, inputs=[by_key]).to_table(use_threads=True)
    return dict(zip(table["rows"].to_pylist(), table["keys"].to_pylist(), strict=True))


def _plan(
    data: Any, columns: Sequence[str], keys: Mapping[str, Any], measures: Mapping[str, tuple[Any, str]], where: Any
) -> Any:
    from pyarrow.acero import AggregateNodeOptions, Declaration, FilterNodeOptions, ProjectNodeOptions, ScanNodeOptions

    named = {**keys, **{name: expression for name, (expression, _) in measures.items()}}
    # Arrow counts all rows of no column as it does of one, but not through a projection to none.
    named = named or {"": _one()}
    kind = "hash_" if keys else ""
    aggregates: list[Any] = [([], f"{kind}count_all", None, "rows")]
    aggregates += [(name, f"{kind}{function}", None, name) for name, (_, function) in measures.items()]
    read = {"columns": list(columns), **({} if where is None else {"filter": where})}
    steps = [Declaration("scan", ScanNodeOptions(data, **read))]
    # The scan itself only passes over whole row groups.
    steps += [] if where is None else [Declaration("filter", FilterNodeOptions(where))]
    steps += [
        Declaration("project", ProjectNodeOptions(list(named.values()), list(named))),
        Declaration("aggregate", AggregateNodeOptions(aggregates, keys=list(keys))),
    ]
    return Declaration.from_sequence(steps)


def _one() -> Any:
    import pyarrow.compute as pc

    return pc.scalar(1)


def bin_of(value: Any, edges: Sequence[float]) -> Any:
    """How many edges beyond the first the value has reached."""
    index = _one() - _one()
    for edge in edges[1:]:
        index += (value >= edge).cast("int32")
    return index


def is_whole(data: Any, name: str) -> bool:
    """Whether the column's numbers are whole by their type."""
    from pyarrow import types

    return bool(types.is_integer(data.schema.field(name).type))


def is_text(data: Any, name: str) -> bool:
    """Whether the column holds texts by its type."""
    from pyarrow import types

    kind = data.schema.field(name).type
    return bool(types.is_string(kind) or types.is_large_string(kind))


def listed(data: Any, columns: Sequence[str], where: Any) -> Rows:
    """The rows that count, which must be few."""
    return data.to_table(columns=list(columns), filter=where).to_pylist()  # type: ignore[no-any-return]  # Arrow ships no types


def differing(left: Any, right: Any) -> int:
    """In how many places two columns differ; nulls are alike."""
    import pyarrow.compute as pc

    same = pc.or_kleene(pc.equal(left, right), pc.and_(pc.is_null(left), pc.is_null(right)))
    return int(pc.sum(pc.invert(pc.fill_null(same, False))).as_py() or 0)
