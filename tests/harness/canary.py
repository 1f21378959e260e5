"""What must not be found, looked for in everything that was left."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def leaks(words: "set[str]", *places: Path) -> "list[tuple[Path, str]]":
    """The files below the places that hold one of the words, in whatever they are packed, with the word."""
    files = (path for place in places for path in sorted(place.rglob("*")) if path.is_file())
    found = ((path, next((word for word in words if word.encode() in content), "")) for path, content in _read(files))
    return [(path, word) for path, word in found if word]


def _read(files: Iterator[Path]) -> Iterator[tuple[Path, bytes]]:
    for path in files:
        content = path.read_bytes()
        yield path, content
        if content.startswith(b"PAR1"):
            yield path, _cells(pq.read_table(pa.BufferReader(content)))
        if content.startswith(b"\x1f\x8b"):
            yield path, gzip.decompress(content)


def _cells(table: pa.Table) -> bytes:
    return "\n".join(str(cell) for column in table.columns for cell in column.to_pylist()).encode()
