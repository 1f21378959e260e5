"""A shop whose lines land by the steps themselves, on real services, in this process."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from components.begin_run import interval
from components.extract_postgres.extract import Request, extract
from components.load_iceberg.__main__ import main as load
from components.raw_tables import compare, land, read
from components.shell import datasets, extracts
from components.shell.extracts import Places
from components.shell.instants import parse_instant
from components.shell.summary import read_summary
from pipelines.raw_tables import DATASET, LINES

IDENTITY: dict[str, Any] = {"table": LINES.table.document(), "pipeline": DATASET.name, "version": DATASET.version}
_COLUMNS = "transaction_id bigint, t_dat date, customer_id text, article_id text, price numeric(10,2)"


@dataclass
class Shop:
    """The source's address, a directory, the zone, how many days a run reads; what was last told."""

    url: str
    home: Path
    timezone: str = "Europe/Stockholm"
    late_days: int = 3
    names: dict[str, str] = field(default_factory=dict)
    compared: dict[str, Any] = field(default_factory=dict)
    read: dict[str, Any] = field(default_factory=dict)
    _calls: int = field(default=0)

    def open(self) -> None:
        """Make the table of the source."""
        self.execute(f"CREATE TABLE transactions ({_COLUMNS})")

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Execute SQL in the source."""
        connection = psycopg2.connect(self.url)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            found = cursor.fetchall() if cursor.description else []
        connection.close()
        return found

    def sell(self, number: int, day: str) -> None:
        """Commit a line of that day."""
        self.execute("INSERT INTO transactions VALUES (%s, %s, 'c', '01', 1.5)", number, day)

    def run(self, as_of: str, backfill: dict[str, Any] | None = None, **told: Any) -> dict[str, str]:
        """Land the days of a run, of the schedule or of a backfill; its plan."""
        names = ("instant", "interval_start", "interval_end", "run_key", "views_start", "past", "held", "summary")
        place = self._place()
        places = {name: place / name for name in names}
        mode = {
            "label_delay_seconds": 0,
            "each": "day",
            "timezone": self.timezone,
            "late_days": self.late_days,
            **(backfill or {}),
        }
        interval.main(run_id="", as_of=as_of, **IDENTITY, **mode, **places)
        plan = {name: places[name].read_text() for name in names[:4]}
        self.land(plan["interval_start"], plan["interval_end"], plan["run_key"], as_of, **told)
        return plan

    def land(
        self, start: str, end: str, key: str, as_of: str, between: Callable[[], Any] = lambda: None, **told: Any
    ) -> None:
        """Extract, bring into form and load these days; something may happen `between`."""
        rows = self._landed(self._extracted(LINES.whole, since=start, until=end))
        between()
        place, bounds = self._place(), {"interval_start": parse_instant(start), "interval_end": parse_instant(end)}
        places = {name: place / name for name in ("snapshot_id", "rejected", "receipt", "summary")}
        load(rows=rows, run_key=key, as_of=parse_instant(as_of), **bounds, **told, **IDENTITY, **places)

    def reconcile(self, as_of: str, until: str) -> list[dict[str, str]]:
        """Compare keys before that instant and land anew what differs; the stretches that do."""
        place = self._place()
        raw = self._extracted(LINES.keys, until=until)
        places = {name: place / name for name in ("spans", "generation", "summary")}
        told = {
            "as_of": parse_instant(as_of),
            "until": parse_instant(until),
            "timezone": self.timezone,
            "most_gone": 0.5,
        }
        compare.main(raw=raw, key=list(LINES.key), **told, **LINES.inputs, **IDENTITY, **places)
        self.compared = read_summary(places["summary"]).details
        spans: list[dict[str, str]] = json.loads(places["spans"].read_text())
        for one in spans:
            generation = int(places["generation"].read_text())
            self.land(one["start"], one["end"], one["run_key"], as_of, generation=generation)
        return spans

    def landed(self, until: str, *more: str) -> Counter[tuple[str, str]]:
        """What a run would read of the days before that instant, each line with how often; `more` are columns."""
        place = self._place()
        places = {name: place / name for name in ("raw", "rejected", "summary")}
        tables = {table: [*columns, *more] for table, columns in LINES.whole.items()}
        read.main(tables=tables, until=parse_instant(until), pipeline=DATASET.name, **places)
        self.read = extracts.read_extract_manifest(place / "raw")
        return _counted(place / "raw" / "transactions")

    def extracted(self, until: str) -> Counter[tuple[str, str]]:
        """The same of an extract of the whole table: what counts before that instant."""
        return _counted(self._landed(self._extracted(LINES.whole, until=until)))

    def _extracted(self, tables: dict[str, list[str]], **bounds: str) -> Path:
        place = self._place()
        request = Request(tables, column="t_dat", workers=1, timezone=self.timezone, names=self.names, **bounds)
        extract(self.url, request, Places(place / "raw", place / "rejected"))
        return place / "raw"

    def _landed(self, raw: Path) -> Path:
        place = self._place()
        places = {name: place / name for name in ("rows", "rejected", "summary")}
        land.main(raw=raw, table=LINES.table.document(), timezone=self.timezone, **LINES.inputs, **places)
        return place / "rows"

    def _place(self) -> Path:
        self._calls += 1
        place = self.home / str(self._calls)
        place.mkdir()
        return place


def _counted(directory: Path) -> Counter[tuple[str, str]]:
    rows = (row for batch in datasets.read_batches(directory) for row in batch.to_pylist())
    return Counter((row["transaction_id"], str(row["t_dat"])) for row in rows)
