"""The days that a run has to look at: those that may change, and those that are counted with them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import ibis
from pyiceberg.table import Table

from components.retail.columns import INSTANT
from components.retail.columns import day as local_day
from components.retail.time import cut_day
from components.shell.engine import Engine, records
from components.shell.instants import EPOCH, local_midnight
from components.shop_sessions.daily import waits_for
from components.shop_sessions.funnels import CUSTOMER
from components.shop_sessions.reading import Landed, not_final, not_quiet, still_open
from components.shop_sessions.sessions import quiet_since
from components.shop_sessions.settings import Settings

_DAY, _MOMENT = timedelta(days=1), timedelta(microseconds=1)


def open_since(backend: Engine, sessions: Table, landed: Landed) -> datetime:
    """From when on there are sessions that were open when they were committed.

    No setting says it: the run before may have had to wait longer.
    """
    now = ibis.literal(landed.as_of, INSTANT)
    opened = still_open(sessions).kept(backend, lambda rows: rows.agg(first=rows.started_at.min().fill_null(now)))
    first: datetime = records(backend, opened)[0]["first"]
    return first


def needed_since(
    landed: Landed, start: datetime, half: frozenset[int], ended: set[date], settings: Settings
) -> datetime:
    """From when on sessions begin that may change, or are counted on the same local days as these.

    Those that may change begin from `start` on, or on days that were committed by `half`.
    """
    if landed.last is None:
        return EPOCH
    # What is counted with later days does not lie further back.
    first = frozenset({(first_day(start, half) - EPOCH) // _DAY})
    return EPOCH + min(days_about(first, sorted(days_counted(first, settings) | ended), settings)) * _DAY


def first_day(start: datetime, half: frozenset[int]) -> datetime:
    """The beginning of the first day of UTC of those that were committed by half, and that of the start."""
    return EPOCH + min(half | {(start - EPOCH) // _DAY}) * _DAY


def days_ended(backend: Engine, tables: Mapping[str, Table], landed: Landed, settings: Settings) -> set[date]:
    """The local days that are not final in the table and would be now, whether anything happened or not.

    A day on which a session began that is open now is none of them: to look at it would change nothing, until that
    session is closed, and its day is looked at then.
    """
    if landed.last is None:
        return set()
    end = cut_day(landed.as_of - settings.lateness, settings.timezone)
    waits = {funnel.name: waits_for(funnel) for funnel in settings.funnels}
    unfinished = records(backend, not_final(tables["funnel_daily"]).kept(backend, lambda rows: rows.distinct()))
    over = [
        (row["funnel"], row["day"]) for row in unfinished if row["day"] < end - waits.get(row["funnel"], timedelta())
    ]
    if not over:
        return set()
    # Whoever enters in a funnel of customers is waited for by the window, whatever their sessions.
    by_window = {funnel.name for funnel in settings.funnels if funnel.scope == CUSTOMER}
    held_open = _open_days(backend, tables["sessions"], landed, settings)
    return {day for funnel, day in over if funnel in by_window or day not in held_open}


def _open_days(backend: Engine, sessions: Table, landed: Landed, settings: Settings) -> set[date]:
    """The local days on which sessions of people began that are open now."""
    coming = not_quiet(sessions, quiet_since(landed.as_of, settings))
    days = coming.kept(
        backend, lambda rows: rows.select(day=local_day(rows, "started_at", settings.timezone)).distinct()
    )
    return {row["day"] for row in records(backend, days)}


def days_counted(days: frozenset[int], settings: Settings) -> set[date]:
    """The local days whose funnels change: sessions begin on them, or customers enter that go on in such a session."""
    local_days: set[date] = set()
    for day in days:
        start = EPOCH + day * _DAY
        first = cut_day(start - _longest_window(settings), settings.timezone)
        last = cut_day(
            start + _DAY - _MOMENT + (settings.longest if _longest_window(settings) else timedelta()), settings.timezone
        )
        local_days |= {first + number * _DAY for number in range((last - first).days + 1)}
    return local_days


def days_about(days: frozenset[int], local_days: list[date], settings: Settings) -> frozenset[int]:
    """The days of UTC on which sessions begin that these local days count."""
    utc_days = set(days)
    for day in local_days:
        start = local_midnight(day, settings.timezone) - (
            settings.longest if _longest_window(settings) else timedelta()
        )
        end = local_midnight(day + _DAY, settings.timezone) + _longest_window(settings)
        utc_days |= set(range((start - EPOCH) // _DAY, (end - _MOMENT - EPOCH) // _DAY + 1))
    return frozenset(utc_days)


def _longest_window(settings: Settings) -> timedelta:
    windows = [funnel.window or timedelta() for funnel in settings.funnels if funnel.scope == CUSTOMER]
    return max(windows) + settings.longest if windows else timedelta()
