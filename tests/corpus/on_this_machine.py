"""Cases run by the local runner."""

import os
from pathlib import Path
from unittest.mock import patch

from stockpot.local.project import Project
from stockpot.local.records import Run, State
from stockpot.local.runner import run_pipeline
from tests.corpus.case import Case, Outcome, in_order, of_outputs


def carried_out(case: Case, home: Path, project: Project) -> Run:
    """The ended run of a case."""
    with patch.dict(os.environ, case.environment):
        return run_pipeline(case.plan.pipeline, case.given, home=home, project=project)


def outcome(ended: Run) -> Outcome:
    """What the steps of a run have said."""
    steps = [task for task in ended.tasks if task.kind == "container" and task.state is State.SUCCEEDED]
    return Outcome(str(ended.state), in_order((task.name, of_outputs(task.parameters)) for task in steps))
