"""Rows of an Arrow stream as text, CSV, JSON or Parquet, written batch by batch."""

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from components.shell.files import replacing
from components.shell.legible import LegibleStream, on_one_line
from stockpot.display.values import plain_rows

_GAP = "  "
_LONGEST_CELL = 40
# What a spreadsheet takes for the beginning of a formula, in wide letters too; https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
# What may begin another cell or line, here or where cells are parted otherwise.
_IN_QUOTES = ',;\t"\r\n'
# A line of it without quotes ends what COPY reads.
_END_FOR_POSTGRES = "\\."
# The largest whole number up to which a double holds each.
_EXACT = 2**53


def write_rows(reader: Any, form: str, to: Path | None, *, raw: bool = False) -> None:
    """Write the stream as `table`, `csv`, `json` or `parquet` to the file or to stdout.

    A file appears under its name only once it is complete. In `csv`, a text that a spreadsheet would take for a formula
    begins with an apostrophe, unless `raw` asks for it as it is.
    """
    with _opened(to) as stream:
        if form == "parquet":
            _parquet(reader, stream)
        else:
            # Programs get values as they are.
            kind = LegibleStream if to is None and sys.stdout.isatty() else io.TextIOWrapper
            text = kind(stream, encoding="utf-8", newline="", write_through=True)
            {"table": _table, "csv": _raw_csv if raw else _csv, "json": _json}[form](reader, text, to)
            text.flush()
            text.detach()


@contextlib.contextmanager
def _opened(to: Path | None) -> Iterator[BinaryIO]:
    if to is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    with replacing(to) as part, _writable(part, to) as stream:
        yield stream


def _writable(part: Path, to: Path) -> BinaryIO:
    try:
        return part.open("wb")
    except OSError as error:
        raise ConfigurationError(f"cannot write {to}: {error.strerror}", "name another file with --to") from None


def _parquet(reader: Any, stream: BinaryIO) -> None:
    # Parquet wants to know where it stands, which a pipe cannot tell.
    target = stream if stream.seekable() else _Counting(stream)
    with pq.ParquetWriter(target, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)


class _Counting(io.RawIOBase):
    """A pipe that knows how many bytes went through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._written = 0

    def writable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Bytes written so far."""
        return self._written

    def write(self, content: Any) -> int:
        """Write all of it."""
        self._stream.write(content)
        self._written += len(content)
        return len(content)

    def flush(self) -> None:
        """Hand on what is buffered."""
        self._stream.flush()


def _json(reader: Any, stream: io.TextIOWrapper, _to: Path | None) -> None:
    names, large = reader.schema.names, dict[str, None]()
    stream.write("[")
    separator = "\n"
    for batch in reader:
        large.update(dict.fromkeys(_beyond_double(batch)))
        for row in plain_rows(batch):
            stream.write(separator + json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False))
            separator = ",\n"
    stream.write("\n]\n")
    if large:
        sys.stderr.write(
            f"note: {', '.join(large)} hold whole numbers beyond 2^53, which JavaScript and jq before 1.7 round;"
            " csv and parquet keep them everywhere\n"
        )


def _beyond_double(batch: Any) -> Iterator[str]:
    """The columns with whole numbers, however deep, that a reader who has doubles alone would change."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if any(_is_beyond_double(numbers) for numbers in _whole_numbers(column)):
            yield name


def _whole_numbers(column: Any) -> Iterator[Any]:
    """The arrays of long whole numbers in a column: itself, or what its lists, structs and maps hold."""
    kind = column.type
    if pa.types.is_int64(kind) or pa.types.is_uint64(kind):
        yield column
    elif pa.types.is_struct(kind):
        for part in column.flatten():
            yield from _whole_numbers(part)
    elif pa.types.is_map(kind):
        yield from _whole_numbers(column.keys)
        yield from _whole_numbers(column.items)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _whole_numbers(column.flatten())


def _is_beyond_double(numbers: Any) -> bool:
    bounds = pc.min_max(numbers).as_py()
    return any(abs(bound) > _EXACT for bound in bounds.values() if bound is not None)


def _raw_csv(reader: Any, stream: io.TextIOWrapper, _to: Path | None) -> None:
    stream.write(_line(reader.schema.names))
    for batch in reader:
        stream.writelines(_line([_cell(value) for value in row]) for row in plain_rows(batch))


def _csv(reader: Any, stream: io.TextIOWrapper, _to: Path | None) -> None:
    names = reader.schema.names
    texts = [index for index, kind in enumerate(reader.schema.types) if _is_text(kind)]
    stream.write(_line([_as_text(name) for name in names]))
    changed = dict[str, None]()
    for batch in reader:
        for row in plain_rows(batch):
            cells = [_cell(value) for value in row]
            for index in texts:
                if (cell := cells[index]) and cell.startswith(_FORMULA):
                    cells[index] = _as_text(cell)
                    changed[names[index]] = None
            stream.write(_line(cells))
    if changed:
        sys.stderr.write(
            f"note: texts in {', '.join(changed)} that a spreadsheet would take for formulas begin with an apostrophe;"
            " --raw leaves it out\n"
        )


def _is_text(kind: pa.DataType) -> bool:
    """Whether anybody may have written what begins a cell of this type; numbers and instants are what they are."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return not (pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind))


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Sequence[str | None]) -> str:
    """A line of CSV: nothing for null, and quotes around an empty text, as Postgres tells them apart."""
    return ",".join("" if cell is None else _quoted(cell) for cell in cells) + "\n"


def _quoted(text: str) -> str:
    if text and text != _END_FOR_POSTGRES and not any(mark in text for mark in _IN_QUOTES):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _cell(value: Any) -> str | None:
    """A plain value as text."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _table(reader: Any, stream: io.TextIOWrapper, to: Path | None) -> None:
    names = [on_one_line(name) for name in reader.schema.names]
    rows = [[_spelled(value) for value in row] for batch in reader for row in plain_rows(batch)]
    on_terminal = to is None and sys.stdout.isatty()
    stream.write(grid(names, rows, shutil.get_terminal_size().columns if on_terminal else None) + "\n")


def _spelled(value: Any) -> str:
    text = "null" if value is None else on_one_line(str(_cell(value)))
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def grid(names: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """The rows under their names; within `width`, as many of the columns as fit, and a line that says so."""
    widths = [max([len(name), *(len(row[index]) for row in rows)]) for index, name in enumerate(names)]
    shown: list[int] = []
    for index in range(len(names)):
        used = sum(widths[other] + len(_GAP) for other in shown)
        if width is None or not shown or used + widths[index] <= width:
            shown.append(index)
    lines = [
        _GAP.join(row[index].ljust(widths[index]) for index in shown).rstrip()
        for row in (names, ["-" * one for one in widths], *rows)
    ]
    left_out = len(names) - len(shown)
    note = [f"({len(shown)} of {counted(len(names), 'column')}; --output json shows all)"] if left_out else []
    return "\n".join([*lines, f"({counted(len(rows), 'row')})", *note])
