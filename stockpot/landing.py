"""Raw tables: tables of a database that land by days, and what a run does to keep them as their source is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kfp.dsl import If, ParallelFor, PipelineTask

from components.extract_postgres.component import extract_postgres
from components.load_iceberg.component import load_iceberg
from components.raw_tables.component import compare_keys, land_rows, plan_reconcile, read_raw
from components.raw_tables.names import DAY_AT, NAMESPACE
from components.shell.errors import ConfigurationError
from components.shell.personal import personal
from components.shell.projection import Projection, every_name, parse
from components.shell.schema import Contract, Table
from stockpot.defaults import RUN_ID, limits, reads_database, uses_catalog
from stockpot.modes import Snapshot

if TYPE_CHECKING:
    from stockpot.run import Run


@dataclass(frozen=True)
class Landed:
    """A table of the source that lands in `raw.<name>`, by the local days of its column `time`.

    `columns` are as an extract has them, each with a type; `key` are those that tell rows apart, and `numbered` texts
    that may be numbers in the source. It is for tables that are added to: of days before those that a run reads again,
    rows that are changed under their key stay as they were. `elsewhere` is what a mapping of names may have beside it.

    Raises:
        ConfigurationError: a column is personal, has no type, or is named and not there.
    """

    source: str
    columns: Sequence[str]
    time: str
    key: Sequence[str]
    numbered: Sequence[str] = ()
    elsewhere: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse columns that may not land."""
        known = {column.name: column for column in self._asked.columns}
        for name in (self.time, *self.key, *self.numbered):
            if name not in known:
                raise ConfigurationError(f"raw table {self.name} names '{name}', which it does not have", "correct it")
        for column in known.values():
            if column.personal or not column.nulls:
                what = "is personal" if column.personal else "has no type"
                raise ConfigurationError(
                    f"column '{column.name}' of raw table {self.name} {what}", "leave it out, or type it"
                )

    @cached_property
    def _asked(self) -> Projection:
        (projection,) = parse({self.source: list(self.columns)}, personal(()))
        return projection

    @property
    def name(self) -> str:
        """What we call the table."""
        return self._asked.name

    @property
    def table(self) -> Table:
        """The raw table. Whatever the source says of its columns, they may be null, for a view may be in its place."""
        columns = [f"{column.name} {column.nulls}" for column in self._asked.columns]
        return Table(f"{NAMESPACE}.{self.name}", [*columns, f"{DAY_AT} timestamptz!"], {DAY_AT: "month"}, DAY_AT)

    @property
    def contract(self) -> Contract:
        """What its rows promise: no more than to fit, for what is wrong with them is said by those who read them."""
        return Contract(list(self.table.columns))

    @property
    def whole(self) -> dict[str, list[str]]:
        """What is extracted of it to land."""
        return {self.source: list(self.columns)}

    @property
    def keys(self) -> dict[str, list[str]]:
        """What is extracted of it to be reconciled."""
        wanted = {self.time, *self.key}
        pairs = zip(self._asked.columns, self.columns, strict=True)
        return {self.source: [text for column, text in pairs if column.name in wanted]}

    @property
    def others(self) -> list[str]:
        """What a mapping of names may have beside what is extracted."""
        return sorted({*every_name([self._asked]), *self.elsewhere})

    @property
    def inputs(self) -> dict[str, Any]:
        """How its rows are identified, as inputs of the steps."""
        return {"time": self.time, "numbered": list(self.numbered)}


def land(run: "Run", landed: Landed) -> PipelineTask:
    """The task that commits the days of the run's interval as the source has them now."""
    start, end = run.interval.values()
    made = _rows(run, landed, start, end)
    return run.commit(made.outputs["rows"], made=made)


def reconcile(run: "Run", landed: Landed, after: PipelineTask) -> None:
    """Land those days before the run's interval anew of which the source has other keys, where that is due."""
    plan = limits(run.call(plan_reconcile), memory="256Mi", minutes=5)
    start = run.interval["interval_start"]
    with If(plan.outputs["due"] == "yes", name="reconcile"):
        keys = _extracted(run, landed, landed.keys, until=start).set_display_name("extract keys")
        differing = run.call(compare_keys, raw=keys.outputs["raw"], key=list(landed.key), until=start, **landed.inputs)
        uses_catalog(limits(differing, cpu="2", memory="3Gi", minutes=120)).after(after)
        with ParallelFor(items=differing.outputs["spans"], name="days that differ") as span:
            _land_anew(run, landed, span, differing.outputs["generation"])


def _land_anew(run: "Run", landed: Landed, span: Any, generation: Any) -> None:
    rows = _rows(run, landed, span.start, span.end)
    checked = run.check(rows.outputs["rows"], name="check days that differ")
    summaries = {"features": rows.outputs["summary"], "quality": checked.outputs["summary"]}
    bounds = {"interval_start": span.start, "interval_end": span.end, "run_key": span.run_key}
    run_inputs = {"as_of": run.as_of, "run_id": RUN_ID, "generation": generation, **run.identity}
    uses_catalog(
        limits(
            load_iceberg(rows=rows.outputs["rows"], **summaries, **bounds, **run_inputs),
            cpu="2",
            memory="2Gi",
            minutes=60,
        )
    )


def _rows(run: "Run", landed: Landed, start: Any, end: Any) -> PipelineTask:
    """The task that makes the rows of these days."""
    raw = _extracted(run, landed, landed.whole, since=start, until=end)
    return run.step(land_rows, raw=raw.outputs["raw"], **landed.inputs)


def _extracted(run: "Run", landed: Landed, tables: Mapping[str, Sequence[str]], **bounds: Any) -> PipelineTask:
    raw = run.call(extract_postgres, tables=tables, column=landed.time, elsewhere=landed.others, **bounds)
    return reads_database(limits(raw, cpu="2", memory="2Gi", minutes=120)).after(run.begun)


def read_landed(run: "Run", pipeline: str, tables: Any) -> PipelineTask:
    """The task that reads what the pipeline has landed of the days before the run's cut, or its interval's end."""
    until = run.cut if isinstance(run.dataset.mode, Snapshot) else run.interval["interval_end"]
    return uses_catalog(limits(read_raw(tables=tables, until=until, pipeline=pipeline), cpu="2", minutes=60))
