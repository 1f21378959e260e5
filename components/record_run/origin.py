"""Where a run comes from, read once from the step's environment."""

import os

from components.record_run.rows import Origin


def read_origin() -> Origin:
    """The engine in STOCKPOT_ENGINE, which is KFP unless another one says so, and the commit in STOCKPOT_GIT_COMMIT."""
    return Origin(os.environ.get("STOCKPOT_ENGINE") or "kfp", os.environ.get("STOCKPOT_GIT_COMMIT", ""))
