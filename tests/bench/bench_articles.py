"""The catalogue at H&M's size: the whole pipeline, extract from Postgres included, day after day; and pandas.

A first day makes everything; on the second nothing has changed; on the third all stock has moved. Times of
the step are those of its whole process, start-up, reading and writing included. Pandas runs in a process of its own too
and must find our values; it does less (tests/bench/articles_in_pandas.py). Its ratio is shown and has no target.
"""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd

from components.article_versions.columns import VERSIONED
from components.shell import datasets
from stockpot.samples.shop.scale import AS_OF, Scale
from tests.bench import articles_in_pandas
from tests.bench.cost import run, told
from tests.bench.environments import STOCKPOT, step_command
from tests.bench.hm import ARTICLES, laid, scanned_and_written
from tests.bench.rows import Other, Row, most

SMALL = 0.02
TARGETS = (most(60, "seconds"), most(4096, "memory"))
# How the days differ: at which day the shop stands, and when it is looked at.
DAYS = {"first day": (0, 0), "the same dump a day later": (0, 1), "a day on": (2, 2)}


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """The step beside pandas, and the whole pipeline on three days."""
    articles = max(int(ARTICLES * scale), 100)
    yield step(scratch / "step", articles)
    yield from pipeline(scratch / "home", articles)


def pipeline(home: Path, articles: int) -> Iterator[Row]:
    """The whole pipeline, day after day."""
    for name, (day, at) in DAYS.items():
        shop = {"articles": articles, "until": (AS_OF + timedelta(days=day)).isoformat(), "home": home}
        run([STOCKPOT, "sample-data", "shop", "--customers=20", "--no-events"], **shop)
        when = {"as_of": (AS_OF + timedelta(days=at, hours=3)).isoformat(), "home": home}
        command = [STOCKPOT, "run", "articles-content", "--param=oldest_hours=1000000", "--output=json"]
        cost, out = told(command, **when)
        print(f"    {_counts(out)}", flush=True)
        yield Row(f"articles, the whole pipeline: {name}", cost, targets=TARGETS)


def _counts(out: str) -> str:
    """What the load of the versions says that it has done."""
    steps = json.loads(out)["steps"]
    details = next(step["details"] for step in steps if step["step"] == "load-versions")
    return ", ".join(f"{details[word]:,} {word}" for word in ("new", "changed", "gone", "unchanged"))


def step(directory: Path, articles: int) -> Row:
    """The step alone, pandas, and a bare scan and write of the same bytes."""
    raw = directory / "raw"
    laid(raw, Scale(customers=20, articles=articles, events=False), "articles", "categories")
    before = {**VERSIONED, "version": "int32", "known_at": "timestamp('UTC', 6)", "is_deleted": "boolean"}
    datasets.write_dataset(directory / "before", type(VERSIONED)(before).to_pyarrow(), [])
    paths = {name: directory / name for name in ("rows", "versions", "rejected", "summary", "raw", "before")}
    ours = run(step_command("article_versions"), as_of=AS_OF.isoformat(), **paths)
    theirs = run([sys.executable, articles_in_pandas.__file__, raw, directory / "pandas.parquet"])
    _require_same(directory)
    bare = scanned_and_written(directory, ("raw/articles", "rows", "versions"))
    return Row(f"versions of {articles:,} articles", ours, Other("pandas, less of it", theirs), bare)


def _require_same(directory: Path) -> None:
    """Leave where pandas finds other values in rows that both have: it keeps those that make no sense."""
    ours = pd.read_parquet(directory / "rows").set_index("article_id")
    theirs = pd.read_parquet(directory / "pandas.parquet").drop_duplicates("article_id").set_index("article_id")
    theirs = theirs.loc[ours.index]
    for name in ("text", "text_hash", "category_path"):
        if not (ours[name].fillna("") == theirs[name].fillna("")).all():
            sys.exit(f"pandas finds another {name}")
