"""Views from the data lake, in one form, for the images of an interval."""

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from components.connect.store import require_bucket, translated
from components.iceberg.catalog import table_exists
from components.iceberg.catalog import translated as catalog_translated
from components.read_views.batches import PARQUET, lines, rows
from components.read_views.forms import AUTO, EVENTS, MILESTONES, VALIDATORS, Form, Judged, form_of, schema_of
from components.shell.counts import counted, worded
from components.shell.datasets import MANIFEST, seal, write_dataset
from components.shell.errors import ConfigurationError, ContractError, TransientError
from components.shell.events.definition import Event
from components.shell.events.files import KINDS, ending, readable
from components.shell.instants import format_instant
from components.shell.progress import report
from components.shell.summary import Summary

if TYPE_CHECKING:
    from minio import Minio

log = logging.getLogger(__name__)

# The last decision looks back at most an hour, and the last image is uploaded right before the interval's end.
_REACH = timedelta(hours=1)
_MOST_REJECTED = 0.01
_REJECTED = pa.schema([("file", pa.string()), ("line", pa.int64()), ("reason", pa.string())])
_PART = "part-00000.parquet"
_ROW_GROUP = 131_072


@dataclass(frozen=True)
class Request:
    """Which views: what they are, their form, where they lie, and the interval of the images' uploads.

    `table` is the table of events, for a source that is empty.
    """

    event: Event
    views_from: str
    source: str
    bucket: str
    start: datetime
    end: datetime
    table: str = ""


@dataclass(frozen=True)
class Outputs:
    """Where the views, the rejected lines and the summary go."""

    views: Path
    rejected: Path
    summary: Path


@dataclass(frozen=True)
class StoredObject:
    """An object of views: its name and size."""

    name: str
    size: int


@dataclass(frozen=True)
class Source:
    """The objects of views under a prefix, by name, and how many hidden ones are passed over."""

    objects: Sequence[StoredObject] = ()
    hidden: int = 0


@dataclass
class Tally:
    """How many lines were read, kept, rejected, or no views at all, and where the first rejected one is."""

    read: int = 0
    kept: int = 0
    rejected: int = 0
    other: int = 0
    first: str = ""

    def add(self, judged: Judged, kept: pa.Table, name: str) -> None:
        """Count a batch of the file `name`, of which these are kept."""
        if judged.refused.num_rows and not self.first:
            self.first = f"line {judged.refused['line'][0]} of {name} ({judged.refused['reason'][0]})"
        self.read += judged.taken.num_rows + judged.refused.num_rows + judged.other
        self.kept += kept.num_rows
        self.rejected += judged.refused.num_rows
        self.other += judged.other

    @property
    def outside(self) -> int:
        """Views that lie outside the wanted time."""
        return self.read - self.kept - self.rejected - self.other


@dataclass(frozen=True)
class Chosen:
    """The record of views that was read: how views are counted in it, what it is called, and how far it reaches.

    `coverage` is empty where it is unknown; `snapshot_id` where it is no table.
    """

    views_from: str
    source: str
    why: str = ""
    snapshot_id: str = ""
    coverage: Mapping[str, Any] = field(default_factory=dict)

    @property
    def details(self) -> dict[str, Any]:
        """What the steps that count the views have to know."""
        return {"source": self.source, "why": self.why, "snapshot_id": self.snapshot_id, **self.coverage}


def read(connect: "Callable[[], Minio]", request: Request, outputs: Outputs) -> Chosen:
    """Write the views within the interval, up to an hour after it, and what had to be rejected; say what was read.

    Every line is a view of its own: views have no id, so two lines alike are two views. The same line of the same file
    is read once. The table of events holds each view once.

    Raises:
        ConfigurationError: the form is unknown, the interval ends before it starts, or nothing lies under the source.
        ContractError: a file cannot be read, or more than one line in a hundred is rejected.
        TransientError: store or catalog do not answer.
    """
    schema = schema_of(request.views_from, request.event)
    if request.end < request.start:
        span = f"{format_instant(request.start)} to {format_instant(request.end)}"
        raise ConfigurationError(f"the interval {span} ends before it starts", "swap the two")
    form = _form(request)
    if form == MILESTONES:
        return _from_milestones(request, outputs, schema)
    if not request.source.strip() and form == EVENTS and request.table:
        return _from_table(request, outputs, schema)
    return _from_files(connect, replace(request, views_from=form), outputs)


def _form(request: Request) -> str:
    """The form to read, `auto` decided: events where there is a prefix or the table of them, else milestones."""
    if request.views_from != AUTO:
        return request.views_from
    if request.source.strip() or (request.table and table_exists(request.table)):
        return EVENTS
    return MILESTONES


def _from_milestones(request: Request, outputs: Outputs, schema: pa.Schema) -> Chosen:
    write_dataset(outputs.views, schema, [])
    write_dataset(outputs.rejected, _REJECTED, [])
    why = f"there is no table {request.table}" if request.views_from == AUTO else "asked for"
    chosen = Chosen(MILESTONES, "image_milestones", why)
    _summary(chosen, Source(), Tally()).write(outputs.summary)
    return chosen


def _from_table(request: Request, outputs: Outputs, schema: pa.Schema) -> Chosen:
    from components.read_views.table import open_events  # noqa: PLC0415 - a second of imports for those who need it

    with catalog_translated():
        events = open_events(request.table, request.event)
        views = events.views(request.start, request.end + _REACH)
        written = write_dataset(outputs.views, schema, (batch.cast(schema) for batch in views.batches()))
        coverage = {"strict": request.views_from != AUTO, **events.coverage()}
    write_dataset(outputs.rejected, _REJECTED, [])
    snapshot = str(events.snapshot_id or "")
    source = f"{request.table}, snapshot {snapshot}" if snapshot else request.table
    why = "asked for" if request.views_from == EVENTS else "the table is there"
    chosen = Chosen(EVENTS, source, why, snapshot, coverage)
    tally = Tally(read=views.rows, kept=written.rows)
    _summary(chosen, Source(), tally).write(outputs.summary)
    return chosen


def _from_files(connect: "Callable[[], Minio]", request: Request, outputs: Outputs) -> Chosen:
    tally = Tally()
    client = connect()
    source = find(client, request.bucket, request.source)
    outputs.rejected.mkdir(parents=True, exist_ok=True)
    (outputs.rejected / MANIFEST).unlink(missing_ok=True)
    with pq.ParquetWriter(outputs.rejected / _PART, _REJECTED, compression="zstd") as rejected:
        taken = _taken(client, request, source.objects, rejected, tally)
        write_dataset(outputs.views, schema_of(request.views_from, request.event), _within_limit(taken, request, tally))
    seal(outputs.rejected, [_PART])
    chosen = Chosen(request.views_from, f"{request.bucket}/{request.source.strip().strip('/')}", "asked for")
    _summary(chosen, source, tally).write(outputs.summary)
    return chosen


def _within_limit(taken: Iterator[pa.Table], request: Request, tally: Tally) -> Iterator[pa.RecordBatch]:
    """The views in row groups of some size; where too many lines were malformed, an error before they are sealed."""
    gathered: list[pa.Table] = []
    for table in taken:
        gathered.append(table)
        if sum(one.num_rows for one in gathered) >= _ROW_GROUP:
            yield from pa.concat_tables(gathered).combine_chunks().to_batches()
            gathered = []
    if gathered:
        yield from pa.concat_tables(gathered).combine_chunks().to_batches()
    if tally.rejected > _MOST_REJECTED * tally.read:
        raise ContractError(
            f"{tally.rejected:,} of {counted(tally.read, 'line')} under {request.source}"
            f" {worded(tally.rejected, 'is', 'are')} malformed, the first {tally.first}",
            "mend the source, or point source elsewhere",
        )


def find(client: "Minio", bucket: str, source: str) -> Source:
    """The objects of views under `source`.

    Raises:
        ConfigurationError: there are none, one cannot be read, or the bucket is missing.
    """
    prefix = source.strip().strip("/")
    if not prefix or "://" in prefix:
        raise ConfigurationError(f"source '{source}' is no prefix", "write it without bucket, such as events/views")
    require_bucket(client, bucket)
    with translated(bucket):
        sizes = {
            str(item.object_name): item.size or 0
            for item in client.list_objects(bucket, prefix, recursive=True)
            if item.object_name == prefix or str(item.object_name).startswith(f"{prefix}/")
        }
    # The name of an object may be the whole prefix. One that ends with a slash stands for a folder.
    parent = prefix.rpartition("/")[0] if prefix in sizes else prefix
    names = {name.removeprefix(parent).lstrip("/"): name for name in sizes if not name.endswith("/")}
    shown, hidden = readable(names, f"{bucket}/{parent}", [PARQUET])
    if not shown:
        raise ConfigurationError(
            f"nothing to read under {bucket}/{prefix}", f"put {KINDS} or *{PARQUET} there, or correct source"
        )
    return Source([StoredObject(names[name], sizes[names[name]]) for name in shown], hidden)


def _taken(
    client: "Minio", request: Request, objects: Sequence[StoredObject], rejected: pq.ParquetWriter, tally: Tally
) -> Iterator[pa.Table]:
    """The views within the wanted time, object by object; the rejected go to their file, and everything is counted."""
    form = form_of(request.views_from, request.event)
    validate = VALIDATORS[request.views_from](request.event)
    wanted = _Wanted(form, request)
    for number, item in enumerate(objects, start=1):
        with tempfile.TemporaryDirectory(prefix="views-") as scratch:
            path = _fetched(client, request.bucket, item, Path(scratch))
            for judged in _judged(validate, form, path, item.name):
                if judged.refused.num_rows:
                    names = pa.array([item.name] * judged.refused.num_rows, pa.string())
                    rejected.write_table(judged.refused.add_column(0, "file", names).cast(_REJECTED))
                kept = wanted(judged.taken)
                tally.add(judged, kept, item.name)
                yield kept
        report(number, len(objects))
        log.info("%s read", item.name)


def _fetched(client: "Minio", bucket: str, item: StoredObject, scratch: Path) -> Path:
    path = scratch / f"views{ending(item.name, [PARQUET])}"
    with translated(bucket):
        client.fget_object(bucket, item.name, str(path))
    if path.stat().st_size != item.size:
        raise TransientError(f"object {item.name} changed or came cut", "try again")
    return path


def _judged(validate: Callable[..., Judged], form: Form, path: Path, name: str) -> Iterator[Judged]:
    try:
        if path.suffix != PARQUET:
            for numbers, texts in lines(path, form.fields):
                yield validate(numbers, texts)
            return
        for numbers, texts in rows(path, form.columns, form.optional):
            yield _in_columns(validate(numbers, _filled(texts, form)), form)
    except ContractError as error:
        raise ContractError(f"{name}: {error.message}", error.todo) from None


def _filled(texts: pa.Table, form: Form) -> pa.Table:
    """The rows with all fields that lines have: what Parquet does not say is null, but every row is a view then."""
    nothing = pa.nulls(texts.num_rows, pa.string())
    path, kind = form.kind
    known = {path: pa.repeat(pa.scalar(kind), texts.num_rows)} | {name: texts[name] for name in texts.column_names}
    return pa.table({name: known.get(name, nothing) for name in (*(field.path for field in form.fields), "broken")})


def _in_columns(judged: Judged, form: Form) -> Judged:
    """The same with reasons that name Parquet's columns."""
    reasons = judged.refused["reason"]
    for field_name, column in form.columns.items():
        reasons = pc.replace_substring(reasons, field_name, column)
    return replace(judged, refused=judged.refused.set_column(1, "reason", reasons))


class _Wanted:
    """Keeps what lies within the wanted time, in the form's columns."""

    def __init__(self, form: Form, request: Request) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        start, end = (f"TIMESTAMPTZ '{at.isoformat()}'" for at in (request.start, request.end + _REACH))
        within = form.within.format(start=start, end=end)
        self._query = f"SELECT {', '.join(form.schema.names)} FROM taken WHERE {within}"  # noqa: S608 - see forms
        self._schema = form.schema

    def __call__(self, taken: pa.Table) -> pa.Table:
        self._connection.register("taken", taken)
        return self._connection.sql(self._query).to_arrow_table().cast(self._schema)


def _summary(chosen: Chosen, source: Source, tally: Tally) -> Summary:
    """The figures: in = out + rejected + what is no view + what lies outside the wanted time."""
    details: dict[str, Any] = {
        "views_from": chosen.views_from,
        **chosen.details,
        "files": len(source.objects),
        "bytes": sum(item.size for item in source.objects),
        "hidden_files": source.hidden,
        "filtered": {"outside_interval": tally.outside, "other_kind": tally.other},
    }
    return Summary(rows_in=tally.read, rows_out=tally.kept, rows_rejected=tally.rejected, details=details)
