"""A workflow that has ended, gone on with by Argo."""

from collections.abc import Mapping

from components.shell.counts import counted
from components.shell.errors import ConfigurationError
from components.shell.schema.written import near
from stockpot.cluster.access import Cluster, Document
from stockpot.cluster.status import Step, ended, nodes_of, steps_of


def resume_workflow(cluster: Cluster, name: str, first: str = "") -> None:
    """Have Argo go on with the workflow from where it failed; from the step called `first`, where that is named.

    Steps that ended well are kept with their outputs, but for that one and all that come after it.

    Raises:
        ConfigurationError: it has not ended, or has succeeded though no step is named; Argo would leave a step failed;
            there is no such step, or it is one of an exit handler, which Argo takes anew by itself; or we lack a right.
        TransientError: the cluster does not answer.
    """
    workflow = cluster.workflow(name)
    if not ended(workflow):
        raise ConfigurationError(f"run {name} is still running", "wait for its end")
    steps, nodes = steps_of(workflow), nodes_of(workflow)
    if first:
        cluster.retry(name, str(nodes[_step(name, steps, first).node]["name"]))
        return
    if workflow["status"]["phase"] == "Succeeded":
        todo = "there is nothing to resume; submit a new run, or name the step to begin from with --from"
        raise ConfigurationError(f"run {name} has succeeded", todo)
    if kept := next((each.name for each in steps.values() if each.failed and _has_gone_on(nodes, each.node)), ""):
        problem = f"step '{kept}' failed, and Argo leaves it so, for something after it has succeeded"
        raise ConfigurationError(problem, f"take it anew: --from {kept}")
    cluster.retry(name, "")


def _has_gone_on(nodes: Mapping[str, Document], node: str) -> bool:
    """Whether something after the node has succeeded."""
    seen, waiting = {node}, [node]
    while waiting:
        # Of a child that has not begun, or was pruned, there is no node.
        children = {*(nodes.get(waiting.pop(), {}).get("children") or ())} - seen
        if any(nodes.get(child, {}).get("phase") == "Succeeded" for child in children):
            return True
        seen |= children
        waiting += children
    return False


def _step(run: str, steps: Mapping[str, Step], first: str) -> Step:
    """The step of that name, or the only one whose name ends so."""
    end_so = [each for each in steps.values() if each.name.rpartition(".")[2] == first]
    matches = [steps[first]] if first in steps else end_so
    if not matches:
        known = [each.name for each in steps.values() if not each.exits]
        problem = f"no step '{first}' has begun in run {run}"
        raise ConfigurationError(problem + near(first, known), f"it has {', '.join(known) or 'none yet'}")
    if len(matches) > 1:
        problem = f"run {run} has {counted(len(matches), 'step')} called '{first}'"
        raise ConfigurationError(problem, f"name one in full: {', '.join(each.name for each in matches)}")
    if matches[0].exits:
        raise ConfigurationError(f"step '{first}' runs at the end of every run", "leave out --from")
    return matches[0]
