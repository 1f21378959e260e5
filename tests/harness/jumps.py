"""`python -m tests.harness.jumps DIRECTORY`: the same work in four zones, while the clock jumps by an hour.

Where libfaketime is loaded, every clock of the process jumps; else Python's own is replaced, which C code does not see.
Printed is one JSON line per zone: digest of all results, what a writer that trusts the clock makes of the same data at
both changes of the clocks, and what the clock said while the work went on.
"""

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from components.begin_run.plan_interval import plan
from components.iceberg.ends import Ends
from components.moderation_features import compute
from components.shell.datasets import MANIFEST
from components.shell.instants import format_instant, parse_instant
from tests.components.moderation_features.histories import CUT, run

HOUR = timedelta(hours=1)
# Zone and the two instants at which its clocks change in 2026; Lord Howe by half an hour, Nuuk on the evening before.
CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
    "America/New_York": ("2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"),
    "Australia/Lord_Howe": ("2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z"),
    "America/Nuuk": ("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
}
_true_clock, _begun, _since = time.time, time.time(), time.monotonic()


def set_clock(at: datetime) -> None:
    """Let the clock say `at` from now on."""
    shift = round(at.timestamp() - (_begun + time.monotonic() - _since))
    if "LD_PRELOAD" in os.environ:
        os.environ["FAKETIME"] = f"{shift:+d}"
    else:
        time.time = lambda: _true_clock() + shift


@contextlib.contextmanager
def jumping(first: datetime, second: datetime) -> Iterator[list[str]]:
    """What the clock says at each stage of the work: it jumps on by an hour at the first change, back at the second."""
    seen: list[str] = []
    places = (first, first + HOUR, second + HOUR, second)

    def jump(stage: int = 0, _stages: int = 0) -> None:
        set_clock(places[stage] - timedelta(seconds=1))
        seen.append(datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="hours"))

    jump()
    compute.progress = jump
    yield seen


def digest(directory: Path, *changes: datetime) -> str:
    """What steps make of the history in `directory`, as one number: plan and rows, those rejected, and the summary."""
    ends = [at - plan(at, at, Ends(24 * HOUR), ("p", "a.b", "1"), ()).end for at in changes]
    cut = replace(CUT, as_of=parse_instant(format_instant(CUT.as_of)))
    result = run(directory, cut)
    work = [
        ends,
        result.summary,
        *((directory / name / MANIFEST).read_text() for name in ("rows", "rejected")),
    ]
    return hashlib.sha256(repr(work).encode()).hexdigest()


def naive(change: datetime) -> str:
    """What a step gives that goes by the wall clock: a day's interval, and the hour of an upload."""
    local = datetime.fromtimestamp(change.timestamp())  # noqa: DTZ006 - that is the fault
    day = local - timedelta(days=1)
    return f"{(local.timestamp() - day.timestamp()) / 3600} hours, uploaded at {local.hour}"


def main(directory: Path) -> None:
    """Do the work once per zone."""
    for zone, changes in CHANGES.items():
        os.environ["TZ"] = zone
        time.tzset()
        first, second = map(parse_instant, changes)
        with jumping(first, second) as seen:
            found = digest(directory, first, second)
        told = {"zone": zone, "digest": found, "naive": [naive(first), naive(second)], "seen": seen}
        sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
