"""Part of a table, copied into one Parquet file."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2.errors
import psycopg2.extensions
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2 import sql

from components.connect.postgres import set_locally, translated
from components.extract_postgres.decode import BrokenError, decode
from components.extract_postgres.expressions import sent
from components.extract_postgres.layout import options
from components.extract_postgres.tables import Table
from components.extract_postgres.unfit import Policies, Resolved, resolve
from components.shell.counts import counted
from components.shell.errors import ContractError, StepError
from components.shell.extracts import REJECTED

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
# Signature, flags and the length of an extension that no server sends.
_HEADER = len(_SIGNATURE) + 8
_TRAILER = b"\xff\xff"
# Decoding a megabyte at a time stays within a core's cache; a row group of sixteen compresses well and bounds memory.
_DECODED_AT_ONCE = 1 << 20
_ROW_GROUP = 16 << 20
_UNTRANSLATABLE = (psycopg2.errors.UntranslatableCharacter, psycopg2.errors.CharacterNotInRepertoire)
# Python's names of the encodings that both read alike, byte by byte; of those of several bytes they differ in places.
_SINGLE_BYTES = {
    name: codec
    for name, codec in psycopg2.extensions.encodings.items()
    if name.startswith(("WIN125", "LATIN", "ISO_8859", "KOI8", "WIN866", "WIN874"))
}


@dataclass(frozen=True)
class Part:
    """The rows of `table` that fulfil `condition`, to be written to `path`; those that are not fit, to `rejected`."""

    table: Table
    condition: sql.Composable | None
    path: Path
    rejected: Path
    blocks: int

    @property
    def statement(self) -> sql.Composed:
        """The COPY that sends the rows."""
        columns = sql.SQL(", ").join([sent(column) for column in self.table.columns if column.source])
        where = sql.SQL(" WHERE {}").format(self.condition) if self.condition else sql.SQL("")
        return sql.SQL("COPY (SELECT {} FROM {}{}) TO STDOUT (FORMAT binary)").format(
            columns, self.table.identifier, where
        )


@dataclass(frozen=True)
class Copied:
    """Rows written, and how many values of which column were rejected or changed, by policy."""

    rows: int
    unfit: Mapping[tuple[str, str], int]


class StoppedError(Exception):
    """Another part has failed, so this one was given up."""


@dataclass
class _Sink:
    """Takes the messages of one COPY, a row each, and writes them as row groups."""

    part: Part
    policies: Policies
    stop: threading.Event
    encoding: str = "utf-8"
    writer: pq.ParquetWriter | None = None
    rows: list[bytes] = field(default_factory=list)
    size: int = 0
    batches: list[pa.RecordBatch] = field(default_factory=list)
    pending: int = 0
    written: int = 0
    decoded: int = 0
    rejects: pq.ParquetWriter | None = None
    unfit: Counter[tuple[str, str]] = field(default_factory=Counter)

    def write(self, row: bytes) -> None:
        """Take one message; the driver calls this for every row, so it does no more than it must."""
        self.rows.append(row)
        self.size += len(row)
        if self.size >= _DECODED_AT_ONCE:
            self.decode()

    def decode(self) -> None:
        if self.stop.is_set():
            raise StoppedError
        rows, size, self.rows, self.size = self.rows, self.size, [], 0
        if rows and rows[0].startswith(_SIGNATURE):
            rows[0] = rows[0][_HEADER:]
        rows = rows[1:] if rows and not rows[0] else rows
        if rows and rows[-1].endswith(_TRAILER) and len(rows[-1]) == len(_TRAILER):
            rows.pop()
        if rows:
            decoded = decode(rows, self.part.table.columns, self.encoding)
            self.take(resolve(decoded, self.part.table, self.policies))
            self.pending += size
            self.decoded += len(rows)
        if self.pending >= _ROW_GROUP:
            self.flush()

    def take(self, resolved: Resolved) -> None:
        self.batches.append(resolved.batch)
        self.unfit.update(resolved.counts)
        if resolved.rejected is not None:
            if self.rejects is None:
                self.rejects = pq.ParquetWriter(self.part.rejected, REJECTED, compression="zstd")
            self.rejects.write_batch(resolved.rejected)

    def flush(self) -> None:
        if self.batches:
            table = pa.Table.from_batches(self.batches)
            self.opened().write_table(table)
            self.written += table.num_rows
        self.batches, self.pending = [], 0

    def opened(self) -> pq.ParquetWriter:
        """The writer, laid out for rows like the first ones."""
        if self.writer is None:
            table, sample = self.part.table, self.batches[0] if self.batches else None
            self.writer = pq.ParquetWriter(self.part.path, table.arrow, **options(table.columns, sample))
        return self.writer

    def finish(self, sent: int) -> Copied:
        """Write what is left and close the files.

        Raises:
            BrokenError: the server counted `sent` rows, and others came.
        """
        self.decode()
        if self.decoded != sent:
            raise BrokenError(f"the server sent {counted(sent, 'row')} and {self.decoded:,} came")
        self.flush()
        self.opened().close()
        if self.rejects is not None:
            self.rejects.close()
        return Copied(self.written, self.unfit)

    def discard(self) -> None:
        """Close files that are of no use; an error in closing must not hide the first."""
        for writer in (self.writer, self.rejects):
            if writer is not None:
                with suppress(OSError, pa.ArrowException):
                    writer.close()


def copy(connection: "Connection", part: Part, policies: Policies, stop: threading.Event) -> Copied:
    """What was written to the part's Parquet files.

    Memory stays at one row group (16 MiB as sent) or one row, whichever is larger.

    Raises:
        ContractError: the server cannot send a value.
        TransientError: the connection is lost.
        StoppedError: `stop` was set.
    """
    with _named(part.table), translated(), connection.cursor() as cursor:
        cursor.execute("SAVEPOINT part")
        try:
            copied = _send(cursor, part.statement, _Sink(part, policies, stop))
        except _UNTRANSLATABLE:
            server = connection.info.parameter_status("server_encoding") or ""
            if server not in _SINGLE_BYTES:
                raise
            cursor.execute("ROLLBACK TO SAVEPOINT part")
            copied = _send_untranslated(cursor, _Sink(part, policies, stop, _SINGLE_BYTES[server]), server)
        cursor.execute("RELEASE SAVEPOINT part")
        return copied


def _send_untranslated(cursor: "Cursor", sink: _Sink, server: str) -> Copied:
    """The part with the bytes of its texts as they lie there: the decoder finds those that are no letters."""
    set_locally(cursor.connection, {"client_encoding": server})
    statement = sink.part.statement.as_string(cursor.connection).encode(sink.encoding)
    copied = _send(cursor, statement, sink)
    # The server translates again.
    cursor.execute("ROLLBACK TO SAVEPOINT part")
    return copied


def _send(cursor: "Cursor", statement: sql.Composed | bytes, sink: _Sink) -> Copied:
    try:
        cursor.copy_expert(statement, sink)
        return sink.finish(cursor.rowcount)
    except BaseException:
        sink.discard()
        raise


@contextmanager
def _named(table: Table) -> Iterator[None]:
    """Name the table in errors of its values and its server."""
    try:
        yield
    except BrokenError as error:
        column = f"column {table.name}.{error.column}" if error.column else f"table {table.name}"
        raise ContractError(f"{column} cannot be read: {error}", "extract a view that casts it to text") from None
    except StepError as error:
        raise type(error)(f"table {table.name}: {error.message}", error.todo) from error
