"""Vectors of articles: TF-IDF at H&M's size beside scikit-learn, and what a week costs by the share that has changed.

Times are those of whole processes, start-up, reading and writing included; scikit-learn's are of its call alone. Texts
are encoded by the real MiniLM where `make test-models` has fetched it, else by a tiny model, whose times say little.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bench_interactions import Cost, run
from sklearn.feature_extraction.text import TfidfVectorizer

from components.shell import datasets
from components.shell.instants import format_instant
from components.tfidf.compute import VOCABULARY
from components.vectors.rows import SCHEMA
from tests.bench.environments import step_command
from tests.components.vectors import tiny
from tests.models.minilm import unpacked

ARTICLES, FEW = 105_542, 1500
SECONDS, MIB, WEEK = 20.0, 3072, 0.25
SHARES = (1.0, 0.0, 0.01, 0.1)
AS_OF = format_instant(datetime(2026, 1, 4, tzinfo=UTC))
COLUMNS = pa.schema(
    [
        ("article_id", pa.string()),
        ("text", pa.string()),
        ("created_at", pa.timestamp("us", "UTC")),
        ("first_seen_at", pa.timestamp("us", "UTC")),
    ]
)


def texts(count: int, words: int = 25) -> list[str]:
    """Texts of so many words, of which few come often and most are rare."""
    draw = np.random.default_rng(3)
    rank = np.minimum(draw.zipf(1.3, (count, words)), 30_000)
    return [" ".join(map("w{:x}".format, row)) for row in rank.tolist()]


def laid(directory: Path, given: Sequence[str], before: pa.Schema) -> None:
    """Articles with these texts, and nothing from the run before, below the directory."""
    ids = [f"{place:010}" for place in range(len(given))]
    columns = [pa.array(ids), pa.array(given), pa.nulls(len(ids), COLUMNS.field(2).type)]
    table = pa.table(
        [*columns, pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * len(ids), COLUMNS.field(3).type)], COLUMNS
    )
    datasets.write_dataset(directory / "articles", COLUMNS, table.to_batches())
    datasets.write_dataset(directory / "before", before, [])


def words(directory: Path, count: int) -> list[str]:
    """The targets that TF-IDF misses."""
    given = texts(count)
    laid(directory, given, VOCABULARY.to_pyarrow())
    ours = run(step_command("tfidf"), as_of=AS_OF, **_places(directory, "vocabulary"))
    begin = time.process_time()
    theirs = TfidfVectorizer(stop_words="english", max_features=7000, min_df=2).fit_transform(given)
    seconds = time.process_time() - begin
    _cost(f"TF-IDF of {count:,} articles", ours)
    print(f"  scikit-learn, its call alone, {theirs.nnz:,} weights: {seconds:.1f} s of processor")
    scaled = max(count / ARTICLES, 0.2)
    missed = {"processor seconds of TF-IDF": ours.cpu > SECONDS * scaled, "memory of TF-IDF": ours.memory > MIB}
    return [name for name, is_missed in missed.items() if is_missed]


def weeks(directory: Path, count: int) -> list[str]:
    """The targets that encoding misses: what has not changed costs next to nothing."""
    model = unpacked(directory / "model")
    uri = f"file://{model or tiny.text_model(directory / 'model')}"
    given, costs = texts(count), {}
    laid(directory, given, SCHEMA)
    for share in SHARES:
        now = [f"new {text}" if place < share * count else text for place, text in enumerate(given)]
        if share < 1:
            laid(directory / "next", now, SCHEMA)
            datasets.write_dataset(directory / "next/before", SCHEMA, datasets.read_batches(directory / "rows"))
        place = directory if share == 1 else directory / "next"
        costs[share] = run(
            step_command("embed_text"), as_of=AS_OF, articles_snapshot=1, model_uri=uri, **_places(place)
        )
        _cost(f"{share:.0%} of {count:,} articles encoded{'' if model else ' by a tiny model'}", costs[share])
    rows = pq.read_table(directory / "rows", columns=["tokens"])
    rate = count / (costs[1.0].cpu - costs[0.0].cpu)
    print(f"  {rate:.0f} texts of {np.mean(rows.column(0).to_numpy()):.0f} tokens a second of processor")
    missed = {
        "a week of 1 %": bool(model) and costs[0.01].cpu > WEEK * costs[1.0].cpu,
        "memory": costs[1.0].memory > MIB,
    }
    return [name for name, is_missed in missed.items() if is_missed]


def _places(directory: Path, *more: str) -> dict[str, Path]:
    made = more or ("rejected",)
    return {name: directory / name for name in ("articles", "before", "rows", "summary", *made)}


def _cost(what: str, cost: Cost) -> None:
    print(f"{what}: {cost.seconds:.1f} s, {cost.cpu:.1f} s of processor, {cost.memory} MiB")


def main() -> None:
    """Measure and leave with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the articles to run with")
    scale = parser.parse_args().scale
    with tempfile.TemporaryDirectory(prefix="bench-embeddings-") as scratch:
        missed = words(Path(scratch) / "words", int(ARTICLES * scale))
        missed += weeks(Path(scratch) / "weeks", int(FEW * scale))
    sys.exit("missed: " + ", ".join(missed) if missed else 0)


if __name__ == "__main__":
    main()
