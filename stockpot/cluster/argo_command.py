"""The command `argo`, for what kubectl alone cannot do."""

from components.shell.errors import ConfigurationError, StepError, TransientError
from stockpot.cluster.access import RESUMER, UNREACHABLE, forbidden, gone, selector
from stockpot.cluster.programs import called, last_line


def retry(name: str, node: str, namespace: str) -> None:
    """Have Argo go on with a workflow that has ended; the node of that name and all after it are taken anew.

    Raises:
        ConfigurationError: there is no such command or workflow, or we lack a right.
        TransientError: the cluster does not answer.
    """
    anew = ["--restart-successful", f"--node-field-selector={selector(node)}"] if node else []
    missing = ConfigurationError(
        "kubectl alone cannot resume a run", "put the command argo on PATH, or set ARGO_SERVER and ARGO_TOKEN"
    )
    done = called(["argo", "--namespace", namespace, "retry", *anew, "--output=name", "--", name], missing)
    if done.returncode:
        raise _failure(last_line(done.stderr)[-400:], name, namespace)


def _failure(line: str, name: str, namespace: str) -> StepError:
    """What argo's last line means."""
    if "is forbidden" in line:
        return forbidden(line, namespace, RESUMER)
    if f'"{name}" not found' in line:
        return gone(name, namespace)
    if UNREACHABLE.search(line):
        return TransientError(f"the cluster does not answer: {line}", "check that it runs, and try again")
    return ConfigurationError(f"argo failed: {line}", "correct what it names")
