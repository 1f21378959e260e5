"""Entry of the step `shop_events`."""

from datetime import datetime, timedelta
from pathlib import Path

from components.shell import step
from components.shell.events.definition import minutes_ahead
from components.shell.instants import parse_instant
from components.shop_events.read import Moment, read


def main(
    *,
    raw: Path,
    as_of: datetime,
    events: Path,
    rejected: Path,
    summary: Path,
    since: str = "",
    until: str = "",
    future_minutes: int = 5,
    timezone: str = "UTC",
) -> None:
    """Bring extracted events into the form in which they land."""
    ahead = timedelta(minutes=minutes_ahead(future_minutes))
    first, end = (parse_instant(bound) if bound else None for bound in (since, until))
    read(raw, Moment(as_of, ahead, timezone, first, end), events, rejected).write(summary)


if __name__ == "__main__":
    step.run(main)
