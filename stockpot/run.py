"""A run of a dataset, as its pipeline writes it down: what it is about, and the tasks that every dataset has."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kfp.dsl import ExitHandler, PipelineTask

from components.begin_run.component import begin_dataset, begin_interval, begin_snapshot, begin_stream, begin_versions
from components.check_quality.component import check_quality
from components.end_run.component import end_run
from components.extract_postgres.component import extract_postgres
from components.load_iceberg.component import load_iceberg, load_versions
from components.publish_raw.component import publish_raw
from components.read_iceberg.component import read_baseline
from components.shell.schema import Contract
from stockpot.defaults import (
    RUN_ID,
    SCHEDULED,
    limits,
    notifies,
    pure,
    reads_database,
    uses_catalog,
    uses_object_store,
)
from stockpot.modes import FullRefresh, IncrementalByTime, Snapshot, Versioned

if TYPE_CHECKING:
    from stockpot.dataset import Dataset

# What `begin_dataset` knows by name: by them a generated dataset is told from one that is copied from a source.
_ORIGIN = ("source", "source_path", "config")


def guarded(pipeline: str, as_of: Any, table: str = "") -> ExitHandler:
    """What a pipeline is written down within, so that its end is recorded and told, however it comes about.

    `as_of` is what a person gave, `table` the one that the pipeline fills.
    """
    ended = end_run(run_id=RUN_ID, pipeline=pipeline, as_of=as_of, table=table, scheduled=SCHEDULED)
    return ExitHandler(notifies(uses_catalog(limits(ended, memory="512Mi", minutes=10))))


class Run:
    """What a run is about, and the tasks that every dataset has.

    `given` are the run's parameters by name, `begun` is the task that begins it: whatever takes one of its outputs
    waits for it, and its row in `etl_runs` is there by then. `identity` names table, pipeline and version to a step.
    """

    def __init__(self, dataset: "Dataset", given: Mapping[str, Any]) -> None:
        """Begin a run of the dataset that was `given` these parameters."""
        self.dataset = dataset
        self.given = given
        self.identity = {"table": dataset.table.document(), "pipeline": dataset.name, "version": dataset.version}
        self.begun = uses_catalog(limits(self._begun(), minutes=10))

    def _begun(self) -> PipelineTask:
        mode, given = self.dataset.mode, self.given
        common = {"run_id": RUN_ID, "as_of": given["as_of"], "scheduled": SCHEDULED, **self.identity}
        told = {each.name: given[each.name] for each in mode.parameters}
        if isinstance(mode, IncrementalByTime):
            seconds = int(mode.label_delay.total_seconds())
            return begin_interval(label_delay_seconds=seconds, **told, **common)
        if isinstance(mode, FullRefresh):
            return begin_dataset(settings=dict(mode.settings), **self._made_from(mode), **common)
        if isinstance(mode, Snapshot):
            return begin_snapshot(each=mode.each, **told, **common)
        if isinstance(mode, Versioned):
            return begin_versions(oldest_hours=mode.oldest / timedelta(hours=1), **common)
        return begin_stream(derived=[table.document() for table in mode.derived], since=given["since"], **common)

    def _made_from(self, mode: FullRefresh) -> dict[str, Any]:
        """The parameters that the rows depend on, as `begin_dataset` takes them: those it knows, and one text."""
        named = {name: self.given[name] for name in mode.made_from}
        others = [f"{name}={value}" for name, value in named.items() if name not in _ORIGIN]
        known = {name: value for name, value in named.items() if name in _ORIGIN}
        return {**known, "made_from": "\n".join(others)} if others else known

    @property
    def as_of(self) -> Any:
        """The run's instant, ISO 8601 in UTC."""
        return self.begun.outputs["instant"]

    @property
    def key(self) -> Any:
        """The key under which the run commits; a stream's follows from what there is to read."""
        return self.begun.outputs["run_key"]

    @property
    def interval(self) -> dict[str, Any]:
        """The half-open time that the run fills: `interval_start` and `interval_end`."""
        return {name: self.begun.outputs[name] for name in ("interval_start", "interval_end")}

    @property
    def cut(self) -> Any:
        """The instant that all rows of a Snapshot carry."""
        return self.begun.outputs["interval_start"]

    def extract(self, tables: Mapping[str, Sequence[str]], *, timezone: str = "UTC") -> PipelineTask:
        """The task that copies columns of tables of the source Postgres, all as they were at one moment."""
        raw = extract_postgres(tables=tables, timezone=timezone)
        return reads_database(limits(raw, cpu="2", memory="2Gi", minutes=120)).after(self.begun)

    def publish(self, raw: PipelineTask, *, bucket: str) -> PipelineTask:
        """The task that lays what was extracted into the data lake's bucket, for others to read."""
        published = publish_raw(raw=raw.outputs["raw"], run_key=self.key, bucket=bucket)
        return uses_object_store(limits(published, minutes=120))

    def check(self, rows: Any, contract: Contract | None = None, *, name: str = "") -> PipelineTask:
        """The task that holds rows to a contract, the dataset's own where none is given.

        Nothing in them may be of later than the run's instant; in a dataset that replaces the whole table, of later
        than the time that it fills. What a rule needs of the last commit or of other tables is read before.

        Raises:
            ValueError: there is no contract.
        """
        held_to = contract or self.dataset.contract
        if held_to is None:
            raise ValueError(f"dataset {self.dataset.name} declares no contract: give one")
        whole = isinstance(self.dataset.mode, FullRefresh)
        known = self.interval["interval_end"] if whole else self.as_of
        checked = check_quality(rows=rows, contract=held_to.document(), as_of=known, **self._beyond(held_to))
        checked = checked.set_display_name(name) if name else checked
        return pure(limits(checked, memory="2Gi", minutes=60))

    def _beyond(self, contract: Contract) -> dict[str, Any]:
        """What the check needs beside the rows, where a rule does."""
        if not contract.beyond:
            return {}
        table, pipeline = self.identity["table"], self.dataset.name
        read = read_baseline(contract=contract.document(), table=table, pipeline=pipeline)
        uses_catalog(limits(read, memory="2Gi", minutes=60)).after(self.begun)
        return {"baseline": read.outputs["baseline"]}

    def commit(
        self, rows: Any, *, made: PipelineTask, after: Sequence[PipelineTask] = (), check: str = "", source: Any = ""
    ) -> PipelineTask:
        """The task that commits the rows with the run's receipt, once they have met the contract and `after` is done.

        `made` is the task that computed them: its summary is kept, and what it says of late facts is taken in. `check`
        is a name for the check, `source` what else the rows were computed from.
        """
        quality = self.check(rows, name=check)
        common = {
            "rows": rows,
            "features": made.outputs["summary"],
            "quality": quality.outputs["summary"],
            "run_id": RUN_ID,
            "run_key": self.key,
            "as_of": self.as_of,
            **self.identity,
            **self.interval,
        }
        loaded = self._loaded(common, made, source)
        return uses_catalog(limits(loaded, cpu="2", memory="2Gi", minutes=60)).after(*after)

    def _loaded(self, common: Mapping[str, Any], made: PipelineTask, source: Any) -> PipelineTask:
        mode = self.dataset.mode
        if isinstance(mode, Versioned):
            compare = mode.compared(self.dataset.table)
            return load_versions(key=list(mode.key), compare=compare, since=mode.since, **common)
        if isinstance(mode, Snapshot):
            return load_iceberg(generation=self.given["generation"], source=source, **common)
        if isinstance(mode, IncrementalByTime):
            late = {"past": self.begun.outputs["past"], "touched": made.outputs["touched"]} if _looks_back(made) else {}
            return load_iceberg(generation=self.given["generation"], source=source, **late, **common)
        return load_iceberg(**common)


def _looks_back(made: PipelineTask) -> bool:
    """Whether the step says which rows late facts have touched."""
    return "touched" in made.outputs
