"""The daily pipelines of a shop at H&M's size, each whole: from Postgres to the receipt, on the embedded services.

Told are seconds by the clock and of processor, the peak of the largest process, and the same of each step, which is
watched from outside, twice a second: what a step does in its last half second is not told, nor is a shorter step. The
shop has what H&M's public data have: articles, customers and lines, no orders and no events. With `--keep DIRECTORY` it
is filled once and stays. On a machine that does other work too, seconds of processor are what can be compared.
"""

import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from components.connect.postgres import session
from stockpot.local.services import addresses, down, up
from stockpot.samples.shop.scale import AS_OF
from tests.bench.cost import run
from tests.bench.environments import STOCKPOT
from tests.bench.hm import DAYS, sized
from tests.bench.rows import Row, most

SMALL = 0.01
FILLED_ONCE = True
MEMORY = most(4096, "memory")
SECONDS = {"user-item-interactions": 180, "articles-content": 60, "customer-features": 180, "timeseries": 900}
TOLD = {
    "articles-content": ("--param=oldest_hours=1000000",),
    "customer-features": ("--param=allow_current_attributes=true",),
}
TICKS = 100


@dataclass
class Watch:
    """What the steps below this process cost: seconds of processor and the peak in MiB, by the step's module."""

    found: dict[tuple[int, str], tuple[float, int]] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self.over.wait(0.5):
            for process in Path("/proc").glob("[0-9]*"):
                step = _step(process) if Path("/proc", str(os.getpid())) in _above(process) else None
                if step is not None and (cost := _cost(process)) is not None:
                    self.found[int(process.name), step] = cost


def _above(process: Path) -> Iterator[Path]:
    """The process that has started it, the one that has started that, and so on, up to one that is over."""
    while process.name != "0":
        try:
            process = process.with_name((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return
        yield process


def _step(process: Path) -> str | None:
    """The step that the process runs; None where it runs none, or is over."""
    try:
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    steps = [word for word in words if word.startswith("components.")]
    return steps[0].removeprefix("components.") if steps and words[1:2] == ["-m"] else None


def _cost(process: Path) -> tuple[float, int] | None:
    try:
        ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
        peak = [line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM")]
    except OSError:
        return None
    return sum(map(int, ticks)) / TICKS, int(peak[0].split()[1]) >> 10 if peak else 0


def measured(home: Path, pipeline: str) -> Row:
    """What the pipeline costs; what its steps do is printed."""
    with Watch() as watch:
        when = {"as_of": (AS_OF + timedelta(hours=5)).isoformat(), "home": home}
        cost = run([STOCKPOT, "run", pipeline, *TOLD.get(pipeline, ())], **when)
    if not watch.found:
        sys.exit(f"none of the steps of {pipeline} was seen")
    for (_, step), (cpu, memory) in sorted(watch.found.items(), key=lambda each: -each[1][0]):
        print(f"    {step:32} {cpu:19.1f} CPU s {memory:7,} MiB", flush=True)
    return Row(f"the pipeline {pipeline}", cost, targets=(most(SECONDS[pipeline], "seconds"), MEMORY))


def measure(home: Path, scale: float) -> Iterator[Row]:
    """All pipelines, one after the other."""
    is_filled = (home / "services").is_dir()
    up(home, os.environ)
    try:
        if not is_filled:
            _fill(home, scale)
        for pipeline in SECONDS:
            yield measured(home, pipeline)
    finally:
        down(home)


def _fill(home: Path, scale: float) -> None:
    size = sized(scale)
    sizes = {"customers": size.customers, "articles": size.articles, "days": DAYS, "home": home}
    run([STOCKPOT, "sample-data", "shop", "--no-events"], **sizes)
    url = addresses(home, os.environ).for_people["DATABASE_URL"]
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS orders, order_items, reviews, wishlist, events")
