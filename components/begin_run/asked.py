"""What a run's parameters ask for, checked: where its interval ends, which time is filled again, cut, dataset.

The step that begins a run and `stockpot plan` both read the parameters by these functions.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from components.begin_run.plan_dataset import SYNTHETIC, Dataset
from components.begin_run.plan_interval import Backfill
from components.iceberg.cuts import RUN, cut_of
from components.iceberg.ends import Ends
from components.shell.arguments import flag
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant, parse_instant


def ends_asked(
    label_delay_seconds: int,
    *,
    lookback_hours: int = 0,
    each: str = RUN,
    timezone: str = "UTC",
    late_days: int = 0,
    whole_weeks: bool = False,
    by_days: bool = False,
) -> Ends:
    """How the run's interval follows from its instant.

    Raises:
        ConfigurationError: one of the numbers is negative, or the zone's days are none of the table's `by_days`.
    """
    numbers = {"label_delay_seconds": label_delay_seconds, "lookback_hours": lookback_hours, "late_days": late_days}
    for name, number in numbers.items():
        if number < 0:
            raise ConfigurationError(f"{flag(name)} is {number}", "give zero or more")
    return Ends(timedelta(seconds=label_delay_seconds), each, timezone, late_days, whole_weeks, by_days)


def backfill_asked(start: str, end: str, generation: int) -> Backfill | None:
    """What the run was asked to fill; None for a run of the schedule.

    Raises:
        ConfigurationError: there is no start or no generation, or a bound is no instant.
    """
    if not (start or end or generation):
        return None
    if not start:
        raise ConfigurationError("generation or backfill_to without backfill_from", "give all three, or none")
    if generation < 1:
        raise ConfigurationError(
            f"backfill_from with generation {generation}", "give 1, or more to compute committed rows anew"
        )
    return Backfill(parse_instant(start), generation, parse_instant(end) if end else None)


def cut_asked(text: str, at: datetime, each: str, timezone: str) -> datetime:
    """The cut that was asked for, else that of the run's instant.

    Raises:
        ConfigurationError: it is no instant, or not the first one of a day where there is a cut for each day.
    """
    instant = parse_instant(text) if text else at
    cut = cut_of(instant, each, timezone)
    if text and cut != instant:
        raise ConfigurationError(
            f"cut {text} is not the first instant of a day in {timezone}", f"give {format_instant(cut)}"
        )
    return cut


def dataset_asked(
    pipeline: str,
    table: str,
    version: str,
    settings: Mapping[str, Any],
    *,
    source: str = "",
    source_path: str = "",
    config: str = "",
    made_from: str = "",
    inclusive: bool = False,
) -> Dataset:
    """The dataset that the run makes, with what its rows depend on.

    A real source knows nothing of the config, a generated one has no path.
    """
    origin = {"made_from": config if source == SYNTHETIC else source_path}
    given = {"parameters": made_from} if made_from else {}
    return Dataset(pipeline, table, version, source, {**settings, **origin, **given}, inclusive)
