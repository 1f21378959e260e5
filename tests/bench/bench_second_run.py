"""What `make run` costs when nothing has changed: under 10 s; a check of its 285 rows at most 1 s of processor.

That is `stockpot demo` with all its steps. Each call starts the embedded services and stops them again, which is in its
time. The rows are checked as the pipeline does, and against a contract that they break, as what breaks it has to be
found.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.moderation_training import CONTRACT
from tests.bench.cost import Cost, best, run
from tests.bench.environments import STOCKPOT, step_command
from tests.bench.rows import Row, most

SMALL = 0.2
AGAIN, CHECK = most(10, "seconds"), most(1, "cpu", scale=0)
BROKEN = 10


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """The command again and again, and the check of what it has made."""
    times = max(1, int(5 * scale))
    os.environ["STOCKPOT_HOME"] = str(scratch)
    again = best([run([STOCKPOT, "demo"]) for _ in range(times + 1)][1:])
    yield Row("make run again, nothing has changed", again, targets=(AGAIN,))
    rows = next(scratch.glob("runs/moderation-training-*/steps/moderation-features/outputs/rows"))
    kept = CONTRACT.document()
    broken = kept | {"ranges": kept["ranges"] | {"hour_of_day": {"min": 0, "max": 1}}}
    for name, contract, code in (("kept", kept, 0), ("broken", broken, BROKEN)):
        cost = best([check(rows, contract, scratch, code) for _ in range(times)])
        yield Row(f"285 rows checked, the contract is {name}", cost, targets=(CHECK,), by="cpu")


def check(rows: Path, contract: dict[str, Any], out: Path, code: int) -> Cost:
    """What the check of the rows costs."""
    places = {name: out / name for name in ("results", "report", "summary")}
    given = {"rows": rows, "contract": contract, "as_of": "2026-01-15T00:00:00Z"}
    return run(step_command("check_quality"), code=code, **given, **places)
