"""A run that has failed, gone on with by Kubeflow Pipelines."""

from components.shell.errors import ConfigurationError
from stockpot.kubeflow.refusals import GoneError
from stockpot.kubeflow.runs import ENDED, Started, ended_well
from stockpot.kubeflow.server import Server


def resume_run(server: Server, run_id: str) -> Started:
    """The run, which Kubeflow Pipelines now goes on with: what ended well is kept, and all else is taken anew.

    Raises:
        ConfigurationError: there is no such run, it has not ended, or it has succeeded; or we lack the right.
        TransientError: the API does not answer.
    """
    api = server.client._run_api  # noqa: SLF001 - the SDK's client has no call for it
    try:
        run = server.ask(lambda: server.client.get_run(run_id))
    except GoneError:
        todo = "name it by its id, which `stockpot submit` prints and the address of its page ends with"
        raise ConfigurationError(f"Kubeflow Pipelines has no run {run_id}", todo) from None
    if run.state not in ENDED:
        raise ConfigurationError(f"run {run_id} is still running", "wait for its end")
    if ended_well(run):
        raise ConfigurationError(f"run {run_id} has succeeded", "there is nothing to resume; submit a new run")
    server.ask(lambda: api.run_service_retry_run(run_id))
    return Started(run_id, str(run.display_name), server.link(f"runs/details/{run_id}"))
