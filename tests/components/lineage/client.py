"""What OpenLineage's own client writes of an event: the oracle of ours, with versions, fields and forms."""

from collections.abc import Mapping
from typing import Any

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.generated.dataset_version_dataset import DatasetVersionDatasetFacet
from openlineage.client.generated.error_message_run import ErrorMessageRunFacet
from openlineage.client.generated.job_type_job import JobTypeJobFacet
from openlineage.client.generated.nominal_time_run import NominalTimeRunFacet
from openlineage.client.generated.output_statistics_output_dataset import OutputStatisticsOutputDatasetFacet
from openlineage.client.generated.schema_dataset import SchemaDatasetFacet, SchemaDatasetFacetFields
from openlineage.client.generated.symlinks_dataset import Identifier, SymlinksDatasetFacet
from openlineage.client.serde import Serde

_FACETS = {
    "errorMessage": ErrorMessageRunFacet,
    "jobType": JobTypeJobFacet,
    "nominalTime": NominalTimeRunFacet,
    "outputStatistics": OutputStatisticsOutputDatasetFacet,
    "schema": SchemaDatasetFacet,
    "symlinks": SymlinksDatasetFacet,
    "version": DatasetVersionDatasetFacet,
}
_PARTS = {"fields": SchemaDatasetFacetFields, "identifiers": Identifier}


def written(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event, made anew of the client's classes, which refuse what is none, and written by it.

    Raises:
        ValueError, TypeError, KeyError: it has a field or a facet that there is not, or one that is not of its form.
    """
    made = RunEvent(
        eventType=RunState(event["eventType"]),
        eventTime=event["eventTime"],
        producer=event["producer"],
        run=Run(event["run"]["runId"], _facets(event["run"]["facets"])),
        job=Job(event["job"]["namespace"], event["job"]["name"], _facets(event["job"]["facets"])),
        inputs=[
            InputDataset(each["namespace"], each["name"], facets=_facets(each["facets"])) for each in event["inputs"]
        ],
        outputs=[
            OutputDataset(
                each["namespace"],
                each["name"],
                facets=_facets(each["facets"]),
                outputFacets=_facets(each["outputFacets"]),
            )
            for each in event["outputs"]
        ],
    )
    return Serde.to_dict(made)


def bare(value: Any) -> Any:
    """The value without parts that are empty, which the client leaves out."""
    if isinstance(value, Mapping):
        return {name: kept for name, each in value.items() if (kept := bare(each)) not in ({}, [], None)}
    return [bare(each) for each in value] if isinstance(value, list) else value


def _facets(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _FACETS[name](**_said(each), producer=each["_producer"]) for name, each in given.items()}


def _said(facet: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in facet.items() if not name.startswith("_")}
    return {
        name: [_PARTS[name](**each) for each in value] if name in _PARTS else value for name, value in plain.items()
    }
