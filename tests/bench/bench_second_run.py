"""What `make run` costs when nothing has changed: at most 10 s of processor; a check of its 285 rows at most 1 s.

That is `stockpot demo` with all its steps. The embedded services are not in it, once they are started. The rows are
checked as the pipeline does, and against a contract that they break, as what breaks it has to be found.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from pipelines.moderation_training import CONTRACT
from tests.bench.cost import Cost, least, run
from tests.bench.environments import step_command

SECONDS, CHECK_SECONDS = 10.0, 1.0
BROKEN = 10
STOCKPOT = str(Path(sys.executable).with_name("stockpot"))


def check(rows: Path, contract: dict[str, Any], out: Path, code: int) -> Cost:
    """What the check of the rows costs."""
    places = {name: out / name for name in ("results", "report", "summary")}
    given = {"rows": rows, "contract": json.dumps(contract), "as_of": "2026-01-15T00:00:00Z"}
    return run(step_command("check_quality"), quiet=True, code=code, **given, **places)


def measured(times: int) -> dict[str, Cost]:
    """The least of so many tries of each."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch, "home")
        os.environ["STOCKPOT_HOME"] = str(home)
        # Steps import from bytecode, as in their images.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        demo = [run([STOCKPOT, "demo"], quiet=True) for _ in range(times + 1)][1:]
        rows = next(home.glob("runs/moderation-training-*/steps/moderation-features/outputs/rows"))
        kept = CONTRACT.document()
        broken = kept | {"ranges": kept["ranges"] | {"hour_of_day": {"min": 0, "max": 1}}}
        checks = {"kept": (kept, 0), "broken": (broken, BROKEN)}
        costs = {
            f"check_quality, contract {name}": [check(rows, contract, Path(scratch), code) for _ in range(times)]
            for name, (contract, code) in checks.items()
        }
    return {name: least(each) for name, each in {"stockpot demo, again": demo, **costs}.items()}


def main() -> None:
    """Print the figures and leave with 1 where one is more than its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    times = max(2, int(5 * parser.parse_args().scale))
    found = measured(times)
    print(f"{'285 rows, nothing has changed':<36}{'clock':>10}{'processor':>12}{'target':>10}{'peak memory':>14}")
    missed = False
    for name, cost in found.items():
        target = SECONDS if name.startswith("stockpot") else CHECK_SECONDS
        missed |= cost.cpu > target
        print(f"{name:<36}{cost.seconds:>8.2f} s{cost.cpu:>10.2f} s{target:>8.0f} s{cost.memory:>10} MiB")
    print(f"best of {times}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
