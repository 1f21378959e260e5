"""The pipeline's steps behind the extract, one after the other in this process, on a real catalog and store."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.begin_run.migrate import migrate
from components.event_tables import commit as commit_events
from components.event_tables import stage
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import receipts
from components.iceberg.tables import parse_definition
from components.shell import datasets
from components.shell.instants import EPOCH
from components.shell.summary import Summary, read_summary
from components.shop_events import plan as plan_events
from components.shop_events.read import Moment, read
from components.shop_sessions import commit
from components.shop_sessions.bring import Outputs, Run, bring
from components.shop_sessions.commit import Datasets, Identity
from components.shop_sessions.rows import COLUMNS
from components.shop_sessions.settings import Settings
from pipelines.events_and_funnels import DATASET, DERIVED, TABLE
from stockpot.authoring import Topics

Row = dict[str, Any]
TABLES = {name: table.document() for name, table in DERIVED.items()}
ABOUT = {"pipeline": DATASET.name, "version": DATASET.version}
PER_TYPE = isinstance(DATASET.origins, Topics) and DATASET.origins.per_type
RAW = pa.schema(
    {"event_id": pa.string(), "session_id": pa.string(), "customer_id": pa.string(), "anonymous_id": pa.string(),
     "article_id": pa.string(), "event_type": pa.string(), "campaign_id": pa.string(),
     "created_at": pa.timestamp("us", "UTC")}
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What a run has computed, to be committed: once, twice, or not to its end."""

    at: Path
    as_of: datetime

    @property
    def summary(self) -> Summary:
        """What the step said."""
        return read_summary(self.at / "summary")

    def commit(self) -> None:
        """Commit all tables."""
        rows = Datasets(*(self.at / name for name in COLUMNS))
        done = {name: self.at / f"{name}.json" for name in ("receipt", "committed")}
        about = Identity(**ABOUT, as_of=self.as_of)
        commit.main(
            tables=TABLES, plan=self.at / "plan", identity=about, rows=rows, receipt=done["receipt"],
            summary=done["committed"],
        )  # fmt: skip


@dataclass
class World:
    """All that a source has, as the extract of a run would find it, and since which run which event is known.

    `anew` is told to runs as it is then; a run finds what happens so far `ahead` of it, by clocks that are fast.
    """

    told: Settings = field(default_factory=Settings)
    source: list[Row] = field(default_factory=list)
    known: dict[str, datetime] = field(default_factory=dict)
    versions: Path | None = None
    anew: bool = False
    ahead: timedelta = timedelta()

    def __post_init__(self) -> None:
        """Make the tables."""
        migrate([parse_definition(each) for each in (TABLE.document(), *TABLES.values())])

    def run(self, new: Sequence[Row], as_of: datetime) -> Made:
        """A whole run, to whose source these have been added."""
        made = self.compute(new, as_of)
        made.commit()
        return made

    def compute(self, new: Sequence[Row], as_of: datetime) -> Made:
        """The same, up to the commits of what follows from the events."""
        self.source += new
        at = Path(tempfile.mkdtemp())
        since, snapshot = self._landed(at, as_of)
        outputs = Outputs(*(at / name for name in (*COLUMNS, "plan", "summary")))
        run = Run(TABLE.document(), snapshot, TABLES, **ABOUT, as_of=as_of, interval_start=since, anew=self.anew)
        bring(run, self.told, outputs, self.versions)
        return Made(at, as_of)

    def extracted(self, as_of: datetime) -> pa.RecordBatch:
        """What the source has of the time up to the run."""
        rows = [{**row, "created_at": row["event_time"]} for row in self.source]
        rows = [row for row in rows if row["event_time"] <= as_of + self.ahead]
        self.known = {str(row["event_id"]): as_of for row in rows} | self.known
        return pa.RecordBatch.from_pylist(rows, RAW)

    def _landed(self, at: Path, as_of: datetime) -> tuple[datetime, int]:
        """The instant of the run before, and the snapshot that holds the events."""
        last = next(iter(receipts(load_table(open_catalog(), TABLE.name), DATASET.name)), None)
        after = json.loads(last.offsets) if last else {}
        parameters = {name: at / name for name in ("chosen", "shares", "until", "read_since", "offsets", "run_key")}
        before = last.as_of if last else EPOCH
        given = {"after": after, "table": TABLE.document(), **ABOUT, "as_of": as_of, "interval_start": before}
        plan_events.main(**given, **parameters, summary=at / "planned")
        datasets.write_dataset(at / "raw" / "events", RAW, [self.extracted(as_of)])
        moment = Moment(as_of, timedelta(minutes=5), "UTC")
        read(at / "raw", moment, at / "events", at / "rejected").write(at / "read")
        common = {"table": TABLE.document(), "run_key": parameters["run_key"].read_text(), "as_of": as_of}
        files = {"staged": at / "staged", "summary": at / "staging"}
        (since,) = json.loads(parameters["shares"].read_text())
        told = {"per_type": PER_TYPE, "read_since": since}
        stage.main(events=at / "events", consumed=at / "read", **told, **common, **files)
        commit_events.main(
            staged=[json.loads((at / "staged").read_text())],
            offsets=json.loads(parameters["offsets"].read_text()),
            **common, **ABOUT, interval_start=before, interval_end=as_of, snapshot_id=at / "snapshot",
            receipt=at / "receipt", summary=at / "landed",
        )  # fmt: skip
        return before, int((at / "snapshot").read_text())


def rows(name: str) -> list[Row]:
    """All rows of a table of `retail`."""
    found: list[Row] = load_table(open_catalog(), f"retail.{name}").scan().to_arrow().to_pylist()
    return found
