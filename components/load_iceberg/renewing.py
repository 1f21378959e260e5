"""Rows before a load's interval that facts which became known late bring up to date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions.parser import parse
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import FileScanTask, Table

from components.iceberg.bounds import bounds
from components.iceberg.conform import conform
from components.iceberg.coverage import Span
from components.iceberg.lateness import Late, by_day, late_text
from components.iceberg.planning import files_of
from components.iceberg.scan import Scan, Selection
from components.iceberg.tables import TableDefinition
from components.load_iceberg.conform import check_instants
from components.load_iceberg.differing import NEW, OLD, distinct, with_positions
from components.shell import datasets
from components.shell.errors import ConfigurationError

_TOUCHED = ("uploaded_at", "reopened")


@dataclass(frozen=True)
class Touched:
    """What facts that became known late touch: instants whose rows are made anew, and time that is left late.

    `seen` is the newest commit that the run was planned from.
    """

    instants: pa.Array
    late: Sequence[Late] = ()
    seen: str = ""


NOTHING = Touched(pa.array([], pa.timestamp("us", "UTC")))


@dataclass(frozen=True)
class Before:
    """The rows before the interval as they were made anew, and instant and key of those that did not fit the table."""

    rows: Sequence[pa.RecordBatch] = ()
    refused: Sequence[pa.RecordBatch] = ()


NO_ROWS = Before()


@dataclass(frozen=True)
class Renewed:
    """The instants at which the table's rows change, ascending, and what it has there from now on."""

    instants: pa.Array
    rows: Sequence[pa.RecordBatch] = field(default_factory=list)

    @property
    def reopened_text(self) -> str:
        """The changed time as a receipt holds it, in `reopened`."""
        return late_text(by_day(self.instants))


def read_touched(directory: Path, seen: str) -> Touched:
    """What the dataset `directory` says: `uploaded_at` per image, and whether it is `reopened`."""
    rows = pa.Table.from_batches(
        list(datasets.read_batches(directory, _TOUCHED)),
        datasets.schema(directory).empty_table().select(_TOUCHED).schema,
    )
    reopened = pc.unique(rows.filter(rows["reopened"])["uploaded_at"]).sort()
    return Touched(reopened, by_day(rows.filter(pc.invert(rows["reopened"]))["uploaded_at"]), seen)


def renewed(
    table: Table, definition: TableDefinition, touched: Touched, before: Before, spans: Sequence[Span]
) -> Renewed:
    """What changes at the touched instants that lie within `spans`, against what the table holds there now.

    A row that is there keeps what it says, but for the columns that a late fact may change; where it does not fit the
    table when it is made anew, it stays as it is. Rows that nobody makes any more go, new ones come.

    Raises:
        ConfigurationError: the definition does not say what a late fact may change.
        ContractError: rows lie at instants that are not touched.
    """
    column = definition.interval_column
    instants = _within(touched.instants, spans)
    remade = _whole(table, before.rows)
    check_instants(remade[column], column, touched.instants)
    if not len(instants):
        return Renewed(instants)
    if not definition.key:
        problem = f"the definition of table {definition.name} does not say what late facts may change"
        raise ConfigurationError(problem, "give it the key late, see docs/tables.md")
    new = remade.filter(pc.is_in(remade[column], value_set=instants))
    old = _whole(table, _present(table, column, instants))
    return _merged(old, new, _keys(old, before.refused, definition), definition)


def _keys(old: pa.Table, refused: Sequence[pa.RecordBatch], definition: TableDefinition) -> pa.Table:
    """The keys of rows that did not fit, each once."""
    key = list(definition.key)
    schema = pa.schema([old.schema.field(name) for name in key])
    return pa.Table.from_batches([conform(batch, schema) for batch in refused], schema).group_by(key).aggregate([])


def _merged(old: pa.Table, new: pa.Table, refused: pa.Table, definition: TableDefinition) -> Renewed:
    column, key = definition.interval_column, list(definition.key)
    both = with_positions(old, key, OLD).join(with_positions(new, key, NEW), key, join_type="full outer")
    met = both.filter(pc.and_(pc.is_valid(both[OLD]), pc.is_valid(both[NEW])))
    before, remade = old.take(met[OLD]), new.take(met[NEW])
    come = new.take(both.filter(pc.is_null(both[OLD]))[NEW])
    left = both.filter(pc.is_null(both[NEW])).select([*key, OLD])
    stay = old.take(left.join(refused, key, join_type="left semi")[OLD])
    gone = old.take(left.join(refused, key, join_type="left anti")[OLD])
    differ = [before.filter(distinct(before[name], remade[name])) for name in definition.renewed]
    instants = [part[column] for part in (*differ, come, gone)]
    changed = pc.unique(pa.chunked_array([one for part in instants for one in part.chunks], old[column].type)).sort()
    after = pa.concat_tables([_with(before, remade, definition.renewed), come, stay])
    rows = after.filter(pc.is_in(after[column], value_set=changed))
    rows = rows.sort_by([(name, "ascending") for name in (column, *key)])
    return Renewed(changed, rows.combine_chunks().to_batches())


def _with(rows: pa.Table, other: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The rows with these columns of the other's."""
    taken = [other[name] if name in columns else rows[name] for name in rows.column_names]
    return pa.Table.from_arrays(taken, schema=rows.schema)


def _whole(table: Table, batches: Sequence[pa.RecordBatch] | Iterator[pa.RecordBatch]) -> pa.Table:
    """The batches as one, each column of the kind that the table's schema is read as."""
    schema = schema_to_pyarrow(table.schema())
    return pa.Table.from_batches([conform(batch, schema) for batch in batches], schema)


def _within(instants: pa.Array, spans: Sequence[Span]) -> pa.Array:
    inside = pa.array([False] * len(instants), pa.bool_())
    for start, end in spans:
        first, last = (pa.scalar(at, instants.type) for at in (start, end))
        inside = pc.or_(inside, pc.and_(pc.greater_equal(instants, first), pc.less(instants, last)))
    return instants.filter(inside)


def _present(table: Table, column: str, instants: pa.Array) -> Iterator[pa.RecordBatch]:
    """The table's rows at the instants, whoever wrote them."""
    first, last = (instants[index].as_py() for index in (0, -1))
    selection = Selection(time_column=column, start=first, end=last + timedelta(microseconds=1))
    for batch in Scan(table, selection, holding(table, column, instants), table.schema()).batches():
        rows = batch.filter(pc.is_in(batch.column(column), value_set=instants.cast(batch.column(column).type)))
        if rows.num_rows:
            yield rows


def holding(table: Table, column: str, instants: pa.Array) -> list[FileScanTask]:
    """The files of the table's current snapshot that may hold rows at the instants, which are ascending.

    Raises:
        ConfigurationError: rows are deleted by their values.
    """
    if not len(instants):
        return []
    tasks = files_of(table, row_filter=parse(_between(column, instants)))
    return [task for task in tasks if _meets(bounds(table, task.file, column), instants)]


def _meets(extent: tuple[datetime | None, datetime | None], instants: pa.Array) -> bool:
    first, last = extent
    if first is None or last is None:
        return True
    lower, upper = (pa.scalar(at, instants.type) for at in (first, last))
    return bool(pc.any(pc.and_(pc.greater_equal(instants, lower), pc.less_equal(instants, upper))).as_py())


def _between(column: str, instants: pa.Array) -> str:
    first, last = instants[0].as_py().isoformat(), instants[-1].as_py().isoformat()
    return f"\"{column}\" >= '{first}' and \"{column}\" <= '{last}'"
