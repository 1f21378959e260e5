"""Feed ranking: a million interactions generated and given features, against loops, and fifty million in bounds.

Times of the steps are those of their whole processes, start-up, reading and writing included; CPU seconds and peak
memory are the process's own.

For features there are two alternatives in pandas. The idiom of a leak-free history is `groupby(key)[column].transform(
lambda seen: seen.shift().expanding().mean())`, a Python call per group; its cost is linear in the groups, so it is
timed on a part of them, in memory. Pandas' own `groupby(key)[columns].expanding()` needs no such call:
tests/bench/feed_in_pandas.py makes all features with it, in a process of its own, and must find our values. A twentieth
of its time is less than Python needs to import a step's libraries, so its ratio is shown and has no target.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feed_in_pandas
import numpy as np
import pandas as pd

from components.begin_run.migrate import migrate
from pipelines import feed_ranking
from stockpot.local.services import Wanted, in_use
from tests.bench.cost import Cost, run
from tests.bench.environments import step_command

ROWS, USERS, ITEMS, ROUNDS = 1_000_000, 10_000, 50_000, 3
LARGE_ROWS = 50_000_000
LOOP_ROWS = 2_000
SECONDS, TIMES_CHOICE, TIMES_EXPANDING = 5.0, 200, 20
FEATURES_MIB, LARGE_MIB = 1_536, 4_096
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
    """Compute the features of the feed below `directory`."""
    tables = {name: directory / name for name in ("interactions", "users", "items", "rows", "summary")}
    return run(step_command("ranking_features"), **tables)


def features_in_pandas(directory: Path) -> Cost:
    """The same by pandas' own expanding, with the same values."""
    cost = run([sys.executable, feed_in_pandas.__file__, str(directory), str(directory / "pandas.parquet")])
    ours, theirs = pd.read_parquet(directory / "rows"), pd.read_parquet(directory / "pandas.parquet")
    if wrong := feed_in_pandas.differing(ours, theirs):
        sys.exit(f"pandas finds other values in {', '.join(wrong)}")
    return cost


def check(directory: Path, name: str, contract: dict[str, Any]) -> Cost:
    """Hold a dataset below `directory` against its contract."""
    paths = {"rows": directory / name, **{out: directory / out for out in ("results", "report", "summary")}}
    return run(step_command("check_quality"), contract=json.dumps(contract), as_of=UNTIL, **paths)


def split(directory: Path) -> Cost:
    """Split the rows below `directory`."""
    paths = {"rows": directory / "rows", "split_rows": directory / "split", "summary": directory / "summary"}
    return run(step_command("temporal_split"), shares=json.dumps(feed_ranking.SHARES), **paths)


def prove(directory: Path) -> Cost:
    """Prove that no feature of the rows below `directory` leaks."""
    tables = {name: directory / name for name in ("interactions", "users", "items", "proof", "summary")}
    return run(step_command("ranking_features.prove"), rows=directory / "split", **tables)


def summarise(directory: Path) -> Cost:
    """Draw the features of the rows below `directory`, beside those that the table holds."""
    paths = {
        "rows": directory / "split",
        **{name: directory / name for name in ("users", "page", "figures", "summary")},
    }
    given = {
        "table": json.dumps(feed_ranking.TABLE.document()),
        "pipeline": feed_ranking.DATASET.name,
        "run_key": "bench-again",
        "label": feed_ranking.DATASET.label,
        "groups": json.dumps(feed_ranking.DATASET.groups),
    }
    return run(step_command("summarise_features"), **given, **paths)


def load(directory: Path) -> Cost:
    """Load the rows below `directory` into the table."""
    paths = {"rows": directory / "split", **{name: directory / name for name in ("snapshot_id", "receipt", "summary")}}
    given = {
        "table": json.dumps(feed_ranking.TABLE.document()),
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


def median(work: Callable[[], Cost]) -> Cost:
    """The median of the seconds and the greatest memory of several rounds."""
    rounds = [work() for _ in range(ROUNDS)]
    seconds, cpu = (
        statistics.median(figures) for figures in zip(*((one.seconds, one.cpu) for one in rounds), strict=True)
    )
    return Cost(seconds, cpu, max(one.memory for one in rounds))


def main() -> None:
    """Measure and leave with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows to run with")
    parser.add_argument("--skip-large", action="store_true", help="leave out the fifty million rows")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-feed-") as scratch:
        missed = _million(Path(scratch) / "million", arguments.scale)
        if not arguments.skip_large:
            missed += _large(Path(scratch) / "large", arguments.scale)
    sys.exit("missed: " + ", ".join(missed) if missed else 0)


def _million(directory: Path, scale: float) -> list[str]:
    rows, users, items = (max(int(count * scale), 100) for count in (ROWS, USERS, ITEMS))
    made = median(lambda: generate(directory, config(rows, users, items)))
    chosen = choose_row_by_row(max(int(LOOP_ROWS * scale), 200), users, items) * rows
    known = median(lambda: features(directory))
    at_once = features_in_pandas(directory)
    one_by_one = transform_group_by_group(pd.read_parquet(directory / "interactions"))
    print(f"{rows:,} interactions of {users:,} users and {items:,} items")
    _cost("generate", made)
    _ratio("  numpy.choice row by row, timed on 2,000 rows", chosen, made)
    _cost("features", known)
    _ratio("  pandas shift and expanding, group by group", one_by_one, known)
    _cost("  pandas groupby.expanding, all features", at_once, known)
    if scale < 1:
        print("  (targets are judged at full scale alone)")
        return []
    targets = {
        f"generate in {SECONDS:g} s": made.seconds < SECONDS,
        f"generate {TIMES_CHOICE} times as fast as the loop": chosen / made.seconds >= TIMES_CHOICE,
        f"features in {SECONDS:g} s": known.seconds < SECONDS,
        f"features in {FEATURES_MIB} MiB": known.memory < FEATURES_MIB,
        f"features {TIMES_EXPANDING} times as fast as pandas": one_by_one / known.seconds >= TIMES_EXPANDING,
    }
    return [name for name, met in targets.items() if not met]


def _large(directory: Path, scale: float) -> list[str]:
    """All steps that carry rows; the summary comes last, so that it has a run before it to compare with."""
    rows = int(LARGE_ROWS * scale)
    print(f"{rows:,} interactions")
    steps: dict[str, Callable[[], Cost]] = {
        "generate": lambda: generate(directory, config(rows, USERS, ITEMS)),
        "check interactions": lambda: check(directory, "interactions", feed_ranking.INTERACTIONS_CONTRACT.document()),
        "features": lambda: features(directory),
        "split": lambda: split(directory),
        "check rows": lambda: check(directory, "split", feed_ranking.ROWS_CONTRACT.document()),
        "prove": lambda: prove(directory),
        "load": lambda: load(directory),
        "summarise": lambda: summarise(directory),
    }
    too_large = []
    with in_use(directory, {}, Wanted()) as endpoints:
        os.environ.update(endpoints.for_steps)
        migrate([feed_ranking.TABLE])
        for name, step in steps.items():
            cost = step()
            _cost(name, cost)
            if cost.memory > LARGE_MIB:
                too_large.append(f"{name} of {rows:,} rows in {LARGE_MIB} MiB")
    return too_large


def _cost(name: str, cost: Cost, ours: Cost | None = None) -> None:
    ratio = f"{cost.seconds / ours.seconds:8.1f} x" if ours else ""
    print(f"  {name:48} {cost.seconds:10.1f} s {cost.cpu:8.1f} CPU s {cost.memory:7,} MiB {ratio}", flush=True)


def _ratio(name: str, seconds: float, ours: Cost) -> None:
    print(f"  {name:48} {seconds:10.1f} s {seconds / ours.seconds:31.0f} x", flush=True)


if __name__ == "__main__":
    main()
