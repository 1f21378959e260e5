"""Sessions and a funnel with a window over a shop's events, beside bare DuckDB SQL and pandas; and what a tick costs.

All three read the same Parquet and are told in seconds of processor of a process of their own, start-up included. The
SQL makes a row per session with a few of our columns and counts the funnel: what no step can be much faster than.
Pandas does the same by visitor with groupby and apply, on a part. A tick brings new events, one in a hundred of them
two days late, and those of a day that the overlap reads again, to a table on a real catalog with more and more days in
it; to land them is part of computing. It is judged by the clock. A larger scale makes all days fuller; the days behind
a tick are the same at each: 5, 50 and 200 million events at a scale of 50.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from components.shell.engine import Engine, count, engine, keep, write
from components.shop_sessions.cut import cut, key_of
from components.shop_sessions.funnels import Funnel
from components.shop_sessions.parts import by_visitor, groups, pieces_for
from components.shop_sessions.reached import reached
from components.shop_sessions.sessions import steps_of, summed
from components.shop_sessions.settings import Settings
from components.shop_sessions.visits import PLACED, microseconds, visits
from stockpot.local.services import Wanted, in_use
from tests.bench.cost import Cost, alone, here
from tests.bench.rows import Other, Row, least, most
from tests.components.shop_sessions.world import RAW, Made, World

SMALL = 0.05
# Said of 50,000,000 events.
SAID_OF = 50
TARGETS = (
    most(2, "limit", scale=SAID_OF), most(4096, "memory", scale=SAID_OF), least(20, "peer", scale=SAID_OF)
)  # fmt: skip
IN_TIME = most(30, "seconds", scale=SAID_OF)
EVENTS, PER_VISITOR, PART, TICK, PER_DAY = 1_000_000, 40, 0.02, 1_000, 10_000
# Days behind a tick, which replaces three.
HISTORIES = (10, 100, 400)
# What a run lands at most before the tick that is measured.
PER_RUN = 5_000_000
# Each history has services of its own.
GIVEN = dict(os.environ)
DAY = 86_400
START, DAYS = datetime(2026, 1, 1, tzinfo=UTC), 30
WINDOW = 120
FUNNEL = Funnel("quick", ("view", "cart", "buy"), window_minutes=WINDOW)

# Of each visitor sessions of ten events, some seconds to minutes apart, on a day of its own.
_MADE = """
    SELECT CAST(i AS VARCHAR) AS event_id, 's' || i // 10 AS session_id, 'c' || i // {each} % {visitors} AS customer_id,
        CAST(NULL AS VARCHAR) AS anonymous_id, CAST(hash(i) % 5000 AS VARCHAR) AS article_id,
        ['view', 'view', 'view', 'click', 'cart', 'buy']
            [CAST(1 + hash(i, 1) % 6 AS BIGINT)] AS event_type,
        CAST(NULL AS VARCHAR) AS campaign_id,
        to_timestamp({start} + (hash(i // 10) % {seconds}) + (i % 10) * (20 + hash(i // 10, 2) % 200)) AS event_time
    FROM range({first}, {first} + {rows}) AS made(i)
"""
_SQL = """
    CREATE TABLE placed AS
        SELECT *, sum(begins) OVER (PARTITION BY customer_id ORDER BY event_time, event_id) AS session
        FROM (SELECT *, CASE WHEN event_time - lag(event_time) OVER w <= INTERVAL 30 MINUTE THEN 0 ELSE 1 END AS begins
        FROM '{source}' WINDOW w AS (PARTITION BY customer_id ORDER BY event_time, event_id));
    COPY (SELECT customer_id, session, min(event_time) AS first_event, max(event_time) AS last_event,
        count(*) AS events, count(DISTINCT article_id) AS articles, count(*) FILTER (event_type = 'buy') AS buys
        FROM placed GROUP BY ALL) TO '{to}' (FORMAT parquet);
    CREATE TABLE first AS
        SELECT *, list_position(['view', 'cart', 'buy'], event_type) AS step
        FROM placed WHERE event_type IN ('view', 'cart', 'buy');
    CREATE TABLE second AS
        SELECT *, max(CASE WHEN event_type = 'view' THEN event_time END) OVER w AS entered
        FROM first WINDOW w AS (PARTITION BY customer_id, session ORDER BY event_time, step, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
    CREATE TABLE third AS
        SELECT *, max(CASE WHEN event_type = 'cart' AND event_time - entered <= {window} THEN entered END) OVER w
            AS carted FROM second WINDOW w AS (PARTITION BY customer_id, session ORDER BY event_time, step, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
    SELECT count(DISTINCT (customer_id, session)) FROM third
        WHERE event_type = 'buy' AND event_time - carted <= {window};
"""


def made(to: Path, rows: int, of: int, *, first: int = 0, start: datetime = START, days: float = DAYS) -> None:
    """Write so many events of the days from the start on as Parquet, of the visitors that `of` events are of."""
    told = {"start": int(start.timestamp()), "seconds": int(days * DAY) - 3600, "first": first, "rows": rows}
    told |= {"each": PER_VISITOR, "visitors": of // PER_VISITOR}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = _MADE.format(**told)
        connection.execute(f"COPY ({query}) TO '{to}' (FORMAT parquet, COMPRESSION zstd)")


def ours(source: Path, to: Path) -> int:
    """Sessions, their events as rows, and how many have bought, as the step makes them, part by part."""
    told, bought = Settings(funnels=(FUNNEL,)), 0
    with engine("2GB") as backend:
        read = visits(backend.read_parquet([str(source)]), told).select(*PLACED)
        events = by_visitor(backend, "events", read, pieces_for(count(backend, read)))
        for number, group in enumerate(groups([events])):
            placed = cut(backend, events.of(group), told)
            sessions = keep(backend, "sessions", summed(placed, told))
            _write(backend, sessions.drop(*key_of(placed), "first_id", "first_index"), to / f"sessions-{number}")
            steps = keep(backend, "steps", steps_of(placed, sessions))
            _write(backend, steps, to / f"steps-{number}")
            found = reached(steps.mutate(at=microseconds(steps.occurred_at)), FUNNEL, ["session_key"])
            bought += count(backend, found.filter(found.steps == len(FUNNEL.steps)))
    return bought


def _write(backend: Engine, rows: ir.Table, to: Path) -> None:
    write(backend, rows, rows.schema(), to)


def sql(source: Path, to: Path) -> int:
    """The same by hand: of one instant, too, views come before carts, and these before what is bought."""
    query = _SQL.format(source=source, to=to / "sql.parquet", window=f"INTERVAL {WINDOW} MINUTE")
    with duckdb.connect(
        config={"threads": 2, "memory_limit": "2GB", "temp_directory": str(to / "spill")}
    ) as connection:
        return int(connection.execute(query).fetchall()[0][0])


def in_pandas(source: Path, _to: Path) -> int:
    """The same by groupby and apply."""
    table = pd.read_parquet(source)
    table["step"] = table["event_type"].map({"view": 1, "cart": 2, "buy": 3})
    table = table.sort_values(["customer_id", "event_time", "step", "event_id"])
    pause = pd.Timedelta(minutes=30)
    table["session"] = table.groupby("customer_id")["event_time"].transform(lambda at: (at.diff() > pause).cumsum())
    found = table.groupby(["customer_id", "session"]).apply(_session)
    return int(found["bought"].sum())


def _session(events: pd.DataFrame) -> pd.Series:
    window, entered, carted, bought = pd.Timedelta(minutes=WINDOW), None, None, False
    for at, kind in zip(events["event_time"], events["event_type"], strict=True):
        if kind == "view":
            entered = at
        elif kind == "cart" and entered is not None and at - entered <= window:
            carted = entered
        elif kind == "buy" and carted is not None and at - carted <= window:
            bought = True
    return pd.Series(
        {"first": events["event_time"].iloc[0], "last": events["event_time"].iloc[-1], "events": len(events),
         "articles": events["article_id"].nunique(), "bought": bought}
    )  # fmt: skip


WAYS = {"ours": ours, "sql": sql, "pandas": in_pandas}


def way(name: str, source: str, to: str) -> int:
    """How many sessions a way says have bought."""
    return WAYS[name](Path(source), Path(to))


@dataclass
class Large(World):
    """A source of so many events that they come as they are."""

    coming: Path = field(default_factory=Path)

    def extracted(self, as_of: datetime) -> pa.RecordBatch:
        """The events that are coming."""
        query = f"SELECT * EXCLUDE (event_time), event_time AS created_at FROM '{self.coming}'"
        with duckdb.connect() as connection:
            rows = connection.sql(query).to_arrow_table().select(RAW.names).cast(RAW)
        return rows.combine_chunks().to_batches()[0]


@dataclass(frozen=True)
class Tick:
    """Events of a tick, and how many each day behind it has: a longer past is more days, and none is fuller."""

    new: int
    per_day: int


def tick(scratch: Path, days: int, told: Tick) -> Cost:
    """What it costs to compute and to commit a tick behind so many days."""
    size = days * told.per_day
    with in_use(scratch / f"services-{days}", GIVEN, Wanted(postgres=True, store=True)) as services:
        os.environ.update(services.for_people)
        world = Large(Settings(max_session_hours=24))
        world.coming = scratch / "events.parquet"
        # Whole days: behaviour has been cut on the day of the tick, as it has for most.
        end, again = _history(world, size, days)
        late = scratch / "late.parquet"
        made(late, told.new // 100, size, first=size * 2, start=end - timedelta(days=2), days=1.0)
        made(world.coming, told.new, size, first=size * 3, start=end, days=0.05)
        world.coming = _together(scratch, world.coming, late, again)
        steps = list[Made]()
        cost = here(lambda: steps.append(world.run([], end + timedelta(hours=2))))
        shutil.rmtree(steps[0].at)
        return cost


def _together(scratch: Path, *parts: Path) -> Path:
    """All of them in one file."""
    to = scratch / "together.parquet"
    query = " UNION ALL ".join(f"FROM '{part}'" for part in parts)
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{to}' (FORMAT parquet)")
    return to


def _history(world: Large, size: int, days: int) -> tuple[datetime, Path]:
    """Until when there are so many events, landed by as few runs as may be; and where those of the last day lie."""
    runs = -(-size // PER_RUN)
    rows, each = size // runs, timedelta(days=days / runs)
    for number in range(runs):
        start = START + number * each
        made(world.coming, rows, size, first=number * rows, start=start, days=days / runs)
        shutil.rmtree(world.run([], start + each).at)
    end, again = START + runs * each, world.coming.with_name("again.parquet")
    last = f"SELECT * FROM '{world.coming}' WHERE event_time >= TIMESTAMPTZ '{end - timedelta(days=1)}'"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({last}) TO '{again}' (FORMAT parquet)")
    return end, again


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """All ways at once, and ticks behind more and more days."""
    yield from _ways(scratch, int(EVENTS * scale))
    told = Tick(max(1, int(TICK * scale)), int(PER_DAY * scale))
    found = {days: tick(scratch, days, told) for days in HISTORIES}
    for days, cost in found.items():
        work = f"a tick of {told.new:,} events behind {days * told.per_day:,}"
        sizes = {each * told.per_day: other for each, other in found.items()} if days == HISTORIES[-1] else {}
        yield Row(work, cost, targets=(IN_TIME,), by="cpu", sizes=sizes)


def _ways(scratch: Path, events: int) -> Iterator[Row]:
    whole, part = scratch / "whole.parquet", scratch / "part.parquet"
    made(whole, events, events)
    made(part, int(events * PART), events)
    (mine, found), (bare, same) = alone(way, "ours", whole, scratch), alone(way, "sql", whole, scratch)
    (theirs, few), (_, as_few) = alone(way, "pandas", part, scratch), alone(way, "ours", part, scratch)
    if (found, few) != (same, as_few):
        sys.exit(f"sessions that bought differ: {found} and {same}, {few} and {as_few}")
    # Beside the start, which a large shop does not notice.
    pandas = Other(f"pandas, timed on {events * PART:,.0f}", theirs.times(1 / PART))
    work = f"sessions and a funnel of {events:,} events, {found:,} bought"
    yield Row(work, mine, pandas, Other("bare SQL", bare), TARGETS, by="cpu")
