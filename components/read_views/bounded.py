"""Parquet files that stand for more than their bytes: 1 KB can repeat one long text a million times.

What they stand for is looked at by DuckDB first, which holds a repeated text once and takes no more memory than it is
given, whatever a file says of its pages. Arrow does neither.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from components.shell.counts import counted
from components.shell.errors import ContractError
from components.shell.identifiers import quoted

# Neither an id nor an instant has so many letters.
LONGEST = 1_000
_MEMORY = "512MB"
# A column of one value takes a few bytes, however many rows there are; more rows of so few bytes are no views.
_ROWS_OF_ANY_FILE, _ROWS_OF_A_BYTE = 1_000_000, 1_000


def refuse_many(rows: int, size: int) -> None:
    """Nothing, if a file of so many bytes may have so many rows.

    Raises:
        ContractError: no honest file has.
    """
    if rows > _ROWS_OF_ANY_FILE + _ROWS_OF_A_BYTE * size:
        raise ContractError(
            f"it stands for {counted(rows, 'row')} in {counted(size, 'byte')}", "put a file of views into the bucket"
        )


def longest(path: Path, columns: Sequence[str]) -> Mapping[str, int]:
    """The length of the longest text of each of these columns, in bytes; 0 where there is none.

    Raises:
        ContractError: it is no Parquet file, or a page of it takes more than 512 MB of memory.
    """
    if not columns:
        return {}
    lengths = ", ".join(f"max(strlen({quoted(name)}))" for name in columns)
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY}'; SET threads = 1; SET temp_directory = ''")
        try:
            result = connection.execute(f"SELECT {lengths} FROM read_parquet(?)", [str(path)])  # noqa: S608 - quoted
            row = result.fetchone() or ()
        except duckdb.OutOfMemoryException:
            problem = f"a page of it takes more than {_MEMORY} of memory"
            raise ContractError(problem, "write it with pages of a few MiB") from None
        except duckdb.Error as error:
            raise ContractError(f"it is no Parquet file: {error}", "put it into the bucket again") from None
    return {name: length or 0 for name, length in zip(columns, row, strict=True)}
