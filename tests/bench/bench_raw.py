"""One more day of a table with 30, 300 and 3,000 days of history: copied as a whole, against landed by days.

Seconds are those of this process' processor: extract, form and load, from Postgres to the committed table; Postgres'
own are not in them. Megabytes are what Postgres sends for the same rows by COPY.
"""

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from stockpot.local.services import Wanted, in_use
from tests.bench.copied import copied
from tests.bench.cost import Cost, here
from tests.bench.rows import Other, Row, most
from tests.components.raw_tables.scene import Shop

SMALL = 0.02
# A day's run after the longest history, against the same after the shortest: manifests grow, rows do not.
DEARER = most(3, "growth")
# Names of customers have one to three digits.
ALIKE = most(1.1, "growth", scale=0)
LINES, HISTORIES, LATE_DAYS = 2_000, (30, 300, 3_000), 3
FIRST = date(2016, 1, 1)
_FILL = """
    INSERT INTO transactions SELECT i, %s::date + (i %% %s)::int, 'c' || i %% 997, '0' || i %% 131, (i %% 9999) / 100.0
    FROM generate_series(1, %s) i
"""


def costs(shop: Shop, days: int, lines: int) -> dict[str, Cost]:
    """What one more day costs after so many days, by each way."""
    shop.execute("DROP TABLE IF EXISTS transactions")
    shop.open()
    shop.execute("CREATE INDEX ON transactions (t_dat)")
    shop.execute(_FILL, FIRST, days, days * lines)
    last = FIRST + timedelta(days=days)
    shop.run(f"{last}T00:30:00Z")
    shop.execute(_FILL, last, 1, lines)
    shop.execute("ANALYZE transactions")
    midnight, since = f"{last + timedelta(days=1)}T00:00:00Z", last - timedelta(days=LATE_DAYS - 1)
    whole, some = (
        copied(shop.url, f"SELECT * FROM transactions WHERE {where}") for where in ("true", f"t_dat >= '{since}'")
    )
    return {
        "whole": replace(here(lambda: shop.extracted(midnight)), sent=whole),
        "by days": replace(here(lambda: shop.run(f"{last + timedelta(days=1)}T00:30:00Z")), sent=some),
        "read": here(lambda: shop.landed(midnight)),
    }


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """Each way behind each history."""
    found, lines = dict[int, dict[str, Cost]](), max(int(LINES * scale), 20)
    for days in HISTORIES:
        with in_use(scratch / str(days), {}, Wanted()) as endpoints:
            os.environ.update(endpoints.for_steps)
            (place := scratch / f"steps-{days}").mkdir()
            shop = Shop(endpoints.for_people["DATABASE_URL"], place, "UTC", LATE_DAYS)
            # Steps say what they do.
            with contextlib.redirect_stdout(io.StringIO()):
                found[days] = costs(shop, days, lines)
    by_way = {way: {days: each[way] for days, each in found.items()} for way in ("whole", "by days", "read")}
    day = by_way["by days"]
    last, whole = day[HISTORIES[-1]], Other("the whole table copied", by_way["whole"][HISTORIES[-1]])
    work = f"a day of {lines:,} lines lands behind {HISTORIES[-1]:,} days"
    yield Row(work, last, whole, targets=(DEARER,), by="cpu", sizes=day)
    yield Row(f"{work}: what Postgres sends", last, whole, targets=(ALIKE,), by="sent", sizes=day)
    every = by_way["read"]
    yield Row(f"all {HISTORIES[-1]:,} days read from the raw table", every[HISTORIES[-1]], by="cpu", sizes=every)
