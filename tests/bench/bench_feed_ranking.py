"""Feed ranking: a million interactions generated and given features, against loops, and fifty million in bounds.

Times of the steps are those of their whole processes, start-up, reading and writing included; peak memory is the
process's own. The alternatives work in memory and are spared start-up, reading and writing.

For features there are two. The idiom of a leak-free history is `groupby(key)[column].transform(lambda seen:
seen.shift().expanding().mean())`, a Python call per group; its cost is linear in the groups, so it is timed on a part
of them. Pandas' own `groupby(key)[column].expanding().mean()`, shifted and aligned afterwards, is far better and is
timed whole; it is shown and no target is set against it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROWS, USERS, ITEMS, ROUNDS = 1_000_000, 10_000, 50_000, 3
LARGE_ROWS = 50_000_000
LOOP_ROWS = 2_000
SECONDS, TIMES_CHOICE, TIMES_EXPANDING = 5.0, 200, 20
FEATURES_MIB, LARGE_MIB = 1_536, 4_096
DAYS = 365


def config(rows: int, users: int, items: int) -> str:
    """The config of a year of interactions."""
    dates = '{start: "2025-01-01", end: "2026-01-01"}'
    counts = f"num_users: {users}, num_items: {items}, num_interactions: {rows}"
    return f"data_generation: {{{counts}, date_range: {dates}}}"


def run(module: str, **arguments: object) -> tuple[float, int]:
    """Seconds and peak memory in MiB of a step's process."""
    command = [
        sys.executable,
        "-m",
        module,
        *(f"--{name.replace('_', '-')}={value}" for name, value in arguments.items()),
    ]
    start = time.perf_counter()
    with subprocess.Popen(command) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{module} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss // 1024


def generate(directory: Path, text: str) -> tuple[float, int]:
    """Generate a feed below `directory`."""
    tables = {name: directory / name for name in ("interactions", "users", "items", "summary")}
    module = "components.generate_interactions"
    return run(module, source="synthetic", source_path="", config=text, until="2026-01-01T00:00:00Z", **tables)


def features(directory: Path) -> tuple[float, int]:
    """Compute the features of the feed below `directory`."""
    tables = {name: directory / name for name in ("interactions", "users", "items", "rows", "summary")}
    return run("components.ranking_features", **tables)


def split(directory: Path) -> tuple[float, int]:
    """Split the rows below `directory`."""
    paths = {"rows": directory / "rows", "split_rows": directory / "split", "summary": directory / "summary"}
    return run("components.temporal_split", shares="[0.7, 0.15, 0.15]", **paths)


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


def expand_all_at_once(rows: pd.DataFrame) -> float:
    """Seconds for all histories by pandas' own expanding, shifted within the groups and aligned with the rows."""
    start = time.perf_counter()
    for keys, columns, _ in HISTORIES:
        for column in columns:
            expanding = rows.groupby(keys)["click" if column == "count" else column].expanding()
            found = expanding.count() if column == "count" else expanding.mean()
            found.groupby(level=list(range(len(keys)))).shift().droplevel(list(range(len(keys)))).sort_index()
    return time.perf_counter() - start


def median(work: Callable[[], tuple[float, int]]) -> tuple[float, int]:
    """The median of the seconds and the greatest memory of several rounds."""
    rounds = [work() for _ in range(ROUNDS)]
    return statistics.median(seconds for seconds, _ in rounds), max(memory for _, memory in rounds)


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
    made, made_memory = median(lambda: generate(directory, config(rows, users, items)))
    chosen = choose_row_by_row(max(int(LOOP_ROWS * scale), 200), users, items) * rows
    known, known_memory = median(lambda: features(directory))
    interactions = pd.read_parquet(directory / "interactions")
    one_by_one, at_once = transform_group_by_group(interactions), expand_all_at_once(interactions)
    print(f"{rows:,} interactions of {users:,} users and {items:,} items")
    _line("generate", made, made_memory)
    _line("  numpy.choice row by row, timed on 2,000 rows", chosen, None, chosen / made)
    _line("features", known, known_memory)
    _line("  pandas shift and expanding, group by group", one_by_one, None, one_by_one / known)
    _line("  pandas groupby.expanding, all groups at once", at_once, None, at_once / known)
    if scale < 1:
        print("  (targets are judged at full scale alone)")
        return []
    targets = {
        f"generate in {SECONDS:g} s": made < SECONDS,
        f"generate {TIMES_CHOICE} times as fast as the loop": chosen / made >= TIMES_CHOICE,
        f"features in {SECONDS:g} s": known < SECONDS,
        f"features in {FEATURES_MIB} MiB": known_memory < FEATURES_MIB,
        f"features {TIMES_EXPANDING} times as fast as pandas": one_by_one / known >= TIMES_EXPANDING,
    }
    return [name for name, met in targets.items() if not met]


def _large(directory: Path, scale: float) -> list[str]:
    rows = int(LARGE_ROWS * scale)
    print(f"{rows:,} interactions")
    peaks = {}
    for name, work in (
        ("generate", lambda: generate(directory, config(rows, USERS, ITEMS))),
        ("features", lambda: features(directory)),
        ("split", lambda: split(directory)),
    ):
        seconds, peaks[name] = work()
        _line(name, seconds, peaks[name])
    return [f"{name} of {rows:,} rows in {LARGE_MIB} MiB" for name, peak in peaks.items() if peak > LARGE_MIB]


def _line(name: str, seconds: float, memory: int | None, ratio: float | None = None) -> None:
    told = f"{memory:7,} MiB" if memory is not None else f"{ratio:10.0f} x" if ratio else ""
    print(f"  {name:48} {seconds:10.1f} s {told}", flush=True)


if __name__ == "__main__":
    main()
