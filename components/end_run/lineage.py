"""The end of a run as OpenLineage events: what it has read, and what it has committed."""

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from components.end_run.outcome import Outcome
from components.iceberg.catalog import find_table
from components.iceberg.details import parse_details
from components.lineage.events import ENDS, START, Dataset, EventDetails, event
from components.lineage.naming import Named, Sources, table_at
from components.lineage.sending import receiver
from components.pages.model import Origin
from components.shell.errors import StepError
from components.shell.redaction import redact

if TYPE_CHECKING:
    from components.iceberg.receipts import Receipt

# How receipts and the details of steps name a table with its snapshot.
_AT = re.compile(r"(?P<table>[\w.-]+\.[\w-]+), snapshot (?P<snapshot>\d+)")
_POSTGRES, _RAW = "postgres", "raw"
log = logging.getLogger("end_run")


@dataclass(frozen=True)
class Reads:
    """What a run reads, as its pipeline says: Iceberg `tables`, and tables of its source as `extract` asks for them.

    `names` is what the source calls them, `source` whether that is Postgres, the raw tables, or files.
    """

    tables: Sequence[str] = ()
    extracts: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def source_tables(self) -> Iterator[tuple[str, str]]:
        """The tables of the source: our name, and the source's."""
        for key in self.extracts:
            ours = str(key).removesuffix("?").split("|")[0]
            yield ours, str(self.names.get(ours) or ours)


def objects(name: str, text: str) -> Mapping[str, Any]:
    """The object in an argument's text; an empty one where it has another value, for which a run may have failed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, Mapping):
        return document
    log.warning("%s is no JSON object, so nobody is told of its tables", name)
    return {}


def end(outcome: Outcome, reads: Reads, filled: Collection[str]) -> None:
    """Send the end of the run and its own commits to OpenLineage, where a receiver is set.

    A run that never began has sent no start event: it is sent now, for each run has one. The tables that it `filled`
    are no inputs of it, whether it has committed to them or not.

    Raises:
        ConfigurationError: one of the settings cannot be used.
    """
    if (listener := receiver()) is None:
        return
    run, closed, at = outcome.run, outcome.closed, outcome.finished
    job = listener.job(run.pipeline, run.run_id)
    start, until = (closed.interval_start, closed.interval_end) if closed else (None, None)
    interval = (start, until) if start and until else None
    if closed is None or closed.started is None:
        listener.take(event(START, at, job, EventDetails(interval)))
    written = ((name, str(each.snapshot_id), each.rows) for name, each in outcome.own.items())
    outputs = [dataset for each in written if (dataset := _table(*each))]
    error = "" if run.status == "succeeded" else redact(run.reason or "nothing says why")
    inputs = _without(outputs, _inputs(listener.sources, outcome.own, reads, filled))
    listener.take(event(ENDS[run.status], at, job, EventDetails(interval, error, inputs, outputs)))


def _without(outputs: Sequence[Dataset], inputs: Iterator[Dataset]) -> list[Dataset]:
    """The inputs, each once as it comes last, without what is written: a table's own earlier rows are no input."""
    written = {each.named for each in outputs}
    return [each for name, each in {each.named: each for each in inputs}.items() if name not in written]


def _inputs(sources: Sources, own: "Mapping[str, Receipt]", reads: Reads, filled: Collection[str]) -> Iterator[Dataset]:
    """What was read; a table whose snapshot is known comes after, and so in place of, the same one without."""
    if reads.source in ("", _POSTGRES):
        yield from _named(sources.table(theirs) for _, theirs in reads.source_tables)
    snapshots = dict(_snapshots(own))
    for name in _iceberg(reads, snapshots, filled):
        if dataset := _table(name, snapshots.get(name, "")):
            yield dataset
    for receipt in own.values():
        yield from _named(sources.topic(topic) for topic in _topics(receipt.offsets))


def _iceberg(reads: Reads, snapshots: Mapping[str, str], filled: Collection[str]) -> list[str]:
    """The Iceberg tables that were read, each once, without those that are `filled`."""
    raw = [f"{_RAW}.{ours}" for ours, _ in reads.source_tables] if reads.source == _RAW else []
    return [name for name in dict.fromkeys([*reads.tables, *raw, *snapshots]) if name not in filled]


def origins(reads: Reads, receipts: "Mapping[str, Receipt]") -> list[Origin]:
    """What the rows of these receipts by table were made from, for people: tables with their state, and topics."""
    if not receipts:
        return []
    snapshots = dict(_snapshots(receipts))
    copied = [] if reads.source == _RAW else [(theirs, reads.source or _POSTGRES) for _, theirs in reads.source_tables]
    states = {name: f"snapshot {snapshot}" for name, snapshot in snapshots.items()}
    tables = [(name, states.get(name, "")) for name in _iceberg(reads, snapshots, receipts)]
    topics = [(topic, "topic") for each in receipts.values() for topic in _topics(each.offsets)]
    sources = [(each.source, "") for each in receipts.values() if each.source and not _AT.fullmatch(each.source)]
    return [Origin(redact(name), state, None) for name, state in dict.fromkeys([*copied, *tables, *topics, *sources])]


def _named(names: Iterator[Named | None]) -> Iterator[Dataset]:
    return (Dataset(each) for each in names if each)


def _snapshots(own: "Mapping[str, Receipt]") -> Iterator[tuple[str, str]]:
    """The tables that receipts say were read, with their snapshots."""
    for receipt in own.values():
        sources = [receipt.source, *_texts(parse_details(receipt.details))]
        yield from ((match["table"], match["snapshot"]) for text in sources if (match := _AT.fullmatch(text)))


def _texts(value: Any) -> Iterator[str]:
    """The sources in the details of steps, at any depth."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name == "source" and isinstance(each, str):
                yield each
            yield from _texts(each)


def _topics(offsets: str) -> list[str]:
    try:
        document = json.loads(offsets) if offsets else {}
    except ValueError:
        return []
    # No topic has a colon; the name of any other source with a position does.
    return [str(topic) for topic in document if ":" not in str(topic)] if isinstance(document, Mapping) else []


def _table(name: str, snapshot: str, rows: int | None = None) -> Dataset | None:
    """The Iceberg table of that name, by its location; None where it does not exist, or the catalog does not say."""
    try:
        if (table := find_table(name) if name else None) is None:
            return None
    except StepError as error:
        log.warning("OpenLineage is told nothing of table %s: %s", name, error.message)
        return None
    columns = [(column.name, str(column.field_type)) for column in table.schema().fields]
    location, warehouse = table.location(), str(table.catalog.properties.get("warehouse", ""))
    return Dataset(table_at(location), snapshot, columns, rows, Named(warehouse, name) if warehouse else None)
