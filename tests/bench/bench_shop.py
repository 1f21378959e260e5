"""The daily pipelines of a shop at H&M's size, each whole: from Postgres to the receipt, on the embedded services.

Told are seconds by the clock and of processor, the peak of the largest process, and the same of each step, which is
watched from outside, twice a second. The shop has what H&M's public data have: articles, customers and lines, no
orders and no events. With `--home` it is filled once and stays. On a machine that does other work too, seconds of
processor are what can be compared.
"""

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from bench_articles import called
from bench_interactions import ARTICLES, CUSTOMERS, DAYS

from components.connect.postgres import session
from stockpot.local.services import addresses, down, up
from stockpot.samples.shop.scale import AS_OF

MIB = 4_096
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
                step = _step(process) if _parent(_parent(process)).name == str(os.getpid()) else None
                if step is not None and (cost := _cost(process)) is not None:
                    self.found[int(process.name), step] = cost


def _parent(process: Path) -> Path:
    """The process that has started it; itself where it is over."""
    try:
        return process.with_name((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return process


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


def measured(home: Path, pipeline: str) -> list[str]:
    """The targets that the pipeline misses; what it costs is printed."""
    as_of = (AS_OF + timedelta(hours=5)).isoformat()
    with Watch() as watch:
        cost, _ = called("run", pipeline, f"--as-of={as_of}", f"--home={home}", *TOLD.get(pipeline, ()))
    print(f"{pipeline:34} {cost.seconds:8.1f} s {cost.cpu:8.1f} CPU s {cost.memory:7,} MiB", flush=True)
    for (_, step), (cpu, memory) in sorted(watch.found.items(), key=lambda each: -each[1][0]):
        print(f"  {step:32} {cpu:19.1f} CPU s {memory:7,} MiB", flush=True)
    most = SECONDS[pipeline]
    return [f"{pipeline} in {most} s and {MIB} MiB"] if cost.seconds > most or cost.memory > MIB else []


def main(given: Sequence[str] | None = None) -> None:
    """Measure and leave with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of customers and articles to run with")
    parser.add_argument("--home", type=Path, help="home to keep; one that has a shop is not filled again")
    parser.add_argument("--only", choices=list(SECONDS), nargs="+", default=list(SECONDS), help="pipelines to run")
    arguments = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="bench-shop-") as scratch:
        home = arguments.home or Path(scratch)
        is_filled = (home / "services").is_dir()
        up(home, os.environ)
        try:
            if not is_filled:
                _fill(home, arguments.scale)
            missed = [each for pipeline in arguments.only for each in measured(home, pipeline)]
        finally:
            down(home)
    sys.exit("missed: " + ", ".join(missed) if missed else 0)


def _fill(home: Path, scale: float) -> None:
    sizes = f"--customers={max(int(CUSTOMERS * scale), 200)}", f"--articles={max(int(ARTICLES * scale), 100)}"
    called("sample-data", "shop", *sizes, f"--days={DAYS}", "--no-events", f"--home={home}")
    url = addresses(home, os.environ).for_people["DATABASE_URL"]
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS orders, order_items, reviews, wishlist, events")


if __name__ == "__main__":
    main()
