"""Feed ranking: a million interactions generated and given features, against loops, and fifty million in bounds.

Times of the steps are those of their whole processes, start-up, reading and writing included; CPU seconds and peak
memory are the process's own.

For features there are two alternatives in pandas. The idiom of a leak-free history is `groupby(key)[column].transform(
lambda seen: seen.shift().expanding().mean())`, a Python call per group; its cost is linear in the groups, so it is
timed on a part of them, in memory. Pandas' own `groupby(key)[columns].expanding()` needs no such call:
tests/bench/feed_in_pandas.py makes all features with it, in a process of its own, and must find our values. A twentieth
of its time is less than Python needs to import a step's libraries, so its ratio is shown and has no target.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from components.begin_run.migrate import migrate
from components.feed.splits import SPLITS
from pipelines import feed_ranking
from stockpot.local.services import Wanted, in_use
from tests.bench import feed_in_pandas
from tests.bench.cost import Cost, median, run
from tests.bench.environments import step_command
from tests.bench.hm import scanned_and_written
from tests.bench.rows import Other, Row, least, most

SMALL = 0.02
GENERATE = (most(5, "seconds"), least(200, "peer"))
FEATURES = (most(5, "seconds"), most(1536, "memory"), least(20, "peer"))
LARGE = most(4096, "memory")
ROWS, USERS, ITEMS, ROUNDS = 1_000_000, 10_000, 50_000, 3
LARGE_ROWS = 50_000_000
LOOP_ROWS = 2_000
DAYS = 365
UNTIL = "2026-01-01T00:00:00Z"


def config(rows: int, users: int, items: int) -> str:
    """The config of a year of interactions."""
    dates = '{start: "2025-01-01", end: "2026-01-01"}'
    counts = f"num_users: {users}, num_items: {items}, num_interactions: {rows}"
    return f"data_generation: {{{counts}, date_range: {dates}}}"


def generate(directory: Path, text: str) -> Cost:
    """Generate a feed below `directory`."""
    tables = {name: directory / name for name in ("interactions", "users", "items", "summary")}
    given = {"source": "synthetic", "source_path": "", "config": text, "until": UNTIL}
    return run(step_command("generate_interactions"), **given, **tables)


def features(directory: Path) -> Cost:
    """Compute the features of the feed below `directory`, and cut their rows in time."""
    paths = {name: directory / name for name in ("interactions", "users", "items", "summary")}
    paths["split_rows"] = directory / "split"
    return run(step_command("ranking_features"), shares=feed_ranking.SHARES, **paths)


def features_in_pandas(directory: Path) -> Cost:
    """The same by pandas' own expanding, with the same values."""
    cost = run([sys.executable, feed_in_pandas.__file__, directory, directory / "pandas.parquet"])
    parts = [pd.read_parquet(directory / "split" / name) for name in SPLITS]
    ours = pd.concat(parts, ignore_index=True).drop(columns="split")
    theirs = pd.read_parquet(directory / "pandas.parquet")
    if wrong := feed_in_pandas.differing(ours, theirs):
        sys.exit(f"pandas finds other values in {', '.join(wrong)}")
    return cost


def check(directory: Path, name: str, contract: dict[str, Any]) -> Cost:
    """Hold a dataset below `directory` against its contract."""
    paths = {"rows": directory / name, **{out: directory / out for out in ("results", "report", "summary")}}
    return run(step_command("check_quality"), contract=contract, as_of=UNTIL, **paths)


def examine(directory: Path) -> Cost:
    """Draw the features of the rows below `directory` beside those that the table holds, and prove that none leaks."""
    paths = {
        name: directory / name for name in ("interactions", "users", "items", "page", "figures", "proof", "summary")
    }
    paths["rows"] = directory / "split"
    given = {
        "table": feed_ranking.TABLE.document(),
        "pipeline": feed_ranking.DATASET.name,
        "run_key": "bench-again",
        "label": feed_ranking.DATASET.label,
        "groups": feed_ranking.DATASET.groups,
    }
    return run(step_command("examine_features"), **given, **paths)


def load(directory: Path) -> Cost:
    """Load the rows below `directory` into the table."""
    paths = {
        "rows": directory / "split",
        **{name: directory / name for name in ("snapshot_id", "rejected", "receipt", "summary")},
    }
    given = {
        "table": feed_ranking.TABLE.document(),
        "pipeline": feed_ranking.DATASET.name,
        "run_key": "bench",
        "version": "1",
    }
    interval = {"as_of": UNTIL, "interval_start": "2025-01-01T00:00:00Z", "interval_end": UNTIL}
    return run(step_command("load_iceberg"), **given, **interval, **paths)


def choose_row_by_row(rows: int, users: int, items: int) -> float:
    """Seconds per row of a loop that draws each user and item with numpy.choice over all of them."""
    random = np.random.default_rng(7)
    people = pd.DataFrame(
        {
            "segment": random.choice(["power", "regular", "casual"], users, p=[0.1, 0.3, 0.6]),
            "category": random.integers(0, 10, users),
        }
    )
    things = pd.DataFrame(
        {
            "category": random.integers(0, 10, items),
            "age": random.integers(0, DAYS, items),
            "quality": random.beta(5, 2, items),
        }
    )
    start = time.perf_counter()
    made = [_one_choice(random, people, things) for _ in range(rows)]
    pd.DataFrame(made).sort_values("day")
    return (time.perf_counter() - start) / rows


def _one_choice(random: np.random.Generator, people: pd.DataFrame, things: pd.DataFrame) -> dict[str, object]:
    activity = people["segment"].map({"power": 100, "regular": 20, "casual": 5}).to_numpy(dtype=float)
    user = people.iloc[random.choice(len(people), p=activity / activity.sum())]
    match = np.where(things["category"] == user["category"], 3.0, 1.0)
    weight = (match * things["quality"] / (things["age"] + 1)).to_numpy()
    item = things.iloc[random.choice(len(things), p=weight / weight.sum())]
    click = random.random() < 0.25 * item["quality"] / (1 + item["age"] / 30)
    dwell = min(random.exponential(30) * item["quality"], 300) if click else 0.0
    return {"user": user.name, "item": item.name, "day": random.integers(DAYS), "click": int(click), "dwell": dwell}


HISTORIES = (
    (["user_id"], ("click", "dwell_time", "count"), 20),
    (["item_id"], ("click", "dwell_time", "count"), 20),
    (["user_id", "item_id"], ("count",), 200),
)


def transform_group_by_group(rows: pd.DataFrame) -> float:
    """Seconds for all histories by the idiom, timed on one group in twenty, of pairs on one in two hundred."""
    total = 0.0
    for keys, columns, part in HISTORIES:
        groups = rows.groupby(keys).ngroup()
        some = rows[groups % part == 0]
        start = time.perf_counter()
        for column in columns:
            measure = "click" if column == "count" else column
            some.groupby(keys)[measure].transform(_seen_before(column))
        total += (time.perf_counter() - start) * part
    return total


def _seen_before(column: str) -> Callable[[pd.Series], pd.Series]:
    if column == "count":
        return lambda seen: seen.shift().expanding().count()
    return lambda seen: seen.shift().expanding().mean()


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """A million beside loops, and fifty million."""
    yield from _million(scratch / "million", scale)
    yield from _large(scratch / "large", int(LARGE_ROWS * scale))


def _million(directory: Path, scale: float) -> Iterator[Row]:
    rows, users, items = (max(int(count * scale), 100) for count in (ROWS, USERS, ITEMS))
    made = median([generate(directory, config(rows, users, items)) for _ in range(ROUNDS)])
    few = max(int(LOOP_ROWS * scale), 200)
    chosen = Cost(choose_row_by_row(few, users, items) * rows)
    loop = Other(f"numpy.choice row by row, timed on {few:,}", chosen)
    yield Row(f"{rows:,} interactions generated", made, loop, targets=GENERATE)
    known = median([features(directory) for _ in range(ROUNDS)])
    work = f"features of {rows:,} interactions"
    one_by_one = Cost(transform_group_by_group(pd.read_parquet(directory / "interactions")))
    parts = [f"split/{name}" for name in SPLITS]
    bare = scanned_and_written(directory, ("interactions", "users", "items", *parts))
    yield Row(work, known, Other("shift and expanding, group by group", one_by_one), bare, FEATURES)
    yield Row(work, known, Other("pandas groupby.expanding", features_in_pandas(directory)))


def _large(directory: Path, rows: int) -> Iterator[Row]:
    """All steps that carry rows; what is drawn comes last, so that it has a run before it to compare with."""
    steps: dict[str, Callable[[], Cost]] = {
        "generate": lambda: generate(directory, config(rows, USERS, ITEMS)),
        "check interactions": lambda: check(directory, "interactions", feed_ranking.INTERACTIONS_CONTRACT.document()),
        "features and splits": lambda: features(directory),
        "check rows": lambda: check(directory, "split", feed_ranking.ROWS_CONTRACT.document()),
        "load": lambda: load(directory),
        "draw and prove": lambda: examine(directory),
    }
    with in_use(directory, {}, Wanted()) as endpoints:
        os.environ.update(endpoints.for_steps)
        migrate([feed_ranking.TABLE])
        for name, step in steps.items():
            yield Row(f"feed ranking, {rows:,} rows: {name}", step(), targets=(LARGE,))
