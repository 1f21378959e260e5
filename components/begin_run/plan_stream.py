"""Where a run of a stream goes on, and whether it may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from components.iceberg.losses import lost_until
from components.iceberg.receipts import Receipt, newest, refuse_older
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH, format_instant, refuse_future


@dataclass(frozen=True)
class Plan:
    """The offsets to go on from, as JSON, and the time `[start, as_of)` that the run adds to what is known."""

    after: str
    start: datetime


def plan(as_of: datetime, now: datetime, version: str, committed: Sequence[Receipt], since: datetime = EPOCH) -> Plan:
    """The plan of the run at `as_of`, given the table's receipts, the database's clock, and where a new table begins.

    A run that goes on after a loss covers no time. What was lost may have become known until somebody saw that it was
    gone, which is later than the instant of that run where that one lay in the past: up to then no run covers time.
    What a run missed of a topic or a partition that was new to it is told by its offsets: of all others it is whole.

    Raises:
        ConfigurationError: `as_of` lies in the future or before 1970.
        SupersededError: a later run has committed, or one under a newer definition.
    """
    refuse_future(as_of, now)
    if as_of <= EPOCH:
        raise ConfigurationError(f"as_of {format_instant(as_of)} lies before the data", "give an instant after 1970")
    last = newest(committed)
    if last is None:
        return Plan("{}", min(since, as_of))
    refuse_older(version, last)
    if last.as_of > as_of:
        raise SupersededError(
            f"as_of {format_instant(as_of)} is superseded: the table is up to {format_instant(last.as_of)}",
            "nothing is missing; a run that adds events needs a later as_of",
        )
    covers_nothing = last.interval_start == last.interval_end
    goes_on = min(as_of, max(last.as_of, lost_until(last.offsets))) if covers_nothing else last.as_of
    return Plan(last.offsets or "{}", goes_on if last.as_of < as_of else last.interval_start)
