"""What `stockpot table` shows of a table: rows, an answer to a query, its history, or a difference."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa

from components.iceberg.catalog import open_catalog, translated
from components.shell.errors import ConfigurationError
from stockpot.local.differing import Difference, difference
from stockpot.local.history import Change, history
from stockpot.local.sql import answered
from stockpot.local.tables import TableQuery, find, rows_of

if TYPE_CHECKING:
    from pyiceberg.table import Table

_KINDS = {"added": pa.int64(), "removed": pa.int64(), "rows": pa.int64(), "current": pa.bool_()}
Shown = tuple[pa.RecordBatchReader, Sequence[str]]


@dataclass(frozen=True)
class Looked:
    """Rows that are asked for; or in their place the answer to a query over them, the history, or a difference."""

    asked: TableQuery
    sql: str = ""
    history: bool = False
    diff: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse what asks for two things at once.

        Raises:
            ConfigurationError: it does.
        """
        ways = {"--sql": bool(self.sql), "--history": self.history, "--diff": self.diff is not None}
        chosen = [name for name, is_chosen in ways.items() if is_chosen]
        if len(chosen) > 1:
            raise ConfigurationError(f"{' and '.join(chosen)} ask for different things", "give one of them")
        others = {"--columns": self.asked.columns, "--where": self.asked.where, "--snapshot": self.asked.snapshot}
        unused = [name for name, value in others.items() if value]
        if unused and (self.history or self.diff):
            raise ConfigurationError(f"{chosen[0]} takes no {' or '.join(unused)}", "leave it out")


@contextmanager
def look(name: str, looked: Looked) -> Iterator[Shown]:
    """A stream of what is to be shown, and lines to be said before it, for the time of a block.

    Raises:
        StepError: the table cannot be found or read, or does not have what is asked for.
    """
    with translated():
        table = find(open_catalog(), name)
    asked = looked.asked
    if looked.diff:
        with difference(table, *looked.diff, asked.limit) as diff:
            yield diff.rows, list(_counted(diff))
    elif looked.sql:
        with answered(rows_of(table, replace(asked, limit=None)), name, looked.sql, asked.limit) as stream:
            yield stream, ()
    else:
        yield (_history_rows(table, asked.limit) if looked.history else rows_of(table, asked).batches()), ()


def _history_rows(table: "Table", limit: int | None) -> pa.RecordBatchReader:
    schema = pa.schema([(each.name, _KINDS.get(each.name, pa.string())) for each in fields(Change)])
    changes = [asdict(change) for change in islice(history(table), limit)]
    return pa.Table.from_pylist(changes, schema).to_reader()


def _counted(diff: Difference) -> Iterator[str]:
    """The counts of a difference, a line for each partition and one for all."""
    partitions = [each for each in diff.counts if each[0]]
    for name, *numbers in [*partitions, ("all", *(sum(each) for each in _columns(diff)))]:
        counts = [f"{number} {word}" for number, word in zip(numbers, ("added", "removed", "changed"), strict=True)]
        yield f"{name}: {', '.join(counts if diff.key else counts[:2])}"


def _columns(diff: Difference) -> Sequence[Sequence[int]]:
    return list(zip(*(numbers for _, *numbers in diff.counts), strict=True)) or ((0,), (0,), (0,))
