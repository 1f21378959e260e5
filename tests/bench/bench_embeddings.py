"""Vectors of articles: TF-IDF and validation at H&M's size, and what a week costs by the share that has changed.

Times are those of whole processes, start-up, reading and writing included; scikit-learn's are of its call alone. Texts
are encoded by the real MiniLM where `make test-models` has fetched it. Elsewhere its targets are said to be not here,
and a tiny model encodes, whose figures say little and are held to nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.feature_extraction.text import TfidfVectorizer

from components.shell import datasets
from components.shell.instants import format_instant
from components.tfidf.compute import VOCABULARY
from components.vectors.arrays import lists
from components.vectors.rows import SCHEMA
from tests.bench.bench_sentences import texts as sentences
from tests.bench.cost import here, run
from tests.bench.environments import step_command
from tests.bench.rows import Other, Row, most
from tests.components.vectors import tiny
from tests.models.minilm import unpacked

SMALL = 0.1
TFIDF = (most(20, "cpu"), most(3072, "memory"))
ALL, WEEK = most(3072, "memory"), most(0.06, "peer")
# The memory of the pod that validates.
VALIDATION = (most(2048, "memory"),)
ARTICLES, FEW, DIMENSION = 105_542, 10_000, 384
SHARES = (0.0, 0.01, 0.1)
AS_OF = format_instant(datetime(2026, 1, 4, tzinfo=UTC))
COLUMNS = pa.schema(
    [
        ("article_id", pa.string()),
        ("text", pa.string()),
        ("created_at", pa.timestamp("us", "UTC")),
        ("first_seen_at", pa.timestamp("us", "UTC")),
        ("product_group_name", pa.string()),
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
    seen = pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * len(ids), COLUMNS.field(3).type)
    table = pa.table([*columns, seen, pa.array([f"group {place % 20}" for place in range(len(ids))])], COLUMNS)
    datasets.write_dataset(directory / "articles", COLUMNS, table.to_batches())
    datasets.write_dataset(directory / "before", before, [])


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """TF-IDF of all articles, their vectors judged, and encoding some of them week after week."""
    yield words(scratch / "words", int(ARTICLES * scale))
    yield validation(scratch / "validation", int(ARTICLES * scale))
    yield from weeks(scratch / "weeks", int(FEW * scale))


def words(directory: Path, count: int) -> Row:
    """TF-IDF, beside scikit-learn."""
    given = texts(count)
    laid(directory, given, VOCABULARY.to_pyarrow())
    ours = run(step_command("tfidf"), as_of=AS_OF, **_places(directory, "vocabulary"))
    vectors = TfidfVectorizer(stop_words="english", max_features=7000, min_df=2)
    theirs = Other("scikit-learn, its call alone", here(lambda: vectors.fit_transform(given)))
    return Row(f"TF-IDF of {count:,} articles", ours, theirs, targets=TFIDF, by="cpu")


def validation(directory: Path, count: int) -> Row:
    """Vectors of all articles judged beside those of the run before."""
    laid(directory, texts(count), SCHEMA)
    for name in ("before", "texts"):
        datasets.write_dataset(directory / name, SCHEMA, vectors(count))
    datasets.write_dataset(directory / "images", SCHEMA, [])
    names = ("articles", "before", "texts", "images", "rows", "results", "summary")
    cost = run(step_command("validate_embeddings"), **{name: directory / name for name in names})
    return Row(f"{count:,} vectors of {DIMENSION} validated", cost, targets=VALIDATION, by="cpu")


def vectors(count: int, size: int = 10_000) -> Iterator[pa.RecordBatch]:
    """Rows with vectors of length one by chance, the same at each call."""
    draw = np.random.default_rng(5)
    known = {"kind": "bert", "model": "m", "model_digest": "d", "dimension": DIMENSION, "truncated": False, "tokens": 9}
    known |= {"computed_at": datetime(2026, 1, 1, tzinfo=UTC), "articles_snapshot": 1}
    for first in range(0, count, size):
        some = min(size, count - first)
        made = draw.standard_normal((some, DIMENSION)).astype(np.float32)
        ids = [f"{first + place:010}" for place in range(some)]
        own = {"article_id": ids, "input_hash": ids, "vector": lists(made / np.linalg.norm(made, axis=1)[:, None])}
        columns = [own.get(each.name, [known.get(each.name)] * some) for each in SCHEMA]
        yield pa.record_batch(
            [pa.array(values, each.type) for values, each in zip(columns, SCHEMA, strict=True)], SCHEMA
        )


def weeks(directory: Path, count: int) -> Iterator[Row]:
    """What has not changed costs next to nothing: a week of 1 %, little more than its start."""
    model = unpacked(directory / "model")
    uri = f"file://{model or tiny.text_model(directory / 'model')}"
    about = {"as_of": AS_OF, "articles_snapshot": 1, "model_uri": uri}
    given, work = sentences(count, 30), f"of {count:,} articles encoded by {'MiniLM' if model else 'a tiny model'}"
    if not model:
        yield Row("MiniLM: make test-models has not fetched it", targets=(ALL, WEEK))
    laid(directory, given, SCHEMA)
    every = run(step_command("embed_text"), **about, **_places(directory))
    yield Row(f"100% {work}", every, targets=(ALL,) if model else (), by="cpu")
    for share in SHARES:
        now = [f"new {text}" if place < share * count else text for place, text in enumerate(given)]
        laid(directory / "next", now, SCHEMA)
        datasets.write_dataset(directory / "next/before", SCHEMA, datasets.read_batches(directory / "rows"))
        cost = run(step_command("embed_text"), **about, **_places(directory / "next"))
        targets = (WEEK,) if model and share == 0.01 else ()
        yield Row(f"{share:.0%} {work}", cost, Other("all of them", every), targets=targets, by="cpu")


def _places(directory: Path, *more: str) -> dict[str, Path]:
    made = more or ("rejected",)
    return {name: directory / name for name in ("articles", "before", "rows", "summary", *made)}
