"""Views out of the table of events, and how far that table can be trusted to hold them all."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.table import FileScanTask, Table

from components.iceberg.bounds import bounds
from components.iceberg.catalog import read_table
from components.iceberg.coverage import remembered
from components.iceberg.losses import lost_until
from components.iceberg.receipts import FIRST, ancestors, last_carried, receipt_summary
from components.iceberg.scan import Scan, Selection, scan, snapshot_of
from components.shell import spans
from components.shell.events.definition import Event
from components.shell.events.files import ARCHIVED
from components.shell.instants import EPOCH, LAST, format_instant, parse_instant

_KNOWN = "known_at"
_PARTITION_COLUMNS = (_TOPIC, _PARTITION) = ("topic", "partition")
_TopicPartition = tuple[str, int]


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
        Where a partition had lost its beginning when it was first looked at, that holds from this look on, or from its
        own first view on where that is earlier; where the first run was to begin at an instant, from then on; and where
        records were lost on the way, from when on a run has seen that they are gone. `whole`: whether all topics of
        views were read from their very beginning, so that there was no view before. `until`: up to when every view that
        had become known is in it.
        """
        known = self._first_known()
        if not known:
            return {"since": "", "whole": False, "until": ""}
        since, (topic, _) = min((at, partition) for partition, at in known.items())
        topics = self._topics(topic)
        lost, begins = self._lost_until(topics), self._begins(topics)
        return {
            "since": format_instant(max([since, lost, *begins])),
            "whole": lost == EPOCH and not begins and topic in _offsets(self._oldest()),
            "until": format_instant(self._until(topics)),
        }

    def _topics(self, topic: str) -> frozenset[str]:
        """The topics of views: that of the first one, and those of which the last run says so."""
        offsets = _offsets(self._newest())
        return frozenset({topic, *(name for name, one in offsets.items() if one.get("kind") == self.event.kind)})

    def _until(self, topics: Collection[str]) -> datetime:
        """The instant of the last run that left no record of these topics behind.

        Files end where somebody has put them there: of an archive it is no later than when its last view became known.
        Without a receipt it is that of the last event.
        """
        if not self._newest():
            everything = scan(self.table, self.snapshot_id, Selection((_KNOWN,)))
            latest = [bounds(self.table, task.file, _KNOWN)[1] for task in everything.tasks]
            return max((bound for bound in latest if bound is not None), default=EPOCH)
        whole = (one for one in self._loads if not any(_topic_offsets(one, name).get("waiting") for name in topics))
        run = next((parse_instant(one["as-of"]) for one in whole), EPOCH)
        archived = any(_topic_offsets(self._newest(), name).get("id") == ARCHIVED for name in topics)
        return min(run, _last_known(self._known())) if archived else run

    def _lost_until(self, topics: Collection[str]) -> datetime:
        """The end of the last time for which records were lost; the epoch where none were."""
        newest = self._newest()
        gaps, _ = remembered(self.table, newest.get("pipeline", ""))
        # Before the first run nothing was lost.
        ends = [end for start, end in gaps if start > EPOCH]
        return max([lost_until(newest.get("offsets", ""), topics), *ends])

    def _begins(self, topics: Collection[str]) -> list[datetime]:
        """From when on the partitions are whole that the first run did not read from their very beginning.

        That is where the run was to begin, for those that reached back to it. Of the others the beginning was gone:
        what became known after the look is there, and what followed their first view, for retention takes whole
        segments.
        """
        first = _offsets(self._oldest())
        begins, gone = list[datetime](), dict[_TopicPartition, datetime]()
        for name in first.keys() & set(topics):
            since, cut, looked = first[name].get("since"), first[name].get("cut", {}), self._looked(name)
            late = [number for number, (start, _) in spans.read(first[name]).items() if start]
            gone |= {(name, number): looked for number in late if not since or str(number) in cut}
            begins += [parse_instant(since)] if since and late else []
        first_known = self._first_known(gone) if gone else {}
        return begins + [min(at, first_known.get(partition, at)) for partition, at in gone.items()]

    def _looked(self, topic: str) -> datetime:
        """When a run first looked at a topic; where receipts do not say so, a later instant.

        Each commit was later, and so was the first look that a receipt has.
        """
        looked = _topic_offsets(self._newest(), topic).get("looked")
        return min(parse_instant(looked), self._committed) if looked else self._committed

    @cached_property
    def _committed(self) -> datetime:
        """When the oldest load was committed that has not expired, or else whatever came last."""
        loads = [one.timestamp_ms for one in ancestors(self.table, self.snapshot_id) if receipt_summary(one)]
        return EPOCH + timedelta(milliseconds=min(loads, default=self.table.metadata.last_updated_ms))

    def _known(self) -> Scan:
        return scan(self.table, self.snapshot_id, Selection((_KNOWN, *_PARTITION_COLUMNS), where=self._of_kind))

    def _first_known(self, looked: Mapping[_TopicPartition, datetime] | None = None) -> dict[_TopicPartition, datetime]:
        """When the first view became known, by its partition; that of each partition in `looked`, too, if earlier.

        Only files that can hold an earlier one are read.
        """
        views, first, wanted = self._known(), dict[_TopicPartition, datetime](), looked or {}
        ordered = sorted(
            (bounds(views.table, task.file, _KNOWN)[0] or EPOCH, number) for number, task in enumerate(views.tasks)
        )
        for bound, number in ordered:
            if first:
                needed = [min(at, first.get(partition, at)) for partition, at in wanted.items()] or [
                    min(first.values())
                ]
                if bound >= max(needed):
                    break
            for partition, at in _earliest(views, views.tasks[number]):
                first[partition] = min(at, first.get(partition, at))
        return first

    def _oldest(self) -> Mapping[str, str]:
        """The receipt of the first load, empty where it is unknown."""
        if kept := self.table.properties.get(FIRST):
            return dict(json.loads(kept))
        return self._loads[-1] if self._loads else {}

    def _newest(self) -> Mapping[str, str]:
        """The receipt of the last load, empty where there is none."""
        return self._loads[0] if self._loads else {}

    @cached_property
    def _loads(self) -> list[Mapping[str, str]]:
        """The receipts of loads, newest first, without the prefix of their keys.

        Where all their snapshots have expired, the last one is in the table's properties.
        """
        if self.snapshot_id is None:
            return []
        receipts: list[Mapping[str, str]] = list(
            filter(None, map(receipt_summary, ancestors(self.table, self.snapshot_id)))
        )
        return receipts or list(last_carried(self.table))


def open_events(name: str, event: Event) -> Events:
    """The table `name` in its current snapshot, of which such events are read.

    Raises:
        ConfigurationError: the table does not exist, or the store refuses.
        TransientError: catalog or store do not answer.
    """
    table = read_table(name)
    return Events(table, snapshot_of(table, None), event)


def _earliest(views: Scan, task: FileScanTask) -> Iterator[tuple[_TopicPartition, datetime]]:
    """When the first view of each partition in a file became known."""
    for batch in views.batches([task]):
        first = pa.Table.from_batches([batch]).group_by(list(_PARTITION_COLUMNS)).aggregate([(_KNOWN, "min")])
        for row in first.to_pylist():
            yield (row[_TOPIC], row[_PARTITION]), row[f"{_KNOWN}_min"]


def _last_known(views: Scan) -> datetime:
    """When the last view became known; only files that can hold a later one are read."""
    ordered = sorted(
        ((bounds(views.table, task.file, _KNOWN)[1] or LAST, number) for number, task in enumerate(views.tasks)),
        reverse=True,
    )
    last = EPOCH
    for bound, number in ordered:
        if bound <= last:
            break
        latest = [pc.max(batch[_KNOWN]).as_py() for batch in views.batches([views.tasks[number]])]
        last = max([last, *latest])
    return last


def _offsets(receipt: Mapping[str, str]) -> dict[str, Any]:
    return dict(json.loads(receipt.get("offsets") or "{}"))


def _topic_offsets(receipt: Mapping[str, str], topic: str) -> dict[str, Any]:
    """The offsets of a topic in the receipt."""
    return dict(_offsets(receipt).get(topic, {}))
