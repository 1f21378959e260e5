"""Sessions and a funnel with a window over a shop's events, beside bare DuckDB SQL and pandas; and what a tick costs.

All three read the same Parquet and are told in seconds of processor of a process of their own, start-up included. The
SQL makes a row per session with a few of our columns and counts the funnel: what no step can be much faster than.
Pandas does the same by visitor with groupby and apply, on the part that it can hold. A tick brings new events, one in a
hundred of them late, to a table on a real catalog that holds more and more; to land them is part of computing.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
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
from tests.bench.cost import Cost, run
from tests.components.shop_sessions.world import RAW, World

EVENTS, PER_VISITOR, PART, TICK, PER_DAY = 1_000_000, 40, 0.02, 5_000, 20_000
SIZES = (50_000, 200_000)
# What a run lands at most before the tick that is measured.
PER_RUN = 5_000_000
# Each size has services of its own.
GIVEN = dict(os.environ)
LEAST_OF_PANDAS, MOST_OF_SQL, MIB = 20.0, 2.0, 4_096
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
    CREATE TABLE second AS
        SELECT *, max(CASE WHEN event_type = 'view' THEN event_time END) OVER w AS entered
        FROM placed WHERE event_type IN ('view', 'cart', 'buy')
        WINDOW w AS (PARTITION BY customer_id, session ORDER BY event_time, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
    CREATE TABLE third AS
        SELECT *, max(CASE WHEN event_type = 'cart' AND event_time - entered <= {window} THEN entered END) OVER w
            AS carted FROM second WINDOW w AS (PARTITION BY customer_id, session ORDER BY event_time, event_id
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
            _write(backend, sessions.drop(*key_of(placed), "first_id", "first_place"), to / f"sessions-{number}")
            steps = keep(backend, "steps", steps_of(placed, sessions))
            _write(backend, steps, to / f"steps-{number}")
            found = reached(steps.mutate(at=microseconds(steps.occurred_at)), FUNNEL, ["session_key"])
            bought += count(backend, found.filter(found.steps == len(FUNNEL.steps)))
    return bought


def _write(backend: Engine, rows: ir.Table, to: Path) -> None:
    write(backend, rows, rows.schema(), to)


def sql(source: Path, to: Path) -> int:
    """The same by hand."""
    query = _SQL.format(source=source, to=to / "sql.parquet", window=f"INTERVAL {WINDOW} MINUTE")
    with duckdb.connect(
        config={"threads": 2, "memory_limit": "2GB", "temp_directory": str(to / "spill")}
    ) as connection:
        return int(connection.execute(query).fetchall()[0][0])


def in_pandas(source: Path, _to: Path) -> int:
    """The same by groupby and apply."""
    table = pd.read_parquet(source).sort_values(["customer_id", "event_time", "event_id"])
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


def way(name: str, source: Path, to: Path) -> tuple[Cost, int]:
    """What a way costs, and how many sessions it says have bought."""
    cost = run([sys.executable, "-m", "tests.bench.bench_sessions"], way=name, source=source, to=to)
    return cost, json.loads((to / name).read_text())


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
    """Events of a tick, behind so many a day of all that there are: a longer past is more days, and none is fuller."""

    new: int
    per_day: int


def tick(scratch: Path, size: int, told: Tick) -> tuple[float, float, float]:
    """Seconds of processor that a tick takes to compute and to commit behind so many events, and by the clock both."""
    with in_use(scratch / f"services-{size}", GIVEN, Wanted(postgres=True, store=True)) as services:
        os.environ.update(services.for_people)
        world = Large(Settings(max_session_hours=24))
        world.coming = scratch / "events.parquet"
        # Whole days: behaviour has been cut on the day of the tick, as it has for most.
        end = _history(world, size, max(1, round(size / told.per_day)))
        late = scratch / "late.parquet"
        made(late, told.new // 100, size, first=size * 2, start=end - timedelta(days=2), days=1.0)
        made(world.coming, told.new, size, first=size * 3, start=end, days=0.05)
        with duckdb.connect() as connection:
            both = scratch / "both.parquet"
            connection.execute(f"COPY (FROM '{world.coming}' UNION ALL FROM '{late}') TO '{both}' (FORMAT parquet)")
        world.coming = both
        began, clock = time.process_time(), time.perf_counter()
        step = world.compute([], end + timedelta(hours=2))
        computed = time.process_time()
        step.commit()
        shutil.rmtree(step.at)
        return computed - began, time.process_time() - computed, time.perf_counter() - clock


def _history(world: Large, size: int, days: int) -> datetime:
    """Until when there are so many events, landed by as few runs as may be."""
    runs = -(-size // PER_RUN)
    rows, each = size // runs, timedelta(days=days / runs)
    for number in range(runs):
        start = START + number * each
        made(world.coming, rows, size, first=number * rows, start=start, days=days / runs)
        shutil.rmtree(world.run([], start + each).at)
    return START + runs * each


def main() -> int:
    """Print the figures; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS, help="the target is said of 50,000,000")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="events behind which a tick is measured")
    parser.add_argument("--tick", type=int, default=TICK, help="new events of a tick")
    parser.add_argument("--per-day", type=int, default=PER_DAY, help="events a day of those behind which it comes")
    parser.add_argument("--only-ticks", action="store_true", help="measure no whole computation")
    for name in ("way", "source", "to"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.way:
        to = Path(told.to)
        (to / told.way).write_text(json.dumps(WAYS[told.way](Path(told.source), to)))
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-sessions-") as directory:
        scratch = Path(directory)
        missed = not told.only_ticks and _ways(scratch, told.events)
        for size in told.sizes:
            computing, committing, both = tick(scratch, size, Tick(told.tick, told.per_day))
            print(
                f"a tick of {told.tick:,} behind {size:,} events, {told.per_day:,} a day: {computing:.1f} s,"
                f" {committing:.1f} s to commit; {both:.1f} s by the clock",
                flush=True,
            )
    return int(missed)


def _ways(scratch: Path, events: int) -> bool:
    whole, part = scratch / "whole.parquet", scratch / "part.parquet"
    made(whole, events, events)
    made(part, int(events * PART), events)
    (mine, found), (bare, same) = way("ours", whole, scratch), way("sql", whole, scratch)
    (theirs, few), (little, as_few) = way("pandas", part, scratch), way("ours", part, scratch)
    if (found, few) != (same, as_few):
        sys.exit(f"sessions that bought differ: {found} and {same}, {few} and {as_few}")
    of_sql = mine.cpu / bare.cpu
    # Beside the start, which a large shop does not notice.
    of_pandas = theirs.cpu / PART / mine.cpu
    print(
        f"{events:,} events: {mine.cpu:.1f} s of processor, {mine.seconds:.1f} s, {mine.memory} MiB; {found:,} bought"
    )
    print(f"bare SQL: {bare.cpu:.1f} s, {bare.memory} MiB: {of_sql:.2f} times (at most {MOST_OF_SQL:g})")
    print(
        f"pandas, {events * PART:,.0f} events: {theirs.cpu:.1f} s: {of_pandas:.0f} times (at least {LEAST_OF_PANDAS:g})"
    )
    print(f"the same events: {little.cpu:.1f} s")
    return of_sql > MOST_OF_SQL or of_pandas < LEAST_OF_PANDAS or mine.memory > MIB


if __name__ == "__main__":
    sys.exit(main())
