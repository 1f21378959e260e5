"""Row groups of a dataset, of which some stand for many."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from components.shell.datasets import files

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MOST_ROWS = 1_000_000
"""Of more rows some are counted: nobody sees the difference, and to sort and count tens of millions takes minutes."""


@dataclass(frozen=True)
class RowGroups:
    """Row groups of a dataset. Read without `pyarrow.dataset`, which takes half a second to import pandas."""

    schema: "pa.Schema"
    groups: Sequence[tuple["pq.ParquetFile", int]]

    @staticmethod
    def of(directory: Path) -> "RowGroups":
        """All of a complete dataset."""
        import pyarrow.parquet as pq

        parts = [pq.ParquetFile(file) for file in files(directory)]
        groups = [(part, group) for part in parts for group in range(part.num_row_groups)]
        return RowGroups(parts[0].schema_arrow, groups)

    def some(self) -> "RowGroups":
        """Row groups in even steps that have about `MOST_ROWS`; all where there are no more."""
        return RowGroups(self.schema, self.groups[:: math.ceil(self.count() / MOST_ROWS) or 1])

    def count(self) -> int:
        """How many rows they have."""
        return sum(part.metadata.row_group(group).num_rows for part, group in self.groups)

    def column(self, name: str) -> "pa.Array":
        """The values of a column; nulls of a part that does not have it."""
        import pyarrow as pa

        kind = self.schema.field(name).type
        chunks: list[pa.Array] = []
        for part, group in self.groups:
            table = part.read_row_group(group, [name])
            missing = [pa.nulls(part.metadata.row_group(group).num_rows, kind)]
            chunks += table[name].cast(kind).chunks if name in table.column_names else missing
        return pa.chunked_array(chunks, kind).combine_chunks()
