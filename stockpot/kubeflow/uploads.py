"""The pipelines that Kubeflow Pipelines keeps: one of each name, and a version for each text."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stockpot.compiler.command import compiled
from stockpot.compiler.definitions import Plan
from stockpot.kubeflow.server import Server, named


@dataclass(frozen=True)
class Version:
    """A version of a pipeline, as the API knows it."""

    pipeline: str
    id: str


def uploaded(server: Server, plan: Plan, images: Mapping[str, str] | None) -> Version:
    """The version that holds the plan; uploaded only where none with this very text is there.

    Raises:
        StepError: the plan holds what Kubeflow Pipelines cannot do, or the API refuses.
    """
    ((path, text),) = compiled(plan, "kfp", images)
    label = hashlib.sha256(text.encode()).hexdigest()[:12]
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, path.name)
        file.write_text(text)
        pipeline = server.made(lambda: _pipeline(server, plan.pipeline.name), lambda: _upload(server, plan, file))
        version = server.made(
            _version(server, pipeline, label),
            lambda: server.client.upload_pipeline_version(str(file), label, pipeline_id=pipeline),
        )
    return Version(pipeline, str(version.pipeline_version_id))


def _pipeline(server: Server, name: str) -> str | None:
    pipelines = server.client.list_pipelines(namespace=server.namespace, filter=named(name)).pipelines
    return str(pipelines[0].pipeline_id) if pipelines else None


def _upload(server: Server, plan: Plan, file: Path) -> str:
    title = plan.definition.title if plan.definition else plan.pipeline.description
    made = server.client.upload_pipeline(
        str(file), plan.pipeline.name, description=title or None, namespace=server.namespace
    )
    return str(made.pipeline_id)


def _version(server: Server, pipeline: str, label: str) -> Callable[[], Any]:
    def find() -> Any:
        versions = server.client.list_pipeline_versions(pipeline, filter=named(label)).pipeline_versions
        return versions[0] if versions else None

    return find


def experiment(server: Server) -> str:
    """The id of the experiment in which runs are shown, which is made where it is not there."""
    name = server.target.experiment

    def find() -> str | None:
        experiments = server.client.list_experiments(namespace=server.namespace, filter=named(name)).experiments
        return str(experiments[0].experiment_id) if experiments else None

    def make() -> str:
        return str(server.client.create_experiment(name, namespace=server.namespace).experiment_id)

    return str(server.made(find, make))
