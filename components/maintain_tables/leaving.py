"""Rows that are to leave a table, and those of their files that stay: these are written again as they were."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import In, Reference
from pyiceberg.expressions.literals import literal
from pyiceberg.io.pyarrow import _read_all_delete_files
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table

from components.iceberg.conform import conform, target_schema
from components.iceberg.naming import name_of
from components.iceberg.scan import Scan, Selection, scan, snapshot_of
from components.maintain_tables.proof import Figures, Staying, contradiction, difference, figures_of, together
from components.shell.errors import ContractError


@dataclass(frozen=True)
class Leaving:
    """The rows of a table as it is now that have one of the `keys` in a column; a row without a key stays."""

    table: Table
    column: str
    keys: frozenset[Any]

    @cached_property
    def tasks(self) -> Sequence[FileScanTask]:
        """The files that have such rows."""
        which = In(term=Reference(self.column), values=set(map(literal, self.keys)))
        candidates = scan(self.table, snapshot_of(self.table, None), Selection((self.column,), condition=which))
        return [task for task in candidates.tasks if any(batch.num_rows for batch in candidates.batches([task]))]

    def staying(self) -> Iterator[pa.RecordBatch]:
        """The other rows of these files, as they are to be written.

        Raises:
            ConfigurationError: a file cannot be read right.
            ContractError: it holds what the table cannot.
        """
        whole = Scan(self.table, Selection(), self.tasks, self.table.schema())
        schema = target_schema(self.table.schema(), whole.schema)
        keys = pa.array(list(self.keys), whole.schema.field(self.column).type)
        for batch in whole.batches():
            rows = batch.filter(pc.invert(pc.is_in(batch.column(self.column), value_set=keys)))
            if rows.num_rows:
                yield conform(rows, schema)

    def prove(self, new: Sequence[DataFile]) -> None:
        """Nothing, if the new files hold what the old ones do but for the rows that leave, as a compaction proves it.

        Raises:
            ContractError: they hold something else.
        """
        schema, old = self.table.schema(), [task.file for task in self.tasks]
        wrong = contradiction(schema, old, together(self._figures(file, file) for file in old))
        if not wrong:
            before = together(self._figures(task.file, task.file, self._staying(task)) for task in self.tasks)
            wrong = difference(schema, before, together(self._figures(file) for file in new))
        if wrong:
            raise ContractError(
                f"rows of {name_of(self.table)} would not stay as they are: {wrong}",
                "nothing was erased from it; find out who wrote its files, and have them rewritten by that engine",
            )

    def _figures(self, file: DataFile, entry: DataFile | None = None, staying: Staying | None = None) -> Figures:
        with self.table.io.new_input(file.file_path).open() as stored:
            return figures_of(self.table, stored, entry, staying)

    def _staying(self, task: FileScanTask) -> Staying:
        deleted = _read_all_delete_files(self.table.io, [task]).get(task.file.file_path, [])
        places = pa.chunked_array([chunk.cast(pa.int64()) for one in deleted for chunk in one.chunks], pa.int64())
        return Staying(self.table.schema().find_field(self.column), self.keys, places.combine_chunks())
