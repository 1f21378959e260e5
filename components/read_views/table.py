"""Views out of the table of events, and how far that table can be trusted to hold them all."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.table import FileScanTask, Table

from components.iceberg.bounds import bounds
from components.iceberg.catalog import read_table
from components.iceberg.coverage import remembered
from components.iceberg.receipts import FIRST, ancestors, told
from components.iceberg.scan import Scan, Selection, scan, snapshot_of
from components.shell.events.definition import Event
from components.shell.instants import EPOCH, format_instant, parse_instant

_KNOWN, _TOPIC = "known_at", "topic"


@dataclass(frozen=True)
class Events:
    """The table of events in one snapshot, of which one kind is read; the snapshot is None while it is empty."""

    table: Table
    snapshot_id: int | None
    event: Event

    @property
    def _of_kind(self) -> dict[str, str]:
        return {"event_type": self.event.kind}

    def views(self, start: datetime, end: datetime) -> Scan:
        """The views of `[start, end)`, by the time of the event."""
        columns = (*(one.name for one in self.event.columns), "event_time", _KNOWN)
        selection = Selection(columns, "event_time", start, end, self._of_kind)
        return scan(self.table, self.snapshot_id, selection)

    def coverage(self) -> dict[str, Any]:
        """What the table is known to hold.

        `since`: when its first view became known, empty where it holds none; every view known from then on is in it.
        Where records were lost on the way, that holds from the run on that went on after them. `whole`: whether the
        topic was read from its very beginning, so that there was no view before. `until`: up to when events had become
        known that are in it.
        """
        first = _first_view(scan(self.table, self.snapshot_id, Selection((_KNOWN, _TOPIC), where=self._of_kind)))
        since, topic = first or (None, "")
        lost = self._lost_until()
        return {
            "since": format_instant(max(since, lost)) if since else "",
            "whole": lost == EPOCH and self._begins_with_the_topic(topic),
            "until": format_instant(self._until()) if since else "",
        }

    def _until(self) -> datetime:
        """The instant of the last run, or when the last event became known, whichever is later."""
        everything = scan(self.table, self.snapshot_id, Selection((_KNOWN,)))
        latest = [bounds(self.table, task.file, _KNOWN)[1] for task in everything.tasks]
        newest = self._newest()
        run = parse_instant(newest["as-of"]) if newest else EPOCH
        return max([run, *(bound for bound in latest if bound is not None)])

    def _lost_until(self) -> datetime:
        """The end of the last time for which records were lost; the epoch where none were."""
        gaps, _ = remembered(self.table, self._newest().get("pipeline", ""))
        # Before the first run nothing was lost: nobody had asked for it.
        return max((end for start, end in gaps if start > EPOCH), default=EPOCH)

    def _begins_with_the_topic(self, topic: str) -> bool:
        first = next(iter(reversed(list(self._receipts()))), {})
        if kept := self.table.properties.get(FIRST):
            first = json.loads(kept)
        starts = list(_starts(first, topic))
        return bool(starts) and not any(starts)

    def _newest(self) -> Mapping[str, str]:
        """The receipt of the last load, empty where there is none."""
        return next(self._receipts(), {})

    def _receipts(self) -> Iterator[Mapping[str, str]]:
        """The receipts of loads, newest first, without the prefix of their keys."""
        if self.snapshot_id is not None:
            yield from filter(None, map(told, ancestors(self.table, self.snapshot_id)))


def open_events(name: str, event: Event) -> Events:
    """The table `name` in its current snapshot, of which such events are read.

    Raises:
        ConfigurationError: the table does not exist, or the store refuses.
        TransientError: catalog or store do not answer.
    """
    table = read_table(name)
    return Events(table, snapshot_of(table, None), event)


def _first_view(views: Scan) -> tuple[datetime, str] | None:
    """When the first view became known, and its topic; only files that can hold an earlier one are read."""
    ordered = sorted(
        (bounds(views.table, task.file, _KNOWN)[0] or EPOCH, number) for number, task in enumerate(views.tasks)
    )
    found: tuple[datetime, str] | None = None
    for bound, number in ordered:
        if found is not None and bound >= found[0]:
            break
        found = min(filter(None, [found, _first_of(views, views.tasks[number])]), default=None)
    return found


def _first_of(views: Scan, task: FileScanTask) -> tuple[datetime, str] | None:
    found: pa.Table | None = None
    for batch in views.batches([task]):
        earliest = pc.index(batch[_KNOWN], pc.min(batch[_KNOWN])).as_py()
        rows = [found] if found is not None else []
        found = pa.concat_tables([*rows, pa.Table.from_batches([batch.slice(earliest, 1)])]).sort_by(_KNOWN).slice(0, 1)
    return (found[_KNOWN][0].as_py(), found[_TOPIC][0].as_py()) if found is not None else None


def _starts(receipt: Mapping[str, str], topic: str) -> Iterator[int]:
    """The offsets from which the partitions of the topic were first read; none where the receipt does not tell."""
    spans = json.loads(receipt.get("offsets") or "{}").get(topic, {}).get("partitions", {})
    yield from (int(span["start"]) for span in spans.values())
