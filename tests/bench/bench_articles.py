"""The catalogue at H&M's size: the whole pipeline, extract from Postgres included, day after day; and pandas.

A first day makes everything; on the second nothing has changed; on the third all stock has moved. Times of
the step are those of its whole process, start-up, reading and writing included. Pandas runs in a process of its own too
and must find our values; it does less (tests/bench/articles_in_pandas.py). Its ratio is shown and has no target.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import articles_in_pandas
import duckdb
import pandas as pd
from bench_interactions import Cost, run

from components.article_versions.columns import VERSIONED
from components.shell import datasets
from stockpot.samples.shop.scale import AS_OF, Scale
from stockpot.samples.shop.shop import shop
from tests.bench.environments import step_command

ARTICLES = 105_542
SECONDS, MIB = 60.0, 4_096
STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
# How the days differ: at which day the shop stands, and when it is looked at.
DAYS = {"first day": (0, 0), "the same dump a day later": (0, 1), "a day on": (2, 2)}


def called(*command: str) -> tuple[Cost, str]:
    """What a command of stockpot costs, its steps included, and its stdout."""
    start = time.perf_counter()
    with subprocess.Popen(
        [STOCKPOT, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        out = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}: {out[-2000:]}")
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024), out


def pipeline(home: Path, articles: int) -> list[str]:
    """The targets that the whole pipeline misses, day after day."""
    missed = []
    for name, (day, at) in DAYS.items():
        until = (AS_OF + timedelta(days=day)).isoformat()
        sizes = ("--customers=20", f"--articles={articles}", "--no-events", f"--until={until}", f"--home={home}")
        called("sample-data", "shop", *sizes)
        as_of = (AS_OF + timedelta(days=at, hours=3)).isoformat()
        told = ("--param=oldest_hours=1000000", "--output=json", f"--home={home}")
        cost, out = called("run", "articles-content", f"--as-of={as_of}", *told)
        _cost(f"the whole pipeline: {name}", cost)
        print(f"    {_counts(out)}", flush=True)
        if cost.seconds >= SECONDS or cost.memory >= MIB:
            missed.append(f"{name} in {SECONDS:g} s and {MIB} MiB")
    return missed


def _counts(out: str) -> str:
    """What the load of the versions says that it has done."""
    steps = json.loads(out)["steps"]
    told = next(step["details"] for step in steps if step["step"] == "load-versions")
    return ", ".join(f"{told[word]:,} {word}" for word in ("new", "changed", "gone", "unchanged"))


def against_pandas(directory: Path, articles: int) -> None:
    """The step alone, pandas, and a bare scan and write of the same bytes."""
    raw = filled(directory, articles)
    paths = {name: directory / name for name in ("rows", "versions", "rejected", "summary")}
    ours = run(step_command("article_versions"), raw=raw, before=directory / "before", as_of=AS_OF.isoformat(), **paths)
    own = Path(articles_in_pandas.__file__)
    theirs = run([sys.executable, str(own), str(raw), str(directory / "pandas.parquet")])
    _require_same(directory)
    bare = scan_and_write(directory)
    _cost("the step", ours)
    _cost("  pandas", theirs, ours)
    print(f"  {'the same bytes read and written':40} {bare:10.1f} s {bare / ours.seconds:31.2f} x", flush=True)


def filled(directory: Path, articles: int) -> Path:
    """The articles and categories of a shop as an extract leaves them, and no versions before."""
    parts: dict[str, list[Any]] = {"articles": [], "categories": []}
    for name, part in shop(Scale(customers=20, articles=articles, events=False)):
        if name in parts:
            parts[name] += part.to_batches()
    for name, batches in parts.items():
        datasets.write_dataset(directory / "raw" / name, batches[0].schema, batches)
    before = {**VERSIONED, "version": "int32", "known_at": "timestamp('UTC', 6)", "is_deleted": "boolean"}
    datasets.write_dataset(directory / "before", type(VERSIONED)(before).to_pyarrow(), [])
    return directory / "raw"


def _require_same(directory: Path) -> None:
    """Leave where pandas finds other values in rows that both have: it keeps those that make no sense."""
    ours = pd.read_parquet(directory / "rows").set_index("article_id")
    theirs = pd.read_parquet(directory / "pandas.parquet").drop_duplicates("article_id").set_index("article_id")
    theirs = theirs.loc[ours.index]
    for name in ("text", "text_hash", "category_path"):
        if not (ours[name].fillna("") == theirs[name].fillna("")).all():
            sys.exit(f"pandas finds another {name}")


def scan_and_write(directory: Path) -> float:
    """Seconds for reading all articles and writing all rows, and nothing else."""
    start = time.perf_counter()
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        for name in ("raw/articles", "rows", "versions"):
            source, to = directory / name / "*.parquet", directory / "again.parquet"
            connection.execute(f"COPY (FROM '{source}') TO '{to}' (FORMAT parquet, COMPRESSION zstd)")
    return time.perf_counter() - start


def _cost(name: str, cost: Cost, ours: Cost | None = None) -> None:
    ratio = f"{cost.seconds / ours.seconds:8.1f} x" if ours else ""
    print(f"  {name:40} {cost.seconds:10.1f} s {cost.cpu:8.1f} CPU s {cost.memory:7,} MiB {ratio}", flush=True)


def main(given: Sequence[str] | None = None) -> None:
    """Measure and leave with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the articles to run with")
    articles = max(int(ARTICLES * parser.parse_args(given).scale), 100)
    print(f"{articles:,} articles")
    with tempfile.TemporaryDirectory(prefix="bench-articles-") as scratch:
        against_pandas(Path(scratch) / "step", articles)
        missed = pipeline(Path(scratch) / "home", articles)
    sys.exit("missed: " + ", ".join(missed) if missed else 0)


if __name__ == "__main__":
    main()
