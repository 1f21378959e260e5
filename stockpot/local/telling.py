"""Notifying people of a run that failed before its first step: no exit handler of its own is there to do it."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from components.shell.errors import StepError
from components.shell.redaction import brief
from stockpot.local.environments import ensure
from stockpot.local.project import Project
from stockpot.local.records import REPORT, Run, run_directory
from stockpot.local.recovery import handed_on

_CHANNELS = "STOCKPOT_NOTIFY_URLS"
_SECONDS = 120


def notify(run: Run, project: Project, home: Path) -> str:
    """What went wrong with notifying the channels in STOCKPOT_NOTIFY_URLS of the failed run; empty if nothing did.

    The step `end_run` notifies them, in its own environment, as at the end of any run.
    """
    if not os.environ.get(_CHANNELS, "").split():
        return ""
    # A project of somebody else's may have no such step; this one has.
    own = Project(environments=project.environments, python=project.python)
    try:
        environment = ensure(own, "end_run")
        done = subprocess.run(
            [str(environment.python), "-m", "components.end_run.notify", *_arguments(run)],
            env=_environment(run, own, home),
            capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (StepError, OSError, subprocess.SubprocessError) as error:
        return f"nobody could be told: {brief(error, 300)}"
    lines = done.stderr.strip().splitlines()
    return f"nobody could be told: {lines[-1].removeprefix('error: ') if lines else ''}" if done.returncode else ""


def _arguments(run: Run) -> list[str]:
    status = {
        "state": "FAILED",
        "pipelineJobResourceName": run.id,
        "pipelineTaskName": run.pipeline,
        "error": {"code": run.exit_code, "message": run.error},
    }
    return ["--status", json.dumps(status), "--run-id", run.id, "--pipeline", run.pipeline, "--as-of", run.as_of]


def _environment(run: Run, project: Project, home: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "VIRTUAL_ENV")}
    return {
        **kept,
        "PYTHONPATH": str(project.code),
        "PYTHONSAFEPATH": "1",
        "STOCKPOT_ENGINE": "local",
        "STOCKPOT_NEXT": handed_on(run),
        "STOCKPOT_REPORT": str((run_directory(home, run.id) / REPORT).absolute()),
    }
