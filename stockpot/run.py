"""A run of a dataset, as its pipeline writes it down: what it is about, and the tasks that every dataset has."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kfp.dsl import Elif, Else, ExitHandler, If, OneOf, PipelineTask
from kfp.dsl.base_component import BaseComponent

from components.begin_run.component import begin_dataset, begin_interval, begin_snapshot, begin_stream, begin_versions
from components.check_quality.component import check_quality
from components.end_run.component import end_run
from components.extract_files.component import extract_files
from components.extract_postgres.component import extract_postgres
from components.iceberg.cuts import DAY
from components.load_iceberg.component import load_iceberg, load_versions
from components.publish_raw.component import publish_raw
from components.read_iceberg.component import read_baseline, read_iceberg
from components.shell.schema import Contract, Table
from stockpot.defaults import (
    RUN_ID,
    SCHEDULED,
    limits,
    notifies,
    pure,
    reads_database,
    submits_workflows,
    tells_lineage,
    uses_catalog,
    uses_object_store,
)
from stockpot.filling import Filling, bounded, compared, known_late
from stockpot.landing import read_landed
from stockpot.modes import FOLLOWING, FullRefresh, IncrementalByTime, Mode, Snapshot, Versioned
from stockpot.origins import FILES, POSTGRES, RAW, Extracted, Origins, Reads
from stockpot.streams import Topics, consume
from stockpot.target import Target

if TYPE_CHECKING:
    from stockpot.dataset import Dataset

# What `begin_dataset` knows by name: by them a generated dataset is told from one that is copied from a source.
_ORIGIN = ("source", "source_path", "config")
# What the beginning of a run finds out, and steps ask for under the same names.
_OF_BEGINNING = ("interval_start", "interval_end", "past", "held", "after", "run_key")


def guarded(pipeline: str, as_of: Any, table: str = "", also: Sequence[str] = (), **more: Any) -> ExitHandler:
    """What a pipeline is written down within, so that its end is recorded and reported, however it comes about.

    `as_of` is what a person gave, `table` the one that the pipeline fills, and `also` are those that it fills beside.
    `more` is what else `end_run` takes.
    """
    inputs = {"run_id": RUN_ID, "pipeline": pipeline, "as_of": as_of, "scheduled": SCHEDULED, **more}
    ended = end_run(**inputs, table=table, also=list(also))
    return ExitHandler(tells_lineage(notifies(uses_catalog(limits(ended, memory="512Mi", minutes=10)))))


class Run:
    """What a run is about, and the tasks that every dataset has.

    `given` are the run's parameters by name, `begun` is the task that begins it: whatever takes one of its outputs
    waits for it, and its row in `etl_runs` is there by then. `identity` names table, pipeline and version to a step.
    """

    def __init__(self, dataset: "Dataset", given: Mapping[str, Any]) -> None:
        """Begin a run of the dataset that was `given` these parameters."""
        self.dataset = dataset
        self.given = given
        self.identity = self._identity(dataset.own)
        self.begun = self._begin()
        self._own = Filling(dataset.own, dataset.mode, self.begun, self.identity)
        self._others = {each.table.name: self._beside(each) for each in dataset.also}
        self._committed: dict[str, PipelineTask] = {}
        self._checks: list[PipelineTask] = []
        self._called: list[BaseComponent] = []
        self.reads = Reads()

    def _identity(self, target: Target) -> dict[str, Any]:
        return {"table": target.table.document(), "pipeline": self.dataset.name, "version": self.dataset.version}

    def _begin(self) -> PipelineTask:
        same = [each.table.document() for each in self.dataset.also if each.mode is None]
        inputs = {"run_id": RUN_ID, "as_of": self.given["as_of"], "scheduled": SCHEDULED, **self.identity}
        begun = self._begun(self.dataset.mode, {**inputs, "also": same} if same else inputs)
        return tells_lineage(uses_catalog(limits(begun, minutes=10)))

    def _beside(self, target: Target) -> Filling:
        """How another table is filled: from the run's beginning on, or one of its own where its mode is another."""
        identity = self._identity(target)
        if target.mode is None:
            return Filling(target, self.dataset.mode, self.begun, identity)
        begun = self._begun(target.mode, {"run_id": "", "as_of": self.as_of, **identity})
        begun.set_display_name(f"begin {target.short}")
        return Filling(target, target.mode, uses_catalog(limits(begun, minutes=10)), identity)

    def _begun(self, mode: Mode, common: Mapping[str, Any]) -> PipelineTask:
        options = {each.name: self.given[each.name] for each in mode.parameters}
        if isinstance(mode, IncrementalByTime):
            seconds = int(mode.label_delay.total_seconds())
            days = {"each": mode.each, "whole_weeks": mode.whole_weeks} if mode.each == DAY else {}
            return begin_interval(label_delay_seconds=seconds, **days, **options, **common)
        if isinstance(mode, FullRefresh):
            whole = {"inclusive": True} if mode.inclusive else {}
            return begin_dataset(settings=dict(mode.settings), **whole, **self._made_from(mode), **common)
        if isinstance(mode, Snapshot):
            return begin_snapshot(each=mode.each, **options, **common)
        if isinstance(mode, Versioned):
            return begin_versions(**options, **common)
        return begin_stream(derived=[table.document() for table in mode.derived], since=self.given["since"], **common)

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
        return self._own.key

    @property
    def interval(self) -> dict[str, Any]:
        """The half-open time that the run fills: `interval_start` and `interval_end`."""
        return self._own.interval

    @property
    def cut(self) -> Any:
        """The instant that all rows of a Snapshot carry."""
        return self.begun.outputs["interval_start"]

    @property
    def known(self) -> dict[str, Any]:
        """What the run knows of itself, under the names that the inputs of steps have for it."""
        outputs = self.begun.outputs
        begun = {name: value for name, value in outputs.items() if name in _OF_BEGINNING}
        cut = {"cut": self.cut} if isinstance(self.dataset.mode, Snapshot) else {}
        return {**self.identity, **begun, **cut, "as_of": self.as_of, "run_id": RUN_ID}

    def extract(self, tables: Mapping[str, Sequence[str]] | None = None, *, timezone: Any = "") -> Extracted:
        """What copies columns of tables of the source: of Postgres, all as they were at one moment.

        Where the dataset has `Origins`, the run says which they are, whether they lie there or in files, and what they
        are called. Timestamps without a zone are of the `timezone`: where none is given, the run's, else UTC.

        Raises:
            ValueError: neither are `tables` given, nor has the dataset `Origins`; or both is so.
        """
        origins = self.dataset.origins if isinstance(self.dataset.origins, Origins) else None
        if (tables is None) == (origins is None):
            raise ValueError(f"dataset {self.dataset.name} extracts what its Origins say, or tables where it has none")
        options = {"tables": tables, "timezone": timezone or self.given.get("timezone", "UTC")}
        if origins is None:
            return Extracted(self._from_postgres(**options).outputs["raw"])
        source, path, options["names"], options["tables"] = (self.given[each.name] for each in origins.parameters)
        options["elsewhere"] = origins.names
        with If(source == POSTGRES, name="the source is Postgres"):
            extracts = [self._from_postgres(**options)]
        if origins.landed:
            with Elif(source == RAW, name="the source are raw tables"):
                extracts.append(read_landed(self, origins.landed, options["tables"]))
        with Else(name="the source is files"):
            known = {"sources": [POSTGRES, FILES, RAW]} if origins.landed else {}
            read = extract_files(source=source, source_path=path, **known, **options)
            uses_object_store(limits(read, cpu="2", memory="2Gi", minutes=120)).after(self.begun)
        return Extracted(OneOf(*(task.outputs["raw"] for task in (*extracts, read))))

    def _from_postgres(self, **asked: Any) -> PipelineTask:
        self.reads.extract(asked["tables"])
        raw = extract_postgres(**asked, as_of=self.as_of)
        return reads_database(limits(raw, cpu="2", memory="2Gi", minutes=120)).after(self.begun)

    def read(
        self, table: str | Table, columns: Sequence[str] = (), *, name: str = "", memory: str = "2Gi", **which: Any
    ) -> PipelineTask:
        """The task that reads columns of a table once the run has begun; one that does not exist has no rows.

        Of a definition all columns are read where none are named. `which` rows those are is said in the parameters of
        `read_iceberg`; all are read where nothing is said. `name` is a name for the task.
        """
        if isinstance(table, Table):
            columns = columns or [str(column) for column in table.fields]
        named = table.name if isinstance(table, Table) else table
        self.reads.read(named)
        task = read_iceberg(table=named, columns=columns, if_missing="empty", **which)
        task = task.set_display_name(name) if name else task
        return uses_catalog(limits(task, memory=memory, minutes=60)).after(self.begun)

    def call(self, step: BaseComponent, **inputs: Any) -> PipelineTask:
        """The task of a step with these inputs, and with all others whose names the run knows.

        These are what every step asks about a run (`as_of`, `cut`, `interval_start` and more, see `known`), and its
        parameters.
        """
        self._called.append(step)
        if step is extract_postgres:
            self.reads.extract(inputs["tables"])
        known = {**self.given, **self.known}
        asked = [name for name in step.component_spec.inputs or {} if name in known and name not in inputs]
        return step(**inputs, **{name: known[name] for name in asked})

    def step(
        self, step: BaseComponent, *, cpu: str = "2", memory: str = "2Gi", minutes: int = 120, **inputs: Any
    ) -> PipelineTask:
        """The task of a step that computes, as `call` makes it.

        It is limited, and reused where image, parameters and inputs are the same.
        """
        return pure(limits(self.call(step, **inputs), cpu=cpu, memory=memory, minutes=minutes))

    def consume(self, **inputs: Any) -> PipelineTask:
        """The task that commits what the dataset's `Topics` hold behind the last commit.

        Its `inputs` are as `stockpot.streams.consume` has them, and go before what the events' definitions say.

        Raises:
            ValueError: the dataset has none.
        """
        origins = self.dataset.origins
        kinds = origins.kinds if isinstance(origins, Topics) else []
        if not kinds:
            raise ValueError(f"dataset {self.dataset.name} has no topics: name them in origins=Topics(…)")
        return consume(self, kinds, **inputs)

    def publish(self, raw: Extracted) -> PipelineTask:
        """The task that lays what was extracted into the bucket of the pipeline's parameter `bucket`, for others."""
        return uses_object_store(limits(self.call(publish_raw, raw=raw.outputs["raw"]), minutes=120))

    def follow(self, name: str, step: BaseComponent, **inputs: Any) -> PipelineTask:
        """The task that submits the workflow which the dataset says `follows` a run, where a run names its template.

        Raises:
            ValueError: the dataset says of none of that name that it does.
        """
        if name not in self.dataset.follows:
            raise ValueError(f"nothing '{name}' follows {self.dataset.name}: name it in follows=(…)")
        options = {flag: self.given[f"{name}_{suffix}"] for flag, suffix in FOLLOWING.items()}
        return submits_workflows(limits(self.call(step, **options, **inputs), memory="128Mi", minutes=5))

    def check(
        self, rows: Any, contract: Contract | None = None, *, name: str = "", max_drop: Any = None
    ) -> PipelineTask:
        """The task that holds rows to a contract, the dataset's own where none is given.

        Nothing in them may be of later than the run's instant; in a dataset that replaces the whole table, of later
        than the time that it fills. What a rule needs of earlier commits or of other tables is read before.

        `max_drop` is a parameter of the pipeline that replaces the one of the contract's rule on change: a run may then
        be told that rows are gone by right.

        Raises:
            ValueError: there is no contract, or it bounds no drop.
        """
        return self._checked(self._own, rows, contract, name, max_drop)

    def _checked(
        self, filling: Filling, rows: Any, contract: Contract | None, name: str, max_drop: Any
    ) -> PipelineTask:
        held_to = contract or filling.target.contract
        if held_to is None:
            table = filling.target.table.name
            raise ValueError(f"dataset {self.dataset.name} declares no contract for {table}: give one")
        whole = isinstance(filling.mode, FullRefresh)
        known = filling.interval["interval_end"] if whole else self.as_of
        more = {"label": self.dataset.label, **self._beyond(held_to, filling), **bounded(held_to, max_drop)}
        checked = check_quality(rows=rows, contract=held_to.document(), as_of=known, **more)
        checked = checked.set_display_name(name) if name else checked
        if not filling.target.optional:
            self._checks.append(checked)
        return pure(limits(checked, cpu="2", memory="2Gi", minutes=60)).after(*self._before(filling))

    def _beyond(self, contract: Contract, filling: Filling) -> dict[str, Any]:
        """What the check needs beside the rows, where a rule does."""
        if not contract.beyond:
            return {}
        about = {name: filling.identity[name] for name in ("table", "pipeline")} | compared(filling)
        read = read_baseline(contract=contract.document(), as_of=self.as_of, mode=type(filling.mode).__name__, **about)
        uses_catalog(limits(read, memory="2Gi", minutes=60)).after(filling.begun, *self._before(filling))
        return {"baseline": read.outputs["baseline"]}

    def commit(
        self,
        rows: Any,
        *,
        made: PipelineTask,
        target: Target | None = None,
        after: Sequence[PipelineTask] = (),
        check: str = "",
        source: Any = "",
        max_drop: Any = None,
    ) -> PipelineTask:
        """The task that commits the rows with the run's receipt, once they have met the contract and `after` is done.

        They go into the dataset's own table, or that of a `target` beside it. The own one is committed after all
        others, for its receipt says that the run is done; but optional ones come after it.

        `made` is the task that computed them: its summary is kept, and what it says of late facts is taken in. `check`
        is a name for the check, `source` what else the rows were computed from, `max_drop` as for `check`.

        Raises:
            ValueError: the dataset does not name the target, or the tables are committed in another order; or what
                brings rows up to date with late facts is missing.
        """
        filling = self._own if target is None else self._filling(target)
        name = check or (f"check {filling.target.short}" if self._others else "")
        before = self._require_order(filling)
        quality = self._checked(filling, rows, None, name, max_drop)
        common = {
            "rows": rows,
            "features": made.outputs["summary"],
            "quality": quality.outputs["summary"],
            "run_id": RUN_ID,
            "run_key": filling.key,
            "as_of": self.as_of,
            **filling.identity,
            **filling.interval,
        }
        loaded = self._loaded(filling, common, made, source)
        if self._others:
            loaded.set_display_name(f"load {filling.target.short}")
        self._committed[filling.target.table.name] = loaded
        return uses_catalog(limits(loaded, cpu="2", memory="2Gi", minutes=60)).after(*after, *before)

    def _filling(self, target: Target) -> Filling:
        """How the target is filled.

        Raises:
            ValueError: the dataset does not name it.
        """
        if (filling := self._others.get(target.table.name)) is None or filling.target != target:
            raise ValueError(
                f"dataset {self.dataset.name} does not fill {target.table.name}: name the target in `also`"
            )
        return filling

    def _require_order(self, filling: Filling) -> list[PipelineTask]:
        """What has to be committed before: of the own table all others, of optional ones the own table.

        Raises:
            ValueError: the table is committed already, or it is too early or too late for it.
        """
        name, own = filling.target.table.name, self.dataset.table_name
        if name in self._committed:
            raise ValueError(f"{self.dataset.name} commits {name} twice")
        if filling.target.optional:
            if own not in self._committed:
                raise ValueError(
                    f"{self.dataset.name} commits {name}, which is optional, before {own}: commit it after"
                )
            return self._before(filling)
        if own in self._committed:
            raise ValueError(f"{self.dataset.name} commits {name} after {own}, whose receipt says that all is done")
        if name != own:
            return []
        needed = (other for other, each in self._others.items() if not each.target.optional)
        if missing := [other for other in needed if other not in self._committed]:
            raise ValueError(f"{self.dataset.name} commits {own} before {', '.join(missing)}: commit it last")
        return list(self._committed.values())

    def _before(self, filling: Filling) -> list[PipelineTask]:
        """What is committed before an optional table is even judged: no engine starts a task after a failure."""
        return [self._committed[self.dataset.table_name]] if filling.target.optional else []

    def require_all(self) -> None:
        """Nothing, if all the tables that the dataset names beside its own are committed, and all its steps called.

        Each of several tables waits for the checks of all: where one breaks its contract, none is filled. An optional
        one holds up no other.

        Raises:
            ValueError: one of them is not committed, or not called.
        """
        if unused := [step.name for step in self.dataset.steps if step not in self._called]:
            named = ", ".join(unused)
            what = f"{self.dataset.name} names {named} in steps, whose options are its parameters, without a call"
            raise ValueError(f"{what}: call it by run.step or run.call, or leave it out")
        if missing := [other for other in self._others if other not in self._committed]:
            raise ValueError(f"{self.dataset.name} does not commit {', '.join(missing)}")
        for loaded in self._committed.values() if self._others else ():
            loaded.after(*self._checks)

    def _loaded(self, filling: Filling, common: Mapping[str, Any], made: PipelineTask, source: Any) -> PipelineTask:
        mode = filling.mode
        if isinstance(mode, Versioned):
            compare = mode.compared(filling.target.table)
            return load_versions(key=list(mode.key), compare=compare, since=mode.since, **common)
        if filling.target.optional:
            common = {**common, "optional": True}
        if isinstance(mode, Snapshot):
            return load_iceberg(generation=self.given["generation"], source=source, **common)
        if isinstance(mode, IncrementalByTime):
            late = known_late(filling, mode, made) if filling is self._own else {}
            return load_iceberg(generation=self.given["generation"], source=source, **late, **common)
        return load_iceberg(**common)
