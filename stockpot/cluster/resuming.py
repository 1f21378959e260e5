"""A workflow that has ended, gone on with by Argo."""

from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from components.shell.schema.written import near
from stockpot.cluster.access import Cluster, Document
from stockpot.cluster.status import Step, ended, steps_of


def resume_workflow(cluster: Cluster, name: str, first: str = "") -> None:
    """Have Argo go on with the workflow from where it failed; from the step called `first`, where that is named.

    Steps that ended well are kept with their outputs, but for that one and all that come after it.

    Raises:
        ConfigurationError: it has not ended, or has succeeded though no step is named; there is no such step, or it is
            one of an exit handler, which Argo takes anew by itself; or we lack a right.
        TransientError: the cluster does not answer.
    """
    workflow = cluster.workflow(name)
    if not ended(workflow):
        raise ConfigurationError(f"run {name} is still running", "wait for its end")
    if workflow["status"]["phase"] == "Succeeded" and not first:
        todo = "there is nothing to resume; submit a new run, or name the step to begin from with --from"
        raise ConfigurationError(f"run {name} has succeeded", todo)
    cluster.retry(name, _node(workflow, first) if first else "")


def _node(workflow: Document, first: str) -> str:
    """The name of the node that stands for the step."""
    name, steps = str(workflow["metadata"]["name"]), steps_of(workflow)
    ends_alike = [each for each in steps.values() if each.name.rpartition(".")[2] == first]
    found: list[Step] = [steps[first]] if first in steps else ends_alike
    if not found:
        known = [each.name for each in steps.values() if not each.exits]
        what = f"no step '{first}' has begun in run {name}"
        raise ConfigurationError(what + near(first, known), f"it has {', '.join(known) or 'none yet'}")
    if len(found) > 1:
        what = f"run {name} has {counted(len(found), 'step')} called '{first}'"
        raise ConfigurationError(what, f"name one in full: {', '.join(each.name for each in found)}")
    if found[0].exits:
        raise ConfigurationError(f"step '{first}' runs at the end of every run", "leave out --from")
    return f"{name}.{found[0].name}"
