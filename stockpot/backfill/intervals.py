"""The intervals of a pipeline's schedule, how each stands, and which of them a backfill runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter

from components.iceberg.coverage import INSTANT, Span, gaps, overlaps, visible, without
from components.iceberg.ends import Ends
from components.iceberg.lateness import Late
from components.iceberg.receipts import Receipt
from components.shell.counts import counted
from components.shell.instants import format_instant
from stockpot.backfill.reprocess import Reprocess
from stockpot.definition import Schedule


class State(StrEnum):
    """How an interval stands: in the table, so but for late facts, nobody tried, tried in vain, and so on.

    The rest are: being tried, not yet due, or passed by a stream.
    """

    DONE = "done"
    LATE = "late"
    MISSING = "missing"
    FAILED = "failed"
    RUNNING = "running"
    NOT_DUE = "not due"
    PASSED = "passed"


@dataclass(frozen=True)
class Attempt:
    """What `etl_runs` says of a run: its interval, how it stands, and why it failed."""

    start: datetime
    end: datetime
    status: str
    run_id: str
    reason: str = ""


@dataclass(frozen=True)
class Interval:
    """A half-open interval, the instant of the run that fills it, how it stands, and the generation of a new try.

    The instant is that of the tick that ends the interval, or a later one where late facts wait for it.
    `note` says which run it was that stands for the state. `rows` counts what the table holds of it now, and
    `source_rows` what the source does; None where nobody has counted.
    """

    start: datetime
    end: datetime
    as_of: datetime
    state: State
    generation: int = 1
    note: str = ""
    rows: int | None = None
    source_rows: int | None = None

    @property
    def span(self) -> str:
        """The interval for people; of a cut its instant."""
        if self.until == self.start:
            return format_instant(self.start)
        return f"[{format_instant(self.start)}, {format_instant(self.end)})"

    @property
    def until(self) -> datetime:
        """The end for people; of a cut its instant."""
        return self.start if self.end - self.start == INSTANT else self.end

    @property
    def described(self) -> dict[str, Any]:
        """The interval as JSON."""
        instants = {"from": self.start, "to": self.end, "as_of": self.as_of}
        counts = {"rows": self.rows, "source_rows": self.source_rows}
        told = {name: format_instant(at) for name, at in instants.items()}
        return {**told, "state": self.state, "by": self.note, **counts}


_COUNTED = 2000
_ALSO = {
    Reprocess.NONE: {State.MISSING},
    Reprocess.FAILED: {State.MISSING, State.FAILED, State.RUNNING},
    Reprocess.LATE: {State.MISSING, State.LATE},
    Reprocess.ALL: {State.MISSING, State.FAILED, State.RUNNING, State.LATE, State.DONE},
}


@dataclass(frozen=True)
class Past:
    """What is known of a pipeline's runs: receipts and attempts, newest first, and the time that late facts wait for.

    A stream goes forward only: behind `passed`, the instant of its last run, nothing can be filled any more.
    """

    committed: Sequence[Receipt]
    attempts: Sequence[Attempt] = ()
    passed: datetime | None = None
    late: Sequence[Late] = ()


def intervals(schedule: Schedule, ends: Ends, bounds: Span, past: Past, now: datetime) -> list[Interval]:
    """The schedule's intervals that overlap `bounds`, oldest first, cut where what is done meets what is not.

    Each ends where a tick of the schedule has it end, and begins where the one before it ends.
    """
    found = []
    for (start, end), tick in _between_ticks(schedule, ends, bounds):
        missing = gaps(past.committed, start, end)
        stretches = [(span, True) for span in missing] + [(span, False) for span in without([(start, end)], missing)]
        found += [
            _interval(span, tick if ends.of_days else span[1] + ends.label_delay, past, now, open_=open_)
            for span, open_ in sorted(stretches)
        ]
    return found


def cuts(
    schedule: Schedule, cut_of: Callable[[datetime], datetime], bounds: Span, past: Past, now: datetime
) -> list[Interval]:
    """The cuts of the schedule's ticks that lie in `bounds`, oldest first, each with the last tick there was for it."""
    ticks: dict[datetime, datetime] = {}
    for tick in _ticks(schedule, bounds[0]):
        if (cut := cut_of(tick)) >= bounds[1]:
            break
        if cut >= bounds[0] and (tick <= now or cut not in ticks):
            ticks[cut] = tick
    committed: dict[datetime, list[Receipt]] = {}
    for receipt in past.committed:
        committed.setdefault(receipt.interval_start, []).append(receipt)
    return [
        _interval((cut, cut + INSTANT), tick, replace(past, committed=there), now, open_=not there)
        for cut, tick in ticks.items()
        for there in [committed.get(cut, [])]
    ]


def about_how_many(schedule: Schedule, ends: Ends, bounds: Span) -> int:
    """How many intervals overlap `bounds`: counted where they are few, else as many as the first ones let expect."""
    first = [span for span, _ in islice(_between_ticks(schedule, ends, bounds), _COUNTED)]
    if len(first) < _COUNTED:
        return len(first)
    return round(_COUNTED * ((bounds[1] - first[0][0]) / (first[-1][1] - first[0][0])))


def chosen(found: Sequence[Interval], reprocess: Reprocess) -> list[Interval]:
    """Those that a backfill runs, oldest first."""
    return [one for one in found if one.state in _ALSO[reprocess]]


def _between_ticks(schedule: Schedule, ends: Ends, bounds: Span) -> Iterator[tuple[Span, datetime]]:
    """The intervals that overlap `bounds`, each with the tick that ends it."""
    first, last = bounds
    ticks = croniter(schedule.cron, ends.from_when(first).astimezone(ZoneInfo(schedule.timezone)), ret_type=datetime)
    start = ends.whole_end(ticks.get_prev().astimezone(UTC))
    # Where several ticks would end an interval at the same midnight, the first that does.
    while start < last:
        tick = ticks.get_next().astimezone(UTC)
        end = ends.whole_end(tick)
        if end > start:
            if end > first:
                yield (start, end), tick
            start = end


def _ticks(schedule: Schedule, first: datetime) -> Iterator[datetime]:
    """The ticks from one instant on, in UTC."""
    before = (first - INSTANT).astimezone(ZoneInfo(schedule.timezone))
    ticks = croniter(schedule.cron, before, ret_type=datetime)
    while True:
        yield ticks.get_next().astimezone(UTC)


def _interval(span: Span, as_of: datetime, past: Past, now: datetime, *, open_: bool) -> Interval:
    start, end = span
    if as_of > now:
        # Also where somebody has filled it before its tick.
        return Interval(start, end, as_of, State.NOT_DUE)
    if not open_:
        there = [one.receipt for one in visible(past.committed) if overlaps(one.spans, start, end)]
        generation = max((max(receipt.generation, 1) for receipt in there), default=0) + 1
        done = Interval(start, end, as_of, State.DONE, generation, _committed(there))
        return _late(done, [one for one in past.late if overlaps([(one.start, one.end)], start, end)])
    if past.passed is not None and as_of <= past.passed:
        return Interval(start, end, as_of, State.PASSED)
    tried = next((one for one in past.attempts if overlaps([(one.start, one.end)], start, end)), None)
    if tried is None or tried.status == "succeeded":
        return Interval(start, end, as_of, State.MISSING)
    state = State.RUNNING if tried.status == "running" else State.FAILED
    return Interval(start, end, as_of, state, note=f"{tried.run_id} {tried.reason}".strip())


def _late(done: Interval, late: Sequence[Late]) -> Interval:
    """The interval as it is but for late facts, run with what was known when the last of them was counted."""
    if not late:
        return done
    as_of = max([done.as_of, *(one.as_of for one in late)])
    images = sum(one.images for one in late)
    note = f"facts on {counted(images, 'row')}, known by {format_instant(as_of)}; {done.note}"
    return replace(done, state=State.LATE, as_of=as_of, note=note)


def _committed(there: Sequence[Receipt]) -> str:
    rows = sum(receipt.rows for receipt in there)
    snapshots = ", ".join(str(receipt.snapshot_id) for receipt in there if receipt.snapshot_id)
    return f"{counted(rows, 'row')}, snapshot {snapshots}" if snapshots else "its snapshot has expired"
