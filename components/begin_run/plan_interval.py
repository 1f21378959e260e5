"""Which interval a run fills, and under which key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from components.iceberg.ends import Ends
from components.iceberg.receipts import Receipt, as_well_known, ending_at, furthest, refuse_older, resolve
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH, format_instant, is_whole_day, refuse_future
from components.shell.keys import key_of


@dataclass(frozen=True)
class Plan:
    """A half-open interval, the key of its load, and why it is this one.

    `why` is first, next, repeated, rewritten or backfilled.
    """

    start: datetime
    end: datetime
    run_key: str
    why: str


def plan(
    as_of: datetime,
    now: datetime,
    ends: Ends,
    identity: tuple[str, str, str],
    committed: Sequence[Receipt],
) -> Plan:
    """The plan of the run at `as_of`, given what is committed.

    Args:
        as_of: Instant of the run.
        now: The database's clock.
        ends: How the interval follows from `as_of`.
        identity: Pipeline, table and version of the definition.
        committed: The pipeline's receipts in the table.

    Raises:
        ConfigurationError: `as_of` lies in the future, or so early that there is nothing to fill.
        SupersededError: a later interval is committed, or this one under a newer definition.
    """
    refuse_future(as_of, now)
    end = interval_end(as_of, ends)
    same = ending_at(committed, end)
    if same is not None:
        refuse_older(identity[2], same)
        if same.version == identity[2]:
            return Plan(same.interval_start, end, same.run_key, "repeated")
        return _plan(same.interval_start, end, identity, "rewritten")
    last = furthest(committed)
    if last is not None and last.interval_end > end:
        filled, after = format_instant(last.interval_end), format_instant(ends.after(last.interval_end))
        raise SupersededError(
            f"as_of {format_instant(as_of)} is superseded: the table is filled up to {filled}",
            f"nothing is missing; a run that adds rows needs an as_of after {after}",
        )
    if last is None:
        return _plan(EPOCH, end, identity, "first")
    return _plan(ends.begin(last.interval_end), end, identity, "next")


@dataclass(frozen=True)
class Backfill:
    """What a backfill says of its interval: where it starts, its generation, from 1 on, and where it ends.

    It ends the label delay before `as_of` where no end is given.
    """

    start: datetime
    generation: int
    end: datetime | None = None


def plan_backfill(  # noqa: PLR0917 - the arguments of `plan`, and one more
    as_of: datetime,
    now: datetime,
    ends: Ends,
    identity: tuple[str, str, str],
    backfill: Backfill,
    committed: Sequence[Receipt],
) -> Plan:
    """The plan of a backfill's run at `as_of`, whatever is committed before and after its interval.

    `committed` holds the pipeline's receipts and stand-ins for those that have expired. In its first generation an
    interval has the key that a run of the schedule would have had, so that one finds done what the other did.

    Raises:
        ConfigurationError: `as_of` lies in the future, or the interval is empty or not settled at `as_of`.
        SupersededError: the interval's time is committed with more known, or in this generation or a later one.
    """
    refuse_future(as_of, now)
    settled_until = interval_end(as_of, ends)
    end = backfill.end or settled_until
    if backfill.start >= end or end > settled_until:
        raise ConfigurationError(
            f"no backfill goes from {format_instant(backfill.start)} to {format_instant(end)}",
            "give a start before the end, and an end settled at as_of",
        )
    if ends.by_days and not (is_whole_day(backfill.start) and is_whole_day(end)):
        raise ConfigurationError(
            f"the table is filled by whole days, not from {format_instant(backfill.start)} to {format_instant(end)}",
            "give bounds at midnight UTC",
        )
    pipeline, _, version = identity
    asked = Receipt("", pipeline, ends.begin(backfill.start), end, as_of, version, generation=backfill.generation)
    start = _reach(asked, backfill.start, committed)
    key = run_key(*identity, start, end, backfill.generation)
    done = resolve(committed, replace(asked, run_key=key, interval_start=start))
    return Plan(start, end, key, "repeated" if done else "backfilled")


def plan_either(
    run: tuple[datetime, datetime, Ends, tuple[str, str, str]],
    backfill: Backfill | None,
    committed: Sequence[Receipt],
    everything: Sequence[Receipt],
) -> Plan:
    """The plan of a run, of the schedule or a backfill's; the latter heeds the time of expired receipts too.

    `run` is what `plan` begins with; `everything` holds stand-ins for receipts that have expired beside `committed`.

    Raises:
        ConfigurationError, SupersededError: as in `plan` and `plan_backfill`.
    """
    if backfill:
        return plan_backfill(*run, backfill, everything)
    return plan(*run, committed)


def _reach(asked: Receipt, start: datetime, committed: Sequence[Receipt]) -> datetime:
    """Where a backfill's interval begins that is to begin at `start`, and would write the days before it anew.

    It leaves them where somebody knows as much of them.
    """
    again = replace(asked, interval_start=start)
    mine = (one for one in committed if _work(one) == _work(again) and one.interval_start <= start)
    if same := next(mine, None):
        return same.interval_start
    before = as_well_known(committed, replace(asked, interval_end=start))
    return max((last for _, last in before), default=asked.interval_start)


def _work(one: Receipt) -> tuple[object, ...]:
    return one.version, one.generation, one.as_of, one.interval_end


def interval_end(as_of: datetime, ends: Ends) -> datetime:
    """Where the interval of the run at `as_of` ends.

    Raises:
        ConfigurationError: that lies before 1970.
    """
    try:
        end = ends.end(as_of)
    except OverflowError:
        end = EPOCH
    if end <= EPOCH:
        raise ConfigurationError(f"as_of {format_instant(as_of)} lies before the data", "give an instant after 1970")
    return end


def _plan(start: datetime, end: datetime, identity: tuple[str, str, str], why: str) -> Plan:
    return Plan(start, end, run_key(*identity, start, end), why)


def run_key(  # noqa: PLR0917 - all of them name the work
    pipeline: str, table: str, version: str, start: datetime, end: datetime, generation: int = 0
) -> str:
    """The key of a load: of pipeline, table, interval and version, and of a backfill's generation after the first."""
    interval = [format_instant(start), format_instant(end)]
    work: dict[str, object] = {"pipeline": pipeline, "table": table, "interval": interval, "version": version}
    if generation > 1:
        work["generation"] = generation
    return key_of(work)
