"""Reviews cleaned, judged and scored, beside VADER and py3langid in a plain loop.

Times of the step are those of whole processes, start-up, reading and writing included. All texts differ, so that none
is told by another. The loop is given texts that are clean already, and uses one core.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import py3langid
import pyarrow as pa
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from components.iceberg.lateness import Past
from components.reviews_nlp.schemas import REVIEWS
from components.shell import datasets
from stockpot.samples.shop import words
from tests.bench.cost import Cost, here, run
from tests.bench.environments import step_command
from tests.bench.hm import scanned_and_written
from tests.bench.rows import Other, Row, most

SMALL = 0.02
TARGETS = (most(60, "seconds"), most(3072, "memory"))
ROWS, BATCH = 300_000, 50_000
_PART = 10_000
_AT = pa.timestamp("us", "UTC")
_BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
SCHEMA = pa.schema(
    [
        ("review_id", pa.int64()), ("customer_id", pa.string()), ("article_id", pa.string()), ("rating", pa.int32()),
        ("review_text", pa.string()), ("created_at", _AT),
    ]
)  # fmt: skip


def texts(first: int, rows: int) -> list[str]:
    """Reviews of one to three sentences, each with a number of its own."""
    rng = np.random.default_rng(first)
    said = [text.replace("{thing}", "shirt") for text in (*words.GOOD, *words.MIDDLING, *words.BAD, *words.FOREIGN)]
    drawn = rng.integers(0, len(said), (rows, 3)).tolist()
    lengths = rng.integers(1, 4, rows).tolist()
    return [
        f"{' '.join(said[each] for each in some[:length])} No {first + number}."
        for number, (some, length) in enumerate(zip(drawn, lengths, strict=True))
    ]


def filled(directory: Path, rows: int) -> None:
    """Lay reviews of a year below the directory, as an extract leaves them."""
    datasets.write_dataset(directory / "raw" / "reviews", SCHEMA, _reviews(rows))
    datasets.write_dataset(directory / "versions", pa.schema([("article_id", pa.string())]), [])
    datasets.write_dataset(directory / "before", REVIEWS.to_pyarrow(), [])
    (directory / "past").write_text(Past().text())


def _reviews(rows: int) -> Iterator[pa.RecordBatch]:
    for first in range(0, rows, BATCH):
        numbers = np.arange(first, min(first + BATCH, rows))
        customers, articles = (numbers * 7919 % 60_000).tolist(), (numbers * 104_729 % 20_000).tolist()
        yield pa.RecordBatch.from_arrays(
            [
                pa.array(numbers),
                pa.array([f"c{one}" for one in customers]),
                pa.array([f"{one:010d}" for one in articles]),
                pa.array(1 + numbers % 5, pa.int32()),
                pa.array(texts(first, len(numbers))),
                pa.array([_BEGAN + timedelta(seconds=int(one) * 86_400 * 365 / rows) for one in numbers], _AT),
            ],
            schema=SCHEMA,
        )


def step(directory: Path) -> Cost:
    """What the step costs on what lies there."""
    places = {name: directory / name for name in ("raw", "versions", "before", "past", "rows", "stats", "rejected",
                                                  "touched", "summary")}  # fmt: skip
    interval = {"interval_start": "1970-01-01T00:00:00Z", "interval_end": "2026-01-01T00:00:00Z"}
    given = {"as_of": "2026-01-01T01:00:00Z", "languages": '["en"]', "thresholds": "[-0.05, 0.05]"}
    return run(step_command("reviews_nlp"), **places, **interval, **given)


def loop(rows: int) -> Cost:
    """What a plain loop over so many texts costs."""
    said, analyzer = texts(0, rows), SentimentIntensityAnalyzer()
    py3langid.classify("the model is loaded once")
    return here(lambda: [(analyzer.polarity_scores(text), py3langid.classify(text)) for text in said])


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """The step, and the loop, of which a part is timed."""
    rows = int(ROWS * scale)
    some = min(_PART, rows)
    plain = Other("VADER and py3langid in a loop", loop(some).times(rows / some))
    filled(scratch, rows)
    ours = step(scratch)
    bare = scanned_and_written(scratch, ("raw/reviews", "rows"))
    yield Row(f"{rows:,} reviews", ours, plain, bare, TARGETS, by="cpu")
