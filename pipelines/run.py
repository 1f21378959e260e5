"""A run of a dataset, as its pipeline writes it down: what it is about, and the tasks that every dataset has."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kfp.dsl import PipelineTask

from components.check_quality.component import check_quality
from components.event_tables.component import plan_events
from components.extract_postgres.component import extract_postgres
from components.load_iceberg.component import load_iceberg
from components.migrate.component import migrate
from components.plan_dataset.component import plan_dataset
from components.plan_interval.component import plan_interval
from components.publish_raw.component import publish_raw
from pipelines.bookkeeping import add_result, open_record
from pipelines.defaults import SCHEDULED, limits, pure, reads_database, uses_catalog, uses_object_store
from pipelines.modes import AppendStream, FullRefresh, IncrementalByTime

if TYPE_CHECKING:
    from pipelines.definition import Dataset


class Run:
    """What a run is about, known once its plan is made, and the tasks that every dataset has."""

    def __init__(self, dataset: "Dataset", given: Mapping[str, Any]) -> None:
        """Begin the run that was `given` these parameters, by name."""
        self.dataset = dataset
        self.given = given
        self.identity = {"table": dataset.table, "pipeline": dataset.name, "version": dataset.version}
        self.begun = self._begun()
        self.as_of = self.begun.outputs["instant"]
        self.interval = {name: self.begun.outputs[name] for name in ("interval_start", "interval_end")}
        self._started: PipelineTask | None = None
        if not isinstance(dataset.mode, AppendStream):
            self.open(self.begun.outputs["run_key"])

    def open(self, key: Any) -> None:
        """Open the run's row in `etl_runs`, with the key under which it commits."""
        self.key = key
        self._started = open_record(
            self.dataset.name, self.dataset.version, run_key=key, as_of=self.as_of, **self.interval
        )

    def after_start(self, task: PipelineTask) -> PipelineTask:
        """The task, which waits for the run's row."""
        return task.after(self._started)

    def _begun(self) -> PipelineTask:
        mode, given = self.dataset.mode, self.given
        tables = [self.dataset.table, *(mode.derived if isinstance(mode, AppendStream) else ())]
        migrated = uses_catalog(limits(migrate(tables=tables), minutes=5))
        common = {"as_of": given["as_of"], "scheduled": SCHEDULED, **self.identity}
        if isinstance(mode, IncrementalByTime):
            told = {name: given[name] for name in ("lookback_hours", "backfill_from", "backfill_to", "generation")}
            hours = int(mode.label_delay.total_seconds()) // 3600
            plan = plan_interval(settle_hours=hours, **told, **common)
        elif isinstance(mode, FullRefresh):
            made_from = {name: given[name] for name in mode.made_from}
            plan = plan_dataset(settings=dict(mode.settings), **made_from, **common)
        else:
            plan = plan_events(since=given["since"], **common)
        return uses_catalog(limits(plan, minutes=5)).after(migrated)

    def extract(self, tables: Sequence[str], *, timezone: str = "UTC") -> PipelineTask:
        """The task that copies tables of the source Postgres, all as they were at one moment."""
        raw = extract_postgres(tables=tables, timezone=timezone)
        return self.after_start(reads_database(limits(raw, cpu="2", memory="2Gi", minutes=120)))

    def publish(self, raw: PipelineTask, *, bucket: str) -> PipelineTask:
        """The task that lays what was extracted into the data lake's bucket, for others to read."""
        published = publish_raw(raw=raw.outputs["raw"], run_key=self.key, bucket=bucket)
        return uses_object_store(limits(published, minutes=120))

    def check(self, rows: Any, contract: Mapping[str, Any] | None = None, *, name: str = "") -> PipelineTask:
        """The task that holds rows to a contract, the dataset's own where none is given.

        Nothing in them may be of later than the run's instant; in a dataset that replaces the whole table, than what
        it is said to reach to.
        """
        whole = isinstance(self.dataset.mode, FullRefresh)
        known = self.interval["interval_end"] if whole else self.as_of
        checked = check_quality(rows=rows, contract=contract or self.dataset.contract, as_of=known)
        checked = checked.set_display_name(name) if name else checked
        return pure(limits(checked, memory="2Gi", minutes=60))

    def commit(
        self, rows: Any, *, made: PipelineTask, after: Sequence[PipelineTask] = (), check: str = "", source: Any = ""
    ) -> PipelineTask:
        """The task that commits the rows with the run's receipt, once they have met the contract and `after` is done.

        `made` is the task that computed them: its summary is kept, and what it says of late facts is taken in. `check`
        is a name for the check, `source` what else the rows were computed from.
        """
        quality = self.check(rows, name=check)
        more: dict[str, Any] = {}
        if isinstance(self.dataset.mode, IncrementalByTime):
            more = {"generation": self.given["generation"], "past": self.begun.outputs["past"]}
            more |= {"touched": made.outputs["touched"], "source": source}
        loaded = load_iceberg(rows=rows, run_key=self.key, as_of=self.as_of, **self.identity, **self.interval, **more)
        uses_catalog(limits(loaded, cpu="2", memory="2Gi", minutes=60)).after(quality, *after)
        add_result(loaded, features=made.outputs["summary"], quality=quality.outputs["summary"])
        return loaded
