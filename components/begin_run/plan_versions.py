"""Which state a run of versions holds against the one before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from components.begin_run.plan_interval import Plan
from components.begin_run.plan_interval import plan as plan_interval
from components.iceberg.ends import Ends
from components.iceberg.receipts import Receipt, furthest
from components.shell.counts import worded
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import format_instant


def plan(
    as_of: datetime, now: datetime, oldest: timedelta, identity: tuple[str, str, str], committed: Sequence[Receipt]
) -> Plan:
    """The plan of the run at `as_of`, from the run before it: its interval is the time in which things have changed.

    Args:
        as_of: Instant of the run.
        now: The database's clock.
        oldest: How long ago `as_of` may be: what a source holds now is not what it held long ago.
        identity: Pipeline, table and version of the definition.
        committed: The pipeline's receipts in the table.

    Raises:
        ConfigurationError: `as_of` lies in the future, or longer ago than that and is not committed yet.
        SupersededError: a later run is committed, or this one under a newer definition.
    """
    planned = plan_interval(as_of, now, Ends(), identity, committed)
    last = furthest(committed)
    if planned.why == "rewritten" and last is not None and last.interval_end > planned.end:
        raise SupersededError(
            f"as_of {format_instant(as_of)} is superseded: versions are kept up to {format_instant(last.interval_end)}",
            "run the new version with a later as_of; what was said before is kept as it is",
        )
    if planned.why != "repeated" and now - as_of > oldest:
        hours = oldest / timedelta(hours=1)
        raise ConfigurationError(
            f"as_of {format_instant(as_of)} is more than {hours:g} {worded(hours, 'hour')} ago: what there was"
            " then cannot be known afterwards, and what there is now would pass for it",
            "run without as_of; of a source that keeps dated states, a larger oldest_hours says how far back",
        )
    return planned
