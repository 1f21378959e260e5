"""Receipts: what a snapshot's summary says of the load that made it, and what follows for the next load."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from components.iceberg.coverage import INSTANT, Span, overlaps, remember, remembered, visible, without
from components.iceberg.lateness import Late, keep, kept, waiting
from components.iceberg.naming import name_of
from components.shell.errors import SourceGoneError, SupersededError
from components.shell.instants import EPOCH, format_instant, parse_instant

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

PREFIX = "stockpot."
# The property in which the receipt of the very first load stays when its snapshot expires.
FIRST = f"{PREFIX}first-receipt"


@dataclass(frozen=True)
class Receipt:
    """The load of one interval.

    `generation` is 0 for a run of the schedule; a backfill's is 1, and more where it computes committed rows anew.
    `attempt` names the very process that committed, as its data files do; `snapshot_id` is 0 before the commit.
    `offsets` says, as JSON, from where to where topics were read; it is empty for loads from elsewhere. `source` names
    what else the rows were computed from, such as a table and its snapshot. `unfit` says, as JSON, what became of
    values that did not fit the table: policy, then reason, then how often; rejected ones are not among the `rows`.
    `seen` is the key of the newest commit that the run was planned from, if it looked for late facts; `reopened` and
    `late` say, as JSON, which time it brought up to date and which it left, each with its number of images. `run_id` is
    the engine's name of the run that committed, and `details` says, as JSON by step, what its steps said of their work.
    `gaps` says of a load to be committed that time before it may be unfilled; no snapshot's summary has it.
    """

    run_key: str
    pipeline: str
    interval_start: datetime
    interval_end: datetime
    as_of: datetime
    version: str
    rows: int = 0
    git_commit: str = ""
    attempt: str = ""
    snapshot_id: int = 0
    offsets: str = ""
    generation: int = 0
    source: str = ""
    unfit: str = ""
    seen: str = ""
    reopened: str = ""
    late: str = ""
    run_id: str = ""
    details: str = ""
    gaps: bool = False

    def properties(self) -> dict[str, str]:
        """The keys and values that go into the snapshot's summary (docs/tables.md)."""
        values = {
            "run-key": self.run_key,
            "pipeline": self.pipeline,
            "interval-start": format_instant(self.interval_start),
            "interval-end": format_instant(self.interval_end),
            "as-of": format_instant(self.as_of),
            "rows": str(self.rows),
            "definition-version": self.version,
            "git-commit": self.git_commit,
            "attempt": self.attempt,
            "offsets": self.offsets,
            "generation": str(self.generation) if self.generation else "",
            "source": self.source,
            "unfit": self.unfit,
            "seen": self.seen,
            "reopened": self.reopened,
            "late": self.late,
            "run-id": self.run_id,
            "details": self.details,
        }
        return {PREFIX + key: value for key, value in values.items() if value}

    @property
    def interval(self) -> str:
        """The interval for people, such as `[2026-01-01T00:00:00Z, 2026-01-02T00:00:00Z)`, or its cut."""
        if self.is_cut:
            return f"cut {format_instant(self.interval_start)}"
        return f"[{format_instant(self.interval_start)}, {format_instant(self.interval_end)})"

    @property
    def is_cut(self) -> bool:
        """Whether the load says how things stood at one instant; a run of the schedule may fill as little."""
        return self.generation > 0 and self.interval_end - self.interval_start == INSTANT


def receipt_summary(snapshot: "Snapshot") -> dict[str, str]:
    """The receipt in a snapshot's summary, without the prefix of its keys; empty where no load made the snapshot."""
    summary = snapshot.summary.additional_properties if snapshot.summary else {}
    if f"{PREFIX}run-key" not in summary:
        return {}
    return {key.removeprefix(PREFIX): text for key, text in summary.items() if key.startswith(PREFIX)}


def parse_receipt(summary: Mapping[str, str], snapshot_id: int) -> Receipt | None:
    """The receipt in a snapshot's summary; None where there is none, or one of a load that has no interval."""
    value = {key.removeprefix(PREFIX): text for key, text in summary.items() if key.startswith(PREFIX)}
    if "run-key" not in value or "interval-end" not in value:
        return None
    return Receipt(
        run_key=value["run-key"],
        pipeline=value["pipeline"],
        interval_start=parse_instant(value["interval-start"]),
        interval_end=parse_instant(value["interval-end"]),
        as_of=parse_instant(value["as-of"]),
        version=value["definition-version"],
        rows=int(value["rows"]),
        git_commit=value.get("git-commit", ""),
        attempt=value.get("attempt", ""),
        snapshot_id=snapshot_id,
        generation=int(value.get("generation", "0")),
        offsets=value.get("offsets", ""),
        source=value.get("source", ""),
        unfit=value.get("unfit", ""),
        seen=value.get("seen", ""),
        reopened=value.get("reopened", ""),
        late=value.get("late", ""),
        run_id=value.get("run-id", ""),
        details=value.get("details", ""),
    )


def receipts(table: "Table", pipeline: str) -> tuple[Receipt, ...]:
    """The pipeline's receipts along the current branch, newest snapshot first.

    Snapshots of others (a compaction, say) are walked past. Where old snapshots have expired, the newest receipt may be
    gone with them; it is then taken from the table's properties, where every commit leaves it.
    """
    parsed = [
        parse_receipt(item.summary.additional_properties, item.snapshot_id) for item in ancestors(table) if item.summary
    ]
    mine = [receipt for receipt in parsed if receipt is not None and receipt.pipeline == pipeline]
    last = None if complete(table) else carried(table, pipeline)
    if last is not None and table.snapshot_by_id(last.snapshot_id) is None:
        mine.append(last)
    return tuple(mine)


def complete(table: "Table") -> bool:
    """Whether no snapshot of the current branch has expired."""
    chain = list(ancestors(table))
    # Who expires snapshots may cut the link to the parent; the number of the very first commit is beyond doubt.
    return not chain or chain[-1].sequence_number == 1


def ancestors(table: "Table", snapshot_id: int | None = None) -> "Iterator[Snapshot]":
    """The snapshots from one (None: the current) back to the first, or to where older ones have expired."""
    known = {snapshot.snapshot_id: snapshot for snapshot in table.snapshots()}
    snapshot = table.current_snapshot() if snapshot_id is None else known.get(snapshot_id)
    while snapshot is not None:
        yield snapshot
        snapshot = known.get(snapshot.parent_snapshot_id) if snapshot.parent_snapshot_id is not None else None


def before(table: "Table", run_key: str) -> int | None:
    """The snapshot that the table had before the load of that key; the current one where there was no such load.

    Raises:
        SourceGoneError: it has expired.
    """
    loaded = next((one for one in ancestors(table) if receipt_summary(one).get("run-key") == run_key), None)
    if loaded is None:
        current = table.current_snapshot()
        return current.snapshot_id if current else None
    parent = loaded.parent_snapshot_id
    # Who expires snapshots may cut the link to the parent; the number of the very first commit is beyond doubt.
    if loaded.sequence_number != 1 and (parent is None or table.snapshot_by_id(parent) is None):
        raise SourceGoneError(
            f"what table {name_of(table)} held before snapshot {loaded.snapshot_id} has expired",
            "run with a later as_of",
        )
    return parent


def carry(table: "Table", receipt: Receipt) -> dict[str, str]:
    """The table properties that outlive the pipeline's snapshots, for the same commit.

    They are the furthest receipt, without its details, gaps, and late time.
    """
    last = carried(table, receipt.pipeline)
    committed = receipts(table, receipt.pipeline)
    lasting = {
        **remember(table, receipt.pipeline, [receipt, *committed, *presumed(table, receipt.pipeline)]),
        **keep(table, receipt.pipeline, late(table, receipt.pipeline, [receipt, *committed])),
    }
    # Known by its snapshot, for what is carried says no details.
    there = {one.snapshot_id for one in committed}
    if last is not None and last.interval_end > receipt.interval_end and last.snapshot_id in there:
        return lasting
    sequence = getattr(table.metadata, "last_sequence_number", 0) + 1
    value = {
        **replace(receipt, details="").properties(),
        "snapshot-id": str(receipt.snapshot_id),
        "sequence-number": str(sequence),
    }
    return {_property(receipt.pipeline): json.dumps(value, sort_keys=True), **lasting}


def late(table: "Table", pipeline: str, committed: Sequence[Receipt]) -> list[Late]:
    """The time that late facts wait for, given the pipeline's receipts in the table, newest first."""
    return waiting(committed, () if complete(table) else kept(table, pipeline))


def presumed(table: "Table", pipeline: str) -> tuple[Receipt, ...]:
    """Stand-ins for receipts that have expired: the time before the furthest interval's end, without known gaps.

    Those of cuts are `cuts.presumed_cuts`.
    """
    last = None if complete(table) else furthest(receipts(table, pipeline))
    if last is None or last.is_cut:
        return ()
    gaps, generation = remembered(table, pipeline)
    spans = without([(EPOCH, last.interval_end)], gaps)
    stand_in = replace(last, run_key="", attempt="", snapshot_id=0, rows=0, generation=generation)
    stand_in = replace(stand_in, seen="", reopened="", late="", run_id="")
    return tuple(replace(stand_in, interval_start=start, interval_end=end) for start, end in spans)


def loads(table: "Table", pipeline: str) -> list[Receipt]:
    """The loads of the pipeline, those too whose receipts have expired."""
    return [*receipts(table, pipeline), *presumed(table, pipeline)]


def carried(table: "Table", pipeline: str) -> Receipt | None:
    """The receipt that the table's properties keep for the pipeline; None where a rollback took its rows away."""
    text = table.properties.get(_property(pipeline))
    value = json.loads(text) if text else {}
    if not value or _taken_away(table, int(value["snapshot-id"]), int(value.get("sequence-number", 0))):
        return None
    return parse_receipt(value, int(value["snapshot-id"]))


def last_carried(table: "Table") -> list[dict[str, str]]:
    """The receipt of the last load of any pipeline, where the properties keep it; as `receipt_summary` gives it."""
    names = [name.removeprefix(_property("")) for name in table.properties if name.startswith(_property(""))]
    carried_receipts = [receipt for name in names if (receipt := carried(table, name)) is not None]
    newest_first = sorted(carried_receipts, key=lambda receipt: receipt.as_of, reverse=True)
    return [{key.removeprefix(PREFIX): text for key, text in one.properties().items()} for one in newest_first[:1]]


def _taken_away(table: "Table", snapshot_id: int, sequence: int) -> bool:
    """Whether a commit of that number is none of the branch's, which goes back further: not expired, rolled back."""
    chain = list(ancestors(table))
    # Without a number of its own, the oldest says nothing of how far back the branch goes.
    goes_further_back = bool(chain) and sequence > (chain[-1].sequence_number or sequence)
    return goes_further_back and all(one.snapshot_id != snapshot_id for one in chain)


def _property(pipeline: str) -> str:
    return f"{PREFIX}receipt.{pipeline}"


def furthest(committed: Sequence[Receipt]) -> Receipt | None:
    """The receipt whose interval ends last."""
    return max(committed, key=lambda receipt: receipt.interval_end, default=None)


def ending_at(committed: Sequence[Receipt], end: datetime) -> Receipt | None:
    """The newest receipt whose interval ends at `end`."""
    return next((receipt for receipt in committed if receipt.interval_end == end), None)


def resolve(committed: Sequence[Receipt], load: Receipt) -> Receipt | None:
    """The receipt that shows `load` as done, or None when it may be committed on top of `committed`.

    A load may fill the time behind the furthest committed interval, without leaving a gap unless it may have `gaps`. An
    interval that is already there may be written again only under a newer definition. Everything else is a writer that
    was overtaken.

    A backfill's load may stand anywhere: it writes what nobody has written, and again what was written under an older
    definition, an earlier generation, or with less known.

    Raises:
        SupersededError: somebody else has committed this time already, under the same definition or a newer one.
    """
    if load.generation:
        return _resolve_backfill(committed, load)
    same = ending_at(committed, load.interval_end)
    if same is not None:
        if same.run_key == load.run_key:
            return same
        if _order(load.version) > _order(same.version):
            return None
        raise _overtaken(
            load,
            f"version {same.version} of the definition has committed {same.interval} (snapshot {same.snapshot_id})",
        )
    last = furthest(committed)
    if last is not None and last.interval_end > load.interval_end:
        raise _overtaken(load, f"{last.interval} is committed (snapshot {last.snapshot_id})")
    if last is not None and last.interval_end < load.interval_start and not load.gaps:
        raise _overtaken(load, f"the table ends at {format_instant(last.interval_end)} by now, which would leave a gap")
    return None


def _resolve_backfill(committed: Sequence[Receipt], load: Receipt) -> Receipt | None:
    start, end = load.interval_start, load.interval_end
    # Thousands of cuts may be there, and none of them has a say about the others.
    near = [one for one in committed if overlaps([(one.interval_start, one.interval_end)], start, end)]
    there = [one.receipt for one in visible(near) if overlaps(one.spans, start, end)]
    if same := next((receipt for receipt in there if receipt.run_key == load.run_key), None):
        return same
    if stronger := next((receipt for receipt in there if _rank(receipt) >= _rank(load)), None):
        raise _overtaken(
            load,
            f"{stronger.interval} is committed with what was known at {format_instant(stronger.as_of)}"
            f" (version {stronger.version}, snapshot {stronger.snapshot_id})",
        )
    return None


def as_well_known(committed: Sequence[Receipt], load: Receipt) -> list[Span]:
    """The time in the interval of a backfill's load that others have written with as much known, oldest first.

    Of whatever generation, under the same version of the definition or a later one.
    """
    start, end = load.interval_start, load.interval_end
    return sorted(
        (max(first, start), min(last, end))
        for one in visible(committed)
        if _known(one.receipt) >= _known(load)
        for first, last in one.spans
        if overlaps([(first, last)], start, end)
    )


def _known(receipt: Receipt) -> tuple[list[tuple[int, int, str]], datetime]:
    return _order(receipt.version), receipt.as_of


def _rank(receipt: Receipt) -> tuple[list[tuple[int, int, str]], int, datetime]:
    """Who may write over whom."""
    return _order(receipt.version), max(receipt.generation, 1), receipt.as_of


def newest(committed: Sequence[Receipt]) -> Receipt | None:
    """The receipt of the pipeline's last commit."""
    return committed[0] if committed else None


def refuse_older(version: str, same: Receipt) -> None:
    """Refuse to plan an interval that a newer definition has already written.

    Raises:
        SupersededError: the committed version is newer than `version`.
    """
    if _order(version) < _order(same.version):
        raise SupersededError(
            f"{same.interval} is committed under version {same.version} of the definition, this is version {version}",
            "raise the version of this definition if it is to replace those rows",
        )


def _overtaken(load: Receipt, reason: str) -> SupersededError:
    return SupersededError(
        f"this run of {load.interval} has been overtaken: {reason}",
        "nothing was changed; start a new run if rows are missing",
    )


def _order(version: str) -> list[tuple[int, int, str]]:
    """A key that sorts versions as people do: 2 before 10, 1.9 before 1.10."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.findall(r"\d+|[^\d.]+", version)]
