"""Where a run comes from, read once from the step's environment."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The engine that runs a run and the commit of its code, empty where unknown."""

    engine: str
    git_commit: str


def read_origin() -> Origin:
    """The engine in STOCKPOT_ENGINE, which is KFP unless another one says so, and the commit in STOCKPOT_GIT_COMMIT."""
    return Origin(os.environ.get("STOCKPOT_ENGINE") or "kfp", os.environ.get("STOCKPOT_GIT_COMMIT", ""))
