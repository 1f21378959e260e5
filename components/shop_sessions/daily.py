"""Funnels by local day, and by article and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir

from components.retail.columns import day
from components.retail.kinds import BUY, CART, VIEW
from components.retail.time import cut_day
from components.shop_sessions.funnels import ANY, SESSION, Funnel
from components.shop_sessions.reached import ENTERS, reached
from components.shop_sessions.settings import Settings
from components.shop_sessions.visits import microseconds

STEPS = "_steps"
"""What follows the name of a funnel in the column of sessions that says how far each came."""

PAIRED = ("visitor", "stretch")
"""By what events and the days on which visitors enter are brought together, before their days are compared."""
_BY_ARTICLE = Funnel("article", (VIEW, CART, BUY))
_COUNTS = ("view_sessions", "cart_sessions", "buy_sessions")
_P90 = 0.9
_FIRST = date(1970, 1, 1)


@dataclass(frozen=True)
class Held:
    """Sessions, and all their events as rows; and the run's instant and parameters."""

    sessions: ir.Table
    events: ir.Table
    as_of: datetime
    settings: Settings

    @property
    def people(self) -> ir.Table:
        """The sessions that are no bot's, with the local `day` on which they began."""
        table = self.sessions.filter(~self.sessions.is_bot)
        return table.mutate(day=day(table, "started_at", self.settings.timezone))

    @property
    def timed(self) -> ir.Table:
        """The events of these, with `at` in microseconds and their own local `day`."""
        events = self.events.semi_join(self.people, "session_key")
        return events.mutate(
            at=microseconds(events.occurred_at), day=day(events, "occurred_at", self.settings.timezone)
        )

    @property
    def today(self) -> date:
        """The first local day that is not over, lateness and all."""
        return cut_day(self.as_of - self.settings.lateness, self.settings.timezone)


def waits_for(funnel: Funnel) -> timedelta:
    """How much later than a local day is over all chains are that began on it, in whole days."""
    return timedelta() if funnel.scope == SESSION else timedelta(days=(funnel.window or timedelta()).days + 1)


def funnel_daily(units_by_funnel: Sequence[tuple[Funnel, ir.Table]], days: Sequence[date]) -> ir.Table:
    """Of each funnel, of these local days and of each step how many got so far, and how long it took them.

    With each funnel come its `units_of`, all there are of these days.
    """
    rows = [step for funnel, units in units_by_funnel for step in _steps(units, funnel)]
    steps = ibis.union(*rows) if len(rows) > 1 else rows[0]
    return steps.filter(steps.day.isin(list(days))).order_by("funnel", "day", "step")


def sessions_reached(held: Held, funnel: Funnel) -> ir.Table:
    """How far each session came in a funnel of sessions, a bot's too; none that took no step."""
    events = held.events
    return reached(events.mutate(at=microseconds(events.occurred_at)), funnel, ["session_key"])


def units_of(held: Held, funnel: Funnel, came: ir.Table | None = None) -> ir.Table:
    """Of each unit its `day` and `visitor`, whether it `is_final`, and how far it came.

    `came` is what `sessions_reached` says, of a funnel of sessions.
    """
    units = _of_customers(held, funnel) if came is None else _of_sessions(held, came)
    seconds = (f"seconds_{step}" for step in range(1, len(funnel.steps) + 1))
    return units.select("day", "visitor", "is_final", "steps", *seconds)


def _of_sessions(held: Held, came: ir.Table) -> ir.Table:
    people = held.people.select("session_key", "visitor", "day", is_final=held.people.is_closed)
    people = people.mutate(is_final=people.is_final & (people.day < held.today))
    return people.left_join(came, "session_key")


def _of_customers(held: Held, funnel: Funnel) -> ir.Table:
    """The same of visitors and the days on which they enter: chains may end on a later day."""
    events, days = entered(held, funnel)
    joined = events.inner_join(days, PAIRED)
    theirs = joined.filter((joined.entered >= joined.since) & (joined.entered <= joined.day))
    progress = reached(theirs.mutate(**{ENTERS: theirs.entered == theirs.day}), funnel, ["visitor", "entered"])
    ends = held.today - waits_for(funnel)
    return progress.mutate(day=progress.entered, is_final=progress.entered < ibis.literal(ends))


def entered(held: Held, funnel: Funnel) -> tuple[ir.Table, ir.Table]:
    """The events of visitors, each with the local day `since` when chains begin that reach it; and the days of entries.

    Both by stretches of more days than a chain touches, each event in its own and the one before: so a visitor of many
    days has no pair of each event with each of these.
    """
    events, zone = held.timed, held.settings.timezone
    length = (funnel.window or timedelta()).days + 3
    entries = events.filter(events.kind.isin(list(funnel.steps if funnel.order == ANY else funnel.steps[:1])))
    days = entries.select("visitor", entered=entries.day).distinct()
    reaching = events.mutate(reaching=events.occurred_at - ibis.interval(minutes=funnel.window_minutes))
    stretch = _number(reaching.day) // length
    spread = reaching.mutate(since=day(reaching, "reaching", zone), stretch=ibis.array([stretch, stretch - 1]).unnest())
    return spread, days.mutate(stretch=_number(days.entered) // length)


def _number(days: ir.DateValue) -> ir.IntegerValue:
    """The days since 1970."""
    return days.delta(ibis.literal(_FIRST), unit="day")


def _steps(units: ir.Table, funnel: Funnel) -> list[ir.Table]:
    """A table of days for each step."""
    steps = units.steps.fill_null(0)
    aggregates: dict[str, ir.Value] = {"is_final": units.is_final.all()}
    for step in range(1, len(funnel.steps) + 1):
        took, got = units[f"seconds_{step}"], steps >= step
        aggregates |= {
            f"units_{step}": units.count(where=got),
            f"visitors_{step}": units.visitor.nunique(where=got),
            f"median_{step}": took.quantile(0.5, where=got),
            f"p90_{step}": took.quantile(_P90, where=got),
        }
    days = units.group_by("day").agg(**aggregates)
    return [_step(days, funnel, step, kind) for step, kind in enumerate(funnel.steps, 1)]


def _step(days: ir.Table, funnel: Funnel, step: int, kind: str) -> ir.Table:
    got, before = days[f"units_{step}"], days[f"units_{max(step - 1, 1)}"]
    return days.select(
        "day",
        funnel=ibis.literal(funnel.name),
        step=ibis.literal(step, "int32"),
        # Where steps come in any order, the second is whichever comes second.
        kind=ibis.literal(ANY if funnel.order == ANY else kind),
        sessions=got,
        visitors=days[f"visitors_{step}"],
        conversion_from_first=_share(got, days.units_1),
        conversion_from_previous=_share(got, before),
        median_seconds=days[f"median_{step}"],
        p90_seconds=days[f"p90_{step}"],
        is_final=days.is_final,
    )


def _share(part: ir.IntegerValue, whole_of: ir.IntegerValue) -> ir.Value:
    return part.cast("float64") / whole_of.nullif(0).cast("float64")


def articles_of(held: Held) -> ir.Table:
    """Of each article and day in how many of these sessions it was looked at, then put into a cart, then bought."""
    events = held.timed
    progress = reached(events.filter(events.article_id.notnull()), _BY_ARTICLE, ["session_key", "article_id"])
    joined = progress.inner_join(held.people.select("session_key", "day"), "session_key")
    got = joined.filter(joined.steps > 0)
    counts = {name: got.count(where=got.steps >= step) for step, name in enumerate(_COUNTS, 1)}
    return got.group_by("article_id", "day").agg(**counts)


def article_funnel(counted: ir.Table, days: Sequence[date]) -> ir.Table:
    """The same of all sessions and of these days, of what `articles_of` counted of some at a time."""
    of_days = counted.filter(counted.day.isin(list(days)))
    sums = {name: of_days[name].sum().cast("int64") for name in _COUNTS}
    return of_days.group_by("article_id", "day").agg(**sums).order_by("day", "article_id")


def steps_by_session(held: Held, came: Mapping[str, ir.Table]) -> ir.Table:
    """Of each session `<funnel>_steps`, how far it came in each funnel of sessions, by the names of these."""
    table = held.sessions.select("session_key")
    for name, progress in came.items():
        joined = table.left_join(progress.select("session_key", took=progress.steps), "session_key")
        table = joined.select(*table.columns, joined.took.fill_null(0).name(f"{name}{STEPS}"))
    return table
