"""What every task of every pipeline gets: retries, a timeout, resources, and secrets by reference."""

from kfp import dsl, kubernetes
from kfp.dsl import PipelineTask
from kfp.dsl.structures import ResourceSpec

from components.shell.names import FOR_STEPS
from components.shell.settings import Part, of
from components.trigger_training.account import ANNOTATION, NAME

# The name of the run, which each engine makes unique.
RUN_ID = dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER
# When the engine had the run scheduled for. Kubeflow Pipelines fills it in only where it is a task's constant: as the
# default of a pipeline's parameter, steps would get the placeholder as a text.
SCHEDULED = dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER
# What the scheduler sets aside. Steps mostly wait for files and answers, and a machine of two cores must hold them all:
# one that asked for two cores would never find a place there.
_CPU_REQUEST = "100m"


def limits(task: PipelineTask, *, cpu: str = "1", memory: str = "1Gi", minutes: int = 30) -> PipelineTask:
    """The task with three retries (10 s, 20 s, 40 s apart), a timeout and resources; never cached by an engine.

    Memory is set aside in full, for none can be taken back; of the processor, `cpu` is the most that it may use.
    Engines cache by image name and parameters, which says nothing of the outside world; tasks whose result depends on
    their inputs alone are marked with `pure`.
    """
    task.set_retry(num_retries=3, backoff_duration="10s", backoff_factor=2.0)
    # KFP's own setters look up the source of all their callers, four times a task: half of the time of any command.
    task.container_spec.resources = ResourceSpec(
        _CPU_REQUEST, cpu_limit=cpu, memory_request=memory, memory_limit=memory
    )
    task.set_caching_options(False)
    kubernetes.set_timeout(task, minutes * 60)
    return task


def pure(task: PipelineTask) -> PipelineTask:
    """The task, marked as depending on nothing but image, parameters and the content of its inputs."""
    return task.set_caching_options(True)


def reads_database(task: PipelineTask) -> PipelineTask:
    """The task with the address of the source database from the secret `stockpot-database`."""
    return _through(_with_settings(task, Part.DATABASE))


def uses_object_store(task: PipelineTask) -> PipelineTask:
    """The task with endpoint and keys of the object store from the secret `stockpot-object-store`."""
    return _through(_with_settings(task, Part.STORE))


def uses_catalog(task: PipelineTask) -> PipelineTask:
    """The task with the Iceberg catalog from the secret `stockpot-catalog`."""
    for name, value in FOR_STEPS.items():
        task.set_env_variable(name, value)
    return _through(_with_settings(task, Part.CATALOG))


def reads_kafka(task: PipelineTask) -> PipelineTask:
    """The task with Kafka's address from the secret `stockpot-kafka`, which may be missing where files are read."""
    return _through(_with_settings(task, Part.KAFKA))


def notifies(task: PipelineTask) -> PipelineTask:
    """The task with the channels from the secret `stockpot-notify`, and the folder of reports from `stockpot-reports`.

    Both may be missing.
    """
    return _through(_with_settings(_with_settings(task, Part.NOTIFY), Part.REPORTS))


def tells_lineage(task: PipelineTask) -> PipelineTask:
    """The task with the server of OpenLineage events from the secret `stockpot-lineage`, which may be missing."""
    return _through(_with_settings(task, Part.LINEAGE))


def submits_workflows(task: PipelineTask) -> PipelineTask:
    """The task as one that submits workflows: on Argo its pod alone gets an account that may, and a token of it."""
    return kubernetes.add_pod_annotation(task, ANNOTATION, NAME)


def _through(task: PipelineTask) -> PipelineTask:
    """The task with the secret `stockpot-network` (proxies and more), which may be missing; added once only."""
    secrets = task.platform_config.get("kubernetes", {}).get("secretAsEnv", [])
    known = any(each.get("secretName") == Part.NETWORK.secret for each in secrets)
    return task if known else _with_settings(task, Part.NETWORK)


def _with_settings(task: PipelineTask, part: Part) -> PipelineTask:
    """The task with the settings of a part; what is not required may be missing from the secret."""
    for required in (True, False):
        if names := {each.name: each.name for each in of(part, required=required)}:
            task = kubernetes.use_secret_as_env(task, part.secret, names, optional=not required)
    return task
