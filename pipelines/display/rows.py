"""Rows of an Arrow stream as text, CSV, JSON or Parquet, written batch by batch."""

import base64
import contextlib
import csv
import io
import json
import math
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from components.shell.errors import ConfigurationError
from components.shell.files import replacing
from components.shell.instants import format_instant

_GAP = "  "
_LONGEST_CELL = 40


def write_rows(reader: Any, form: str, to: Path | None) -> None:
    """Write the stream as `table`, `csv`, `json` or `parquet` to the file or to stdout.

    A file appears under its name only once it is complete.
    """
    with _opened(to) as stream:
        if form == "parquet":
            _parquet(reader, stream)
        else:
            text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
            {"table": _table, "csv": _csv, "json": _json}[form](reader, text, to)
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
    import pyarrow.parquet as pq  # noqa: PLC0415 - only this form needs it

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
    stream.write("[")
    separator = "\n"
    for batch in reader:
        for row in batch.to_pylist():
            stream.write(separator + json.dumps(plain(row), ensure_ascii=False))
            separator = ",\n"
    stream.write("\n]\n")


def _csv(reader: Any, stream: io.TextIOWrapper, _to: Path | None) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(reader.schema.names)
    for batch in reader:
        writer.writerows([_cell(value) for value in row.values()] for row in batch.to_pylist())


def _cell(value: Any) -> Any:
    simple = plain(value)
    if isinstance(simple, dict | list):
        return json.dumps(simple, ensure_ascii=False)
    if isinstance(simple, bool):
        return str(simple).lower()
    return "" if simple is None else simple


def plain(value: Any) -> Any:
    """The value in types of JSON: instants as ISO 8601, decimals and uuids as text, bytes in base64, NaN as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _as_text(value)


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, Decimal | UUID | timedelta) else value


def _table(reader: Any, stream: io.TextIOWrapper, to: Path | None) -> None:
    names = reader.schema.names
    rows = [[_spelled(value) for value in row.values()] for batch in reader for row in batch.to_pylist()]
    on_terminal = to is None and sys.stdout.isatty()
    stream.write(grid(names, rows, shutil.get_terminal_size().columns if on_terminal else None) + "\n")


def _spelled(value: Any) -> str:
    text = "null" if value is None else " ".join(str(_cell(value)).split())
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def grid(names: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """The rows under their names; within `width`, as many of the columns as fit, and a line that says so."""
    widths = [max([len(name), *(len(row[place]) for row in rows)]) for place, name in enumerate(names)]
    shown: list[int] = []
    for place in range(len(names)):
        used = sum(widths[other] + len(_GAP) for other in shown)
        if width is None or not shown or used + widths[place] <= width:
            shown.append(place)
    lines = [
        _GAP.join(row[place].ljust(widths[place]) for place in shown).rstrip()
        for row in (names, ["-" * one for one in widths], *rows)
    ]
    left_out = len(names) - len(shown)
    note = [f"({len(shown)} of {len(names)} columns; --output json shows all)"] if left_out else []
    return "\n".join([*lines, f"({len(rows)} rows)", *note])
