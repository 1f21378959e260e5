"""`python -m tests.clocks.jumps DIRECTORY`: the same work in four zones, while the clock jumps by an hour.

Where libfaketime is loaded, every clock of the process jumps; else Python's own is replaced, which C code does not see.
Printed is one JSON line per zone and change of the clocks: digest of all results, what a writer that trusts the clock
makes of the same data, and how far the clock jumped while the work went on.
"""

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from components.moderation_features import compute
from components.plan_interval.plan import plan
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
def jumping(change: datetime) -> Iterator[list[int]]:
    """The hours that the clock was seen at: it goes to and fro around the change, at each stage of the work."""
    seen: list[int] = []

    def jump(stage: int = 0, _stages: int = 0) -> None:
        hours = (0, 1, -1, 0)[stage]
        set_clock(change + hours * HOUR - timedelta(seconds=1))
        seen.append(round((time.time() - change.timestamp()) / 3600))

    jump()
    compute.progress = jump
    yield seen


def digest(directory: Path, change: datetime) -> str:
    """What steps make of the history in `directory`, as one number: plan and rows, those rejected, and the summary."""
    found = plan(change, change + 8784 * HOUR, 24 * HOUR, ("p", "a.b", "1"), ())
    cut = replace(CUT, as_of=parse_instant(format_instant(CUT.as_of)))
    result = run(directory, cut)
    work = [
        found.end - change,
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
    """Do the work once per zone and change."""
    for zone, changes in CHANGES.items():
        os.environ["TZ"] = zone
        time.tzset()
        for change in map(parse_instant, changes):
            with jumping(change) as seen:
                found = digest(directory, change)
            told = {"zone": zone, "digest": found, "naive": naive(change), "seen": seen}
            sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
