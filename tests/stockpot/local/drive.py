"""A runner in a process of its own, to be killed: `python -m …drive PROJECT ENVIRONMENTS HOME IR PARAMETERS`."""

import json
import os
import sys
from pathlib import Path

from components.shell.errors import StepError
from stockpot.compiler.definitions import load
from stockpot.local import processes, uv
from stockpot.local.display import plain
from stockpot.local.project import Project
from stockpot.local.runner import run_pipeline


def main() -> None:
    """Run a plan and leave with the run's exit code.

    GRACE is how many seconds a step has to end, UV the program that makes environments.
    """
    processes._GRACE = float(os.environ.get("GRACE", processes._GRACE))
    if "UV" in os.environ:
        uv.installed = lambda *_: os.environ["UV"]
    root, environments, home, plan, given = sys.argv[1:]
    project = Project(code=Path(root), images=Path(root) / "images", environments=Path(environments))
    pipeline = load(plan).pipeline
    try:
        run = run_pipeline(
            pipeline, json.loads(given), home=Path(home), project=project, listener=plain(sys.stdout), jobs=4
        )
    except StepError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
    sys.exit(run.exit_code)


if __name__ == "__main__":
    main()
