"""How a run ended, as its engine reports it to an exit handler (KFP's PipelineTaskFinalStatus)."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.shell.cluster import on_cluster, own_namespace
from components.shell.errors import ConfigurationError, ContractError, SourceGoneError, SupersededError
from components.shell.kubeflow import ON_KUBEFLOW
from components.shell.redaction import redact
from components.shell.step import TERMINATED

# Argo and the local runner say SUCCEEDED, CANCELLED and STOPPED. Kubeflow Pipelines hands on its store's words:
# COMPLETE and CACHED after success, CANCELED, and RUNNING of what was ended from outside.
_STATES = {
    **dict.fromkeys(("SUCCEEDED", "COMPLETE", "CACHED"), "succeeded"),
    **dict.fromkeys(("CANCELLED", "CANCELED", "CANCELLING", "STOPPED"), "stopped"),
}
_SILENT = "stopped or failed: Kubeflow Pipelines does not say which"
_LONGEST_REASON = 500
# Going on would keep the parameters that were given and the data that was read.
_ANEW = {error.exit_code for error in (ContractError, ConfigurationError, SourceGoneError)}
# A retried node's name ends in the number of the try.
_TRY = re.compile(r"\(\d+\)$")
# Argo: `Error (exit code 10): text`, `main: Error (exit code 10)`, `OOMKilled (exit code 137)`.
_EXIT = re.compile(r"^(?:[\w-]+: )?(?P<word>\w+) \(exit code (?P<code>\d+)\)(?:: )?(?P<text>.*)$", re.DOTALL)
# The local runner: `extract-postgres: text`.
_TASK = re.compile(r"^(?!error:)(?P<task>[a-z0-9][a-z0-9_./()\[\]-]*): (?P<text>.+)$", re.DOTALL)
# KFP: `… The failed tasks are: [extract-postgres, load].`
_FAILED_TASKS = re.compile(r"failed tasks are: \[(?P<task>[^\],]+)")


@dataclass(frozen=True)
class RunEnd:
    """How a run ended: `succeeded`, `failed` or `stopped`; the step that failed first, and why, where that is known."""

    state: str
    step: str = ""
    reason: str = ""
    exit_code: int = 0


def run_end(status: Mapping[str, Any]) -> RunEnd:
    """How the run ended that `status` describes, with credentials taken out of the reason.

    Engines differ in where they name the failed step: Argo hands its list of failed nodes as JSON in `error.message`,
    the local runner writes `task: reason`, KFP names the tasks in a sentence. A message in none of these forms is the
    reason as it stands.
    """
    state = _STATES.get(str(status.get("state", "")).upper(), "failed")
    error = status.get("error")
    error = error if isinstance(error, Mapping) else {}
    if state == "succeeded":
        return RunEnd(state)
    message = str(error.get("message") or "")
    failures = _failures(message)
    if failures is None:
        step, reason, code = _sentence(message)
    else:
        step, reason, code = _first_node(failures)
        state = "stopped" if reason.startswith("workflow shutdown") else state
    if not reason and str(status.get("state", "")).upper() == "RUNNING":
        reason = _SILENT
    return RunEnd(state, step, _clean(reason), code or _whole(error.get("code")))


def resolve_run_end(status: Mapping[str, Any]) -> RunEnd:
    """How the run ended; on Kubeflow Pipelines the run's pods say what the engine leaves out."""
    ended = run_end(status)
    if ended.state == "succeeded" or ended.exit_code or ON_KUBEFLOW not in os.environ:
        return ended
    from components.shell.pods import first_failure

    failure = first_failure()
    if failure is None:
        return ended
    # Whoever ends a run ends its steps; so does a node that is drained.
    reason = _SILENT if failure.exit_code == TERMINATED else _clean(failure.reason)
    return RunEnd("failed", failure.step, reason, failure.exit_code)


def is_done_elsewhere(exit_code: int) -> bool:
    """Whether a newer run has done the work, so that nothing is left to do."""
    return exit_code == SupersededError.exit_code


def begins_anew(exit_code: int) -> bool:
    """Whether a failure takes a new run, since going on would keep what was given and what was read."""
    return exit_code in _ANEW


def next_command(engine: str, run_id: str, pipeline: str, exit_code: int, as_of: str = "") -> str:
    """What to call after a failure, once its cause is out of the way; empty where a newer run has done the work."""
    if is_done_elsewhere(exit_code):
        return ""
    if begins_anew(exit_code):
        local = f"stockpot run {pipeline}" + (f" --as-of {as_of}" if as_of else "")
        # With the parameters of the run, which are not all known here.
        namespace = own_namespace()
        command = f"argo -n {namespace}" if namespace else "argo"
        argo = f"{command} resubmit {run_id}" + (f" -p as_of={as_of}" if as_of else "")
        anew = {"local": local, "argo": argo}
        return anew.get(engine, f"start a new run of {pipeline} in the Kubeflow Pipelines UI")
    # Not Argo's own retry, which leaves a step failed where something after it has succeeded.
    going_on = {"local": f"stockpot resume {run_id}", "argo": f"stockpot resume {run_id} {on_cluster()}"}
    return going_on.get(engine, f"open run {run_id} in the Kubeflow Pipelines UI and choose Retry")


def _failures(message: str) -> Sequence[Mapping[str, Any]] | None:
    """Argo's failed nodes, or None where the message is of another engine."""
    try:
        nodes = json.loads(message)
    except ValueError:
        return None
    if isinstance(nodes, str):
        return _failures(nodes)
    return [node for node in nodes if isinstance(node, Mapping)] if isinstance(nodes, list) else None


def _first_node(failures: Sequence[Mapping[str, Any]]) -> tuple[str, str, int]:
    """Step, reason and exit code of the node that failed first among those that say why."""
    explained = [node for node in failures if node.get("message") and not str(node["message"]).startswith("child '")]
    if not explained:
        return "", "", 0
    node = min(explained, key=lambda node: str(node.get("finishedAt", "")))
    step = _TRY.sub("", str(node.get("displayName") or node.get("templateName") or ""))
    reason, code = _without_exit(str(node["message"]))
    return step, reason, code


def _without_exit(message: str) -> tuple[str, int]:
    """The message without Argo's words about the exit code, and that code."""
    match = _EXIT.match(message)
    if match is None:
        return message, 0
    word = "" if match["word"] == "Error" else f"{match['word']}: "
    return (word + match["text"]).removesuffix(": ") or message, int(match["code"])


def _sentence(message: str) -> tuple[str, str, int]:
    if match := _FAILED_TASKS.search(message):
        return match["task"].strip(), message, 0
    if match := _TASK.match(message):
        return match["task"], *_without_exit(match["text"])
    return "", *_without_exit(message)


def _clean(reason: str) -> str:
    """The line that matters, short, without credentials and without characters that Postgres refuses."""
    lines = [line.strip() for line in reason.replace("\0", "").splitlines() if line.strip()]
    error_lines = [line for line in lines if line.startswith("error: ")] or [" ".join(lines)]
    return redact(error_lines[-1].removeprefix("error: "))[:_LONGEST_REASON]


def _whole(value: object) -> int:
    """The number, or 0 where there is none; KFP's structs make it a float."""
    return int(value) if isinstance(value, int | float) else 0
