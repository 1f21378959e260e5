"""Files of views as batches with their line numbers, a bounded piece at a time."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from components.shell.errors import ContractError

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")
_PIECE = 8 << 20
_LONGEST = 64 << 20
_ROWS = 131_072


def lines(path: Path) -> Iterator[pa.Table]:
    """The lines of a text file, packed or not: `line` from 1 on, and `text`, null where it is no UTF-8.

    Blank lines are left out.

    Raises:
        ContractError: a packed file is cut or damaged, or a line has no end.
    """
    first, rest = 1, b""
    try:
        with _opened(path) as file:
            while piece := file.read(_PIECE):
                *whole, rest = (rest + piece).split(b"\n")
                if len(rest) > _LONGEST:
                    raise ContractError(
                        f"line {first + len(whole)} is longer than 64 MiB", "is it a file of JSON lines?"
                    )
                yield _numbered(whole, first)
                first += len(whole)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ContractError(f"a packed file is damaged: {error}", "put it into the bucket again") from None
    yield _numbered([rest], first)


def rows(path: Path, columns: Sequence[str], optional: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of a Parquet file: `line` from 1 on, and those of `columns` that it has.

    Raises:
        ContractError: it is no Parquet file, or a column that is not optional is missing.
    """
    try:
        with pq.ParquetFile(path) as file:
            present = [name for name in columns if name in file.schema_arrow.names]
            missing = [name for name in columns if name not in present and name not in optional]
            if missing:
                known = ", ".join(file.schema_arrow.names)
                raise ContractError(f"column {missing[0]} is missing", f"the file has {known}")
            first = 1
            for batch in file.iter_batches(_ROWS, columns=present):
                numbers = pa.array(range(first, first + batch.num_rows), pa.int64())
                yield pa.Table.from_batches([batch]).append_column("line", numbers)
                first += batch.num_rows
    except pa.ArrowInvalid as error:
        raise ContractError(f"it is no Parquet file: {error}", "put it into the bucket again") from None


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.name.endswith(".gz") else path.open("rb")


def _numbered(found: Sequence[bytes], first: int) -> pa.Table:
    kept = [(number, line) for number, line in enumerate(found, start=first) if line and not line.isspace()]
    numbers = pa.array([number for number, _ in kept], pa.int64())
    return pa.table({"line": numbers, "text": _text([line for _, line in kept])})


def _text(found: Sequence[bytes]) -> pa.Array:
    try:
        return pa.array(found, pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_decoded(line) for line in found], pa.string())


def _decoded(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None
