"""Runs a compiled IR file through KFP's own local runner, a Docker container a step.

    python kfp_docker.py IR_FILE PIPELINE_ROOT < PARAMETERS_AS_JSON

Steps get what the environment has under the names that they know, reach the host's network, and write as the caller.
"""

import contextlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docker.errors import ImageNotFound
from docker.models.images import Image, ImageCollection
from kfp import components, dsl, local
from kfp.local import executor_output_utils
from kfp.local.orchestrator.orchestrator_utils import OrchestratorUtils

from components.shell.instants import format_instant

_NAMES = ("DATABASE_URL", "MINIO_", "PYICEBERG_", "STOCKPOT_PLAINTEXT_HOSTS")


def main() -> None:
    """Run the pipeline, or end with an exception."""
    ir_file, root = sys.argv[1:]
    environment = {name: value for name, value in os.environ.items() if name.startswith(_NAMES)}
    runner = local.DockerRunner(
        environment={**environment, "HOME": "/tmp"},  # noqa: S108 - the container's own
        user=f"{os.getuid()}:{os.getgid()}",
        network_mode="host",
    )
    executor_output_utils.get_outputs_for_task = outputs
    OrchestratorUtils.get_dag_output_artifacts = staticmethod(artifacts)
    ImageCollection.list = images
    local.init(runner, pipeline_root=str(Path(root).resolve()))
    # Of a run's two names KFP's local runner knows one only (seen in 2.17.0), and it ends at the tick of a schedule,
    # which no run here has: a run by hand is about its creation.
    text = Path(ir_file).read_text().replace("{{$.pipeline_job_resource_name}}", "{{$.pipeline_job_name}}")
    text = text.replace(dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER, format_instant(datetime.now(UTC)))
    components.load_component_from_text(text)(**json.load(sys.stdin))


def images(collection: ImageCollection) -> list[Image]:
    """The images of this machine, without those that others remove while they are looked at, one after the other.

    Ahead of each task KFP's local runner looks for its image among all of them, and ends where one of them is gone by
    then (seen in docker-py 7.2.0).
    """
    there = []
    for each in collection.client.api.images():
        with contextlib.suppress(ImageNotFound):
            there.append(collection.get(each["Id"]))
    return there


def artifacts(dag_outputs_spec: Any, io_store: Any) -> dict[str, Any]:
    """The artifacts of a nested pipeline: of several of which one is meant (`dsl.OneOf`), that of the branch that ran.

    KFP's driver on a cluster does so too. Its local runner knows it of parameters alone (seen in 2.17.0).
    """
    found: dict[str, Any] = {}
    for name, told in dag_outputs_spec.artifacts.items():
        for one in told.artifact_selectors:
            with contextlib.suppress(KeyError, ValueError):
                found[name] = io_store.get_task_output(one.producer_subtask, one.output_artifact_key)
    return found


def outputs(executor_input: Any, component_spec: Any) -> dict[str, Any]:
    """The outputs of a task, with each artifact at the path that its container was given.

    KFP's launcher on a cluster does so too. Its local runner knows only of artifacts that a Python component listed in
    a file of its own (seen in 2.17.0), and finds none of a container.
    """
    told = executor_output_utils.load_executor_output(executor_input.outputs.output_file)
    for name, given in executor_input.outputs.artifacts.items():
        if name not in told.artifacts:
            told.artifacts[name].CopyFrom(given)
    found: dict[str, Any] = executor_output_utils.get_outputs_from_executor_output(told, executor_input, component_spec)
    return found


if __name__ == "__main__":
    main()
