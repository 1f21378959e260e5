"""One more day of a table with 30, 300 and 3,000 days of history: copied as a whole, against landed by days.

Seconds are those of this process' processor: extract, form and load, from Postgres to the committed table; Postgres'
own are not in them. Bytes are what Postgres sends for the same rows by COPY.
"""

import argparse
import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg2

from stockpot.local.services import Wanted, in_use
from tests.components.raw_tables.scene import Shop

LINES, HISTORIES, LATE_DAYS = 2_000, (30, 300, 3_000), 3
FIRST = date(2016, 1, 1)
# A day's run after the longest history, against the same after the shortest: manifests grow, rows do not.
MOST = 3.0
# Names of customers have one to three digits.
ALIKE = 1.1
_FILL = """
    INSERT INTO transactions SELECT i, %s::date + (i %% %s)::int, 'c' || i %% 997, '0' || i %% 131, (i %% 9999) / 100.0
    FROM generate_series(1, %s) i
"""


class Counter(io.RawIOBase):
    """A file that keeps no more than how many bytes were written."""

    sent = 0

    def write(self, content: bytes) -> int:  # type: ignore[override]  # psycopg2 hands over nothing else
        """Count them."""
        self.sent += len(content)
        return len(content)


@dataclass(frozen=True)
class Cost:
    """Seconds of processor, and bytes that Postgres sends."""

    cpu: float
    sent: int = 0

    def __str__(self) -> str:
        """Both, for a table."""
        return f"{self.cpu:7.2f} s {self.sent / 1e6:9.2f} MB"


def measured(work: Callable[[], object], sent: int = 0) -> Cost:
    """What the work costs."""
    begun = time.process_time()
    work()
    return Cost(time.process_time() - begun, sent)


def sent(url: str, where: str) -> int:
    """How many bytes Postgres sends for these lines."""
    counter = Counter()
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT * FROM transactions WHERE {where}) TO STDOUT (FORMAT binary)", counter)
    connection.close()
    return counter.sent


def measure(shop: Shop, days: int, lines: int) -> dict[str, Cost]:
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
    return {
        "whole": measured(lambda: shop.extracted(midnight), sent(shop.url, "true")),
        "by days": measured(
            lambda: shop.run(f"{last + timedelta(days=1)}T00:30:00Z"), sent(shop.url, f"t_dat >= '{since}'")
        ),
        "read": measured(lambda: shop.landed(midnight)),
    }


def compare(home: Path, histories: tuple[int, ...], lines: int) -> bool:
    """Whether a day costs what a day holds; prints a line for each history."""
    found = {}
    print(f"{lines:,} lines a day, {LATE_DAYS} days read by a run: seconds of processor, and what Postgres sends")
    for days in histories:
        with in_use(home / str(days), {}, Wanted()) as endpoints:
            os.environ.update(endpoints.for_steps)
            place = home / f"steps-{days}"
            place.mkdir()
            shop = Shop(endpoints.for_people["DATABASE_URL"], place, "UTC", LATE_DAYS)
            # Steps say what they do.
            with contextlib.redirect_stdout(io.StringIO()):
                costs = found[days] = measure(shop, days, lines)
        print(f"  {days:5,} days", *(f"  {way} {cost}" for way, cost in costs.items()))
    first, last = (found[days]["by days"] for days in (histories[0], histories[-1]))
    good = last.cpu <= MOST * first.cpu and last.sent <= ALIKE * first.sent
    print(f"  a day's run: {last.cpu / first.cpu:.2f} times as dear (at most {MOST:g}): {'met' if good else 'MISSED'}")
    return good


def main() -> None:
    """Compare both ways; exits with 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES, help="lines of a day")
    parser.add_argument("--most-days", type=int, default=HISTORIES[-1], help="the longest history")
    options = parser.parse_args()
    histories = tuple(days for days in HISTORIES if days <= options.most_days)
    with tempfile.TemporaryDirectory(prefix="bench-raw-") as home:
        sys.exit(0 if compare(Path(home), histories, options.lines) else 1)


if __name__ == "__main__":
    main()
