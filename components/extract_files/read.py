"""The rows of a table's files, batch by batch, with the columns that are asked for and no others."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from pyarrow import fs

from components.connect.filesystems import of_system
from components.extract_files.locate import is_parquet
from components.extract_files.typed import is_untyped, readable
from components.shell.counts import counted, worded
from components.shell.errors import ContractError, StepError
from components.shell.redaction import brief

# A row may be as long as a block.
_BLOCK = 8 << 20
_ROWS = 1 << 16
_BUFFER = 1 << 20
_LONGEST_HEADER = 1 << 20
_NO_COLUMN = "\0"
# What pyarrow says of a line, without the line: it may hold what nobody asked for.
_RAGGED = re.compile(r"(?:Row #(?P<row>\d+): )?Expected (?P<wanted>\d+) columns, got (?P<got>\d+)")


def schemas_of(filesystem: fs.FileSystem, files: Sequence[fs.FileInfo]) -> list[pa.Schema]:
    """The columns of each file of a table, which all have the same ones; those of CSV are texts.

    One that is null in all rows of a file may be of no type there, as pandas writes it: it has that of another file.

    Raises:
        ContractError: they have different ones, or none, or one is there twice.
    """
    first, *others = schemas = [_schema(filesystem, file) for file in files]
    for file, other in zip(files[1:], others, strict=True):
        if set(other.names) != set(first.names):
            odd = min(set(other.names) ^ set(first.names))
            raise ContractError(
                f"{file.base_name} and {files[0].base_name} differ: only one has a column '{odd}'",
                "give all files of a table the same columns",
            )
    known = {field.name: field.type for schema in reversed(schemas) for field in schema if not is_untyped(field.type)}
    return [
        pa.schema([(field.name, known.get(field.name, field.type) if is_untyped(field.type) else field.type)
                   for field in schema])
        for schema in schemas
    ]  # fmt: skip


def batches(filesystem: fs.FileSystem, files: Sequence[fs.FileInfo], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of the files, one after the other, with the columns of `schema`; of no columns just how many they are.

    Raises:
        ContractError: a file is broken, cut, or was changed meanwhile.
        TransientError: the store does not answer.
    """
    for file in files:
        read = _parquet if is_parquet(file) else _csv
        with _named(file):
            for batch in read(filesystem, file, schema.names):
                # A cast forgets how many rows there are of no columns.
                yield batch.cast(schema) if schema.names else batch
            _require_unchanged(filesystem, file)


def _schema(filesystem: fs.FileSystem, file: fs.FileInfo) -> pa.Schema:
    with _named(file):
        if is_parquet(file):
            with filesystem.open_input_file(file.path) as opened:
                schema = pa.schema([field.with_type(readable(field.type)) for field in pq.read_schema(opened)])
        else:
            schema = pa.schema([(name, pa.string()) for name in _header(filesystem, file)])
    if twice := next((name for name in schema.names if schema.names.count(name) > 1), ""):
        raise ContractError(f"{file.base_name} has two columns '{twice}'", "give one of them another name")
    return schema


def _header(filesystem: fs.FileSystem, file: fs.FileInfo) -> list[str]:
    with filesystem.open_input_stream(file.path) as opened:
        text = opened.read(_LONGEST_HEADER).decode("utf-8-sig", errors="replace")
    header = next(csv.reader(io.StringIO(text, newline="")), [])
    if not header:
        raise ContractError(f"{file.base_name} is empty", "write at least the line with the names of its columns")
    return header


def _csv(filesystem: fs.FileSystem, file: fs.FileInfo, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    texts = pc.ConvertOptions(
        # No columns would mean all of them: ask for one that no file has.
        include_columns=names or [_NO_COLUMN],
        include_missing_columns=not names,
        column_types={name: pa.string() for name in names},
        strings_can_be_null=True,
        null_values=[""],
    )
    # In one thread: it knows the lines' numbers then, and the engine has work for the other.
    whole = pc.ReadOptions(block_size=_BLOCK, use_threads=False)
    with filesystem.open_input_stream(file.path, buffer_size=_BUFFER) as opened:
        try:
            for batch in pc.open_csv(opened, whole, pc.ParseOptions(newlines_in_values=True), texts):
                yield batch.select(names)
        except pa.ArrowInvalid as error:
            raise ContractError(_wrong_line(file.base_name, str(error)), "repair the file") from None


def _wrong_line(name: str, message: str) -> str:
    if ragged := _RAGGED.search(message):
        line = f"row {ragged['row']}" if ragged["row"] else "a row"
        got, wanted = (int(ragged[which]) for which in ("got", "wanted"))
        values, columns = counted(got, "value"), counted(wanted, "column")
        return f"{name} is broken or cut: {line} has {values}, and there {worded(wanted, 'is', 'are')} {columns}"
    if "UTF8" in message:
        return f"{name} is no UTF-8"
    if "straddling" in message or "out of sync" in message:
        return f"{name} is broken or cut: a quote is never closed, or a row is longer than {_BLOCK >> 20} MiB"
    return f"{name} is no CSV"


def _parquet(filesystem: fs.FileSystem, file: fs.FileInfo, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    rows = 0
    with filesystem.open_input_file(file.path) as opened, pq.ParquetFile(opened, buffer_size=_BUFFER) as parquet:
        for batch in parquet.iter_batches(_ROWS, columns=list(names)):
            rows += batch.num_rows
            yield batch.select(list(names))
        if rows != parquet.metadata.num_rows:
            raise ContractError(
                f"{file.base_name} says that it has {counted(parquet.metadata.num_rows, 'row')}, and has {rows:,}"
            )


def _require_unchanged(filesystem: fs.FileSystem, file: fs.FileInfo) -> None:
    now = filesystem.get_file_info(file.path)
    if (now.size, now.mtime) != (file.size, file.mtime):
        raise ContractError(f"{file.base_name} was changed while it was read", "run again when it is whole")


@contextmanager
def _named(file: fs.FileInfo) -> Iterator[None]:
    """Turn the errors of a file, and of the store that has it, into errors with its name and an exit code."""
    name = file.base_name
    try:
        yield
    except StepError:
        raise
    except pa.ArrowInvalid as error:
        reason = brief(error, 120) if "column" not in str(error) else "its pages do not hold what its footer says"
        raise ContractError(f"{name} is broken or cut: {reason}", "write the file anew") from None
    except OSError as error:
        known = of_system(name, error)
        raise known or ContractError(f"{name} is broken or cut: {brief(error, 120)}", "write the file anew") from None
