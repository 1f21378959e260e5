"""The events of a run, as OpenLineage's schema has them (https://openlineage.io/spec/2-0-2/OpenLineage.json)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from components.lineage.naming import Named
from components.shell.instants import format_instant

START = "START"
ENDS = {"succeeded": "COMPLETE", "failed": "FAIL", "stopped": "ABORT"}
"""The type of the event at a run's end, by the state in which it ended."""
HOME = "https://github.com/stockpot/stockpot"
_SPEC = "https://openlineage.io/spec"
Facets = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Job:
    """A run of a pipeline, in the namespace of the jobs; `commit` is that of the code, empty where unknown."""

    namespace: str
    pipeline: str
    run_id: str
    commit: str = ""

    @property
    def uuid(self) -> str:
        """The run's UUID: always the same one, so that a step that is tried again tells of the same run."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{HOME}/{self.namespace}/{self.pipeline}/{self.run_id}"))

    @property
    def producer(self) -> str:
        """Who sends the event: the code, and its commit."""
        return f"{HOME}/tree/{self.commit}" if self.commit else HOME


@dataclass(frozen=True)
class EventDetails:
    """What an event says of a run: its interval, why it failed, and what it has read and written."""

    interval: tuple[datetime, datetime] | None = None
    error: str = ""
    inputs: Sequence["Dataset"] = ()
    outputs: Sequence["Dataset"] = ()


@dataclass(frozen=True)
class Dataset:
    """A table or topic: its name, its snapshot and columns with their types where they are known, and rows written."""

    named: Named
    snapshot: str = ""
    columns: Sequence[tuple[str, str]] = ()
    rows: int | None = None
    alias: Named | None = field(default=None)


def event(kind: str, at: datetime, job: Job, details: EventDetails) -> dict[str, Any]:
    """The event of that kind, as JSON has it."""
    facet = _Facets(job.producer)
    return {
        "eventType": kind,
        "eventTime": format_instant(at),
        "producer": job.producer,
        "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": job.uuid, "facets": _of_run(details, facet)},
        "job": {
            "namespace": job.namespace,
            "name": job.pipeline,
            "facets": {
                "jobType": facet(
                    "JobTypeJobFacet", "2-0-4", processingType="BATCH", integration="STOCKPOT", jobType="PIPELINE"
                )
            },
        },
        "inputs": [_dataset(each, facet) for each in details.inputs],
        "outputs": [_output(each, facet) for each in details.outputs],
    }


@dataclass(frozen=True)
class _Facets:
    producer: str

    def __call__(self, name: str, version: str, **fields: Any) -> dict[str, Any]:
        schema = f"{_SPEC}/facets/{version}/{name}.json#/$defs/{name}"
        return {"_producer": self.producer, "_schemaURL": schema, **fields}


def _of_run(details: EventDetails, facet: _Facets) -> Facets:
    facets = {}
    if details.interval:
        start, end = map(format_instant, details.interval)
        facets["nominalTime"] = facet("NominalTimeRunFacet", "1-0-1", nominalStartTime=start, nominalEndTime=end)
    if details.error:
        reason = {"message": details.error, "programmingLanguage": "Python"}
        facets["errorMessage"] = facet("ErrorMessageRunFacet", "1-0-1", **reason)
    return facets


def _dataset(each: Dataset, facet: _Facets) -> dict[str, Any]:
    facets = {}
    if each.snapshot:
        facets["version"] = facet("DatasetVersionDatasetFacet", "1-0-1", datasetVersion=each.snapshot)
    if each.columns:
        fields = [{"name": name, "type": kind} for name, kind in each.columns]
        facets["schema"] = facet("SchemaDatasetFacet", "1-2-0", fields=fields)
    if each.alias:
        same = {"namespace": each.alias.namespace, "name": each.alias.name, "type": "TABLE"}
        facets["symlinks"] = facet("SymlinksDatasetFacet", "1-0-1", identifiers=[same])
    return {"namespace": each.named.namespace, "name": each.named.name, "facets": facets}


def _output(each: Dataset, facet: _Facets) -> dict[str, Any]:
    statistics = (
        {}
        if each.rows is None
        else {"outputStatistics": facet("OutputStatisticsOutputDatasetFacet", "1-0-2", rowCount=each.rows)}
    )
    return {**_dataset(each, facet), "outputFacets": statistics}
