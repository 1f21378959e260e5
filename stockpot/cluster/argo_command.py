"""The command `argo`, for what kubectl alone cannot do."""

import subprocess

from components.shell.errors import ConfigurationError, StepError, TransientError
from stockpot.cluster.access import RESUMER, UNREACHABLE, forbidden, gone, selector

_TIMEOUT = 60


def retry(name: str, node: str, namespace: str) -> None:
    """Have Argo go on with a workflow that has ended; the node of that name and all after it are taken anew.

    Raises:
        ConfigurationError: there is no such command or workflow, or we lack a right.
        TransientError: the cluster does not answer.
    """
    anew = ["--restart-successful", f"--node-field-selector={selector(node)}"] if node else []
    command = ["argo", "--namespace", namespace, "retry", *anew, "--output=name", "--", name]
    try:
        # Where a configuration names no credentials, it would ask for them.
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_TIMEOUT)
    except FileNotFoundError:
        raise ConfigurationError(
            "kubectl alone cannot resume a run",
            "put the command argo on PATH, or set ARGO_SERVER and ARGO_TOKEN",
        ) from None
    except subprocess.TimeoutExpired:
        raise TransientError("the cluster does not answer within a minute", "try again") from None
    if done.returncode:
        raise _failure(done.stderr.decode(errors="replace"), name, namespace)


def _failure(said: str, name: str, namespace: str) -> StepError:
    """What argo's last line means."""
    line = " ".join((said.strip().splitlines() or ["it says nothing"])[-1].split())[-400:]
    if "is forbidden" in line:
        return forbidden(line, namespace, RESUMER)
    if f'"{name}" not found' in line:
        return gone(name, namespace)
    if UNREACHABLE.search(line):
        return TransientError(f"the cluster does not answer: {line}", "check that it runs, and try again")
    return ConfigurationError(f"argo failed: {line}", "correct what it names")
