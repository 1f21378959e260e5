"""Progress of a long step, in the form Argo reads and the local runner shows."""

import os
from pathlib import Path


def report(done: int, total: int) -> None:
    """Write `done/total` to the file named by ARGO_PROGRESS_FILE; nothing where the engine asks for none."""
    target = os.environ.get("ARGO_PROGRESS_FILE")
    if target and 0 <= done <= total:
        Path(target).write_text(f"{done}/{total}\n")
