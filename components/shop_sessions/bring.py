"""A run: what is new is read, and what it changes is computed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from pyiceberg.table import Table

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.erasures import last_erasure
from components.iceberg.naming import name_of
from components.iceberg.parts import beside, days_of
from components.iceberg.receipts import newest, receipts, refuse_older
from components.iceberg.tables import parse_definition
from components.retail.attributes import attributes_from
from components.retail.columns import INSTANT
from components.shell.datasets import read_manifest
from components.shell.engine import Engine, count, engine, keep, records
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH, format_instant
from components.shell.pieces import Pieces
from components.shell.summary import Summary
from components.shop_sessions.behaviour import customer_behaviour, deeds, guests, of_events, of_sessions
from components.shop_sessions.categories import come_from, valid_versions
from components.shop_sessions.days import days_about, days_counted, days_ended, first_day, needed_since, open_since
from components.shop_sessions.parts import piece_of, pieces_for
from components.shop_sessions.reading import (
    Coming,
    Landed,
    ids_since,
    keys_between,
    sessions_of_all,
    sessions_since,
    span_of,
    steps_on,
)
from components.shop_sessions.renewed import Renewed, changed_days, near, regions, utc_day
from components.shop_sessions.repeated import copies, unrepeated, without_copies
from components.shop_sessions.rows import COLUMNS, LATER, Written, write_rows
from components.shop_sessions.settings import Settings
from components.shop_sessions.sources import Near, Parts, Sources, renew_parts
from components.shop_sessions.unknown import require_known
from components.shop_sessions.visits import PLACED, visits

MEMORY = "2GB"
"""What the engine may hold; beyond it, it writes to a temporary directory."""
_NEW = ("visitor", "event_id", "kind", "is_unknown", "occurred_at", "at", "late")
"""What is asked of new events before those near them are read."""
_DAY, _MOMENT = timedelta(days=1), timedelta(microseconds=1)


@dataclass(frozen=True)
class Run:
    """What the run is about, as its parameters have it; `anew` says that all sessions are made anew."""

    table: Mapping[str, Any]
    snapshot_id: int
    tables: Mapping[str, Any]
    pipeline: str
    version: str
    as_of: datetime
    interval_start: datetime
    anew: bool = False


@dataclass(frozen=True)
class Outputs:
    """Where the rows of each table go, the plan of their commits, and the figures."""

    session_events: Path
    funnel_daily: Path
    article_funnel: Path
    customer_behaviour: Path
    sessions: Path
    plan: Path
    summary: Path

    @property
    def directories(self) -> dict[str, Path]:
        """The directory of each table's rows."""
        return {name: getattr(self, name) for name in COLUMNS}


def bring(run: Run, settings: Settings, outputs: Outputs, versions: Path | None = None) -> None:
    """Write what brings all tables up to date; nothing is committed.

    `versions` are those of articles, without which no event has a category.

    Raises:
        ContractError: most new events are of no known type.
        ConfigurationError: no events have been committed yet, or table and definition differ.
        SupersededError: a later run has been here.
        TransientError: the store does not answer.
    """
    catalog = open_catalog()
    tables = {name: load_table(catalog, parse_definition(run.tables[name]).name) for name in COLUMNS}
    landed = _landed(run, load_table(catalog, parse_definition(dict(run.table)).name), tables["sessions"])
    with engine(MEMORY) as backend:
        changes = _changes(backend, landed, tables, run, settings, versions)
        behaviour, guest_figures = _behaviour(backend, landed, tables, changes.sources.renewed.whole, run, settings)
        new = (landed.receipts[0].offsets, changes.figures["events"], run.anew, _erased(landed, tables.values()))
        to = Written(tables, outputs.directories, run.pipeline, changes.days, changes.local_days, run.as_of, *new)
        plan = write_rows(backend, to, changes.sources, behaviour)
        figures = {**changes.figures, **guest_figures}
    rows = {name: read_manifest(directory).rows for name, directory in outputs.directories.items()}
    Summary(figures["events"], sum(rows.values()), details={**figures, "rows": rows}).write(outputs.summary)
    plan.write(outputs.plan)


def _landed(run: Run, events: Table, sessions: Table) -> Landed:
    """The events of the run, from the snapshot that holds them on.

    Raises:
        ConfigurationError: there are none, or the run of before was of this instant and this one is to make all anew.
        SupersededError: sessions hold what came after this run, or of a newer definition.
    """
    committed = receipts(events, run.pipeline)
    start = next((index for index, receipt in enumerate(committed) if receipt.snapshot_id == run.snapshot_id), 0)
    current = events.current_snapshot()
    if not committed or current is None:
        raise ConfigurationError("no events have been committed by this pipeline", "commit events first")
    # What was erased since the events landed is not read any more.
    is_there = events.snapshot_by_id(run.snapshot_id) is not None
    is_whole = is_there and last_erasure(events, run.snapshot_id) == last_erasure(events)
    pinned = run.snapshot_id if is_whole else current.snapshot_id
    last = newest(receipts(sessions, run.pipeline))
    if last is not None:
        refuse_older(run.version, last)
        if last.as_of > run.as_of:
            raise SupersededError(
                f"this run of {format_instant(run.as_of)} has been overtaken by one of {format_instant(last.as_of)}",
                f"nothing was made anew: {LATER}" if run.anew else "nothing was changed; nothing is missing",
            )
        if run.anew and last.as_of == run.as_of:
            # What a run leaves that dies between its commits is known by its instant.
            instant = format_instant(run.as_of)
            raise ConfigurationError(
                f"sessions have been made at {instant} before", "make them anew at a later instant"
            )
    again = run.anew or (last is not None and last.version != run.version)
    return Landed(events, pinned, committed[start:], None if again else last, run.as_of)


def _erased(landed: Landed, tables: Iterable[Table]) -> dict[str, str]:
    """The last erasure of each table that is read, by its name, as it is read."""
    erased = {name_of(table): last_erasure(table) for table in tables}
    return {name_of(landed.table): last_erasure(landed.table, landed.snapshot_id)} | erased


@dataclass(frozen=True)
class Changes:
    """All sessions and events of the days about those that change; these days, of UTC and local; what is new."""

    sources: Sources
    days: frozenset[int]
    local_days: list[date]
    figures: Mapping[str, Any]


def _changes(  # noqa: PLR0917 - what it is made from
    backend: Engine, landed: Landed, tables: Mapping[str, Table], run: Run, settings: Settings, versions: Path | None
) -> Changes:
    new = landed.new().in_pieces(backend, 1, lambda rows: visits(rows, settings).select(_NEW)).all()
    made_until = _made_until(landed, run)
    figures = _counted(backend, new, made_until)
    require_known(backend, landed, new, settings)
    known_since = max(EPOCH, made_until - timedelta(days=settings.reopen_days))
    in_time = new.filter(new.occurred_at >= ibis.literal(known_since, INSTANT))
    half = _half_committed(tables["session_events"], landed, run.pipeline)
    around = keep(backend, "regions", regions(_with_half(backend, landed, in_time, half, settings), settings))
    touched = span_of(backend, around, settings.reach)
    span = touched or (run.as_of, run.as_of)
    coming = landed.between(span)
    pieces = pieces_for(coming.scan.rows)
    valid = valid_versions(backend, versions)
    # Ticks look for the ids that come in sessions; where all are made anew, nothing is in any.
    doubled = copies(backend, in_time, pieces) if landed.last is None else None
    events = coming.in_pieces(backend, pieces, lambda rows: _near(visits(rows, settings), around, doubled, settings))
    ended = days_ended(backend, tables, landed, settings)
    changing = min(span[0], open_since(backend, tables["sessions"], landed))
    since = needed_since(landed, changing, half, ended, settings)
    held = sessions_since(tables["sessions"], since).in_pieces(backend, pieces, lambda rows: rows)
    begin = max(since, span[0] - settings.longest) if touched else span[1]
    keys = keys_between(tables["session_events"], begin, span[1] + _MOMENT)
    replaceable = first_day(min(changing, known_since - settings.reach), half)
    once = _once(backend, landed, in_time, ids_since(tables["session_events"], replaceable))
    known = None if landed.last is None else _known(backend, keys, around, once, pieces)
    renewed = renew_parts(backend, Near(events, held, known, around, valid), pieces, run.as_of, settings)
    days = _days(backend, renewed, held.all(), landed, settings) | half
    local_days = sorted(days_counted(days, settings) | ended)
    wide = days_about(days, local_days, settings)
    in_sessions = renewed.events.all() if known is None else once
    figures |= _session_counts(backend, figures["events"], in_time, in_sessions, renewed) | {"days": len(days)}
    figures["attributes_from"] = (
        {} if valid is None else attributes_from(backend, come_from(renewed.events.all(), valid))
    )
    steps = steps_on(tables["session_events"], wide).in_pieces(backend, pieces, lambda rows: rows)
    return Changes(Sources(held, steps, renewed, wide, run.as_of, settings), days, local_days, figures)


def _near(events: ir.Table, around: ir.Table, doubled: ir.Table | None, settings: Settings) -> ir.Table:
    """The events near the regions, without those whose id another event has."""
    nearby = near(events, around, settings).select(PLACED)
    return nearby if doubled is None else without_copies(nearby, doubled)


def _made_until(landed: Landed, run: Run) -> datetime:
    """Up to when there were sessions before the run.

    Events that landed while sessions could not be made have waited for them, and are not late.
    """
    return EPOCH if landed.last is None else min(run.interval_start, landed.last.as_of)


def _once(backend: Engine, landed: Landed, in_time: ir.Table, ids: Coming) -> ir.Table:
    """The events in time without those that are in sessions already with another time, where there are any events.

    `ids` are those of all days that a run may replace, now or later: an id that lies further back is never replaced
    beside its copy. Where all sessions are made anew, nothing is in any.
    """
    if landed.last is None or not count(backend, in_time):
        return in_time
    there = ids.kept(backend, lambda rows: rows.semi_join(in_time, "event_id"))
    return keep(backend, "coming_once", unrepeated(in_time, there))


def _session_counts(backend: Engine, events: int, in_time: ir.Table, once: ir.Table, renewed: Parts) -> dict[str, Any]:
    """What the summary says of the new events and of the sessions that they change."""
    sessions, replaced = renewed.sessions.all(), renewed.replaced.all()
    gone, rekeyed = count(backend, replaced), count(backend, replaced.anti_join(sessions, "session_key"))
    return {
        "too_late": events - count(backend, in_time),
        "repeated": count(backend, in_time) - count(backend, once),
        "renewed_sessions": count(backend, sessions),
        "replaced_sessions": gone,
        "rekeyed_sessions": rekeyed,
        "rekeyed_share": _share(rekeyed, gone),
        "cut_long": renewed.cut_long,
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _known(backend: Engine, keys: Coming, around: ir.Table, in_time: ir.Table, pieces: int) -> Pieces:
    """The events that are in sessions, of the visitors of the regions, and those that come to sessions now.

    What landed too late, now or before, is neither.
    """
    known = keys.in_pieces(backend, pieces, lambda rows: rows.semi_join(around, "visitor"))
    coming = in_time.mutate(session_key=ibis.null("string"))
    known.add(coming, piece_of(coming.visitor, pieces))
    return known


def _behaviour(  # noqa: PLR0917 - what it is made from
    backend: Engine, landed: Landed, tables: Mapping[str, Table], renewed: Renewed, run: Run, settings: Settings
) -> tuple[ir.Table | None, dict[str, int]]:
    """What customers did by the run's instant, and how many events of guests are in nobody's behaviour.

    Nothing where the day of UTC has its cut: all events are read for one, which no tick of a quarter of an hour should.
    """
    last = newest(receipts(tables["customer_behaviour"], run.pipeline))
    if last is not None and last.version == run.version and last.as_of.date() == run.as_of.date():
        return None, {}
    counted = landed.every().kept(backend, lambda rows: of_events(deeds(rows, settings), run.as_of))
    theirs = of_sessions(sessions_of_all(backend, tables["sessions"], renewed, (run.as_of, settings)), run.as_of)
    nobodys = {"events_of_guests": int(records(backend, guests(counted))[0]["rows"])}
    return customer_behaviour(counted, theirs, run.as_of), nobodys


def _with_half(
    backend: Engine, landed: Landed, in_time: ir.Table, half: frozenset[int], settings: Settings
) -> ir.Table:
    """The new events, and all on the days that were committed by half, whose sessions are made anew in any case.

    The run that has left them may have had other parameters, and its events may have been erased since.
    """
    if not half or landed.last is None:
        return in_time
    span = (EPOCH + min(half) * _DAY, EPOCH + (max(half) + 1) * _DAY)
    days = sorted(half)

    def chosen(rows: ir.Table) -> ir.Table:
        events = visits(rows, settings)
        return events.filter(utc_day(events.occurred_at).isin(days)).select(_NEW)

    return in_time.union(landed.between(span, "half_events").in_pieces(backend, 1, chosen).all())


def _half_committed(session_events: Table, landed: Landed, pipeline: str) -> frozenset[int]:
    """The days of a run that ended between its commits: what it left there of sessions nobody else may take away.

    The last commit of sessions says beside which commit of their events it was made: it is another one then. Instants
    say nothing of it, for two runs of one instant may have had other parameters. A commit of a release that did not
    say it, is made anew once.
    """
    committed = newest(receipts(session_events, pipeline))
    if committed is None or (landed.last is not None and beside(landed.last) == committed.run_key):
        return frozenset()
    return days_of(committed)


def _counted(backend: Engine, new: ir.Table, made_until: datetime) -> dict[str, Any]:
    """How many new events there are of each kind, of no known type or visitor, and of before there were sessions."""
    by_kind = new.group_by("kind").agg(rows=new.count(), unknown=new.is_unknown.sum())
    kinds = records(backend, by_kind.order_by("kind"))
    events = sum(row["rows"] for row in kinds)
    late = count(backend, new.filter(new.occurred_at < ibis.literal(made_until, INSTANT)))
    return {
        "events": events,
        "kinds": {row["kind"]: row["rows"] for row in kinds},
        "unknown": sum(row["unknown"] for row in kinds),
        "unattributed": count(backend, new.filter(new.visitor.startswith("e:"))),
        "late": late,
        "late_share": _share(late, events),
    }


def _days(backend: Engine, renewed: Parts, held: ir.Table, landed: Landed, settings: Settings) -> frozenset[int]:
    """The days of UTC whose sessions change; all of them where all are computed."""
    if landed.last is not None:
        days = changed_days(renewed.whole, held, landed.as_of, settings)
    else:
        each = [table.select(day=utc_day(table.first_event)) for table in (renewed.whole.sessions, held)]
        days = ibis.union(*each, distinct=True)
    return frozenset(row["day"] for row in records(backend, days))
