"""What only Python computes of a text: its language, its sentiment, and whether one of its signs is repeated at length.

Each text that differs is asked about once, in batches, by several processes where there are many.
"""

import html
import multiprocessing
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache, partial
from itertools import chain, islice
from typing import Any

import pyarrow as pa
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from components.reviews_nlp.sentiment import sentiment

UNKNOWN = "und"
UNESCAPED = pa.schema([("raw_text", pa.string()), ("unescaped", pa.string())])
SCORED = pa.schema(
    [
        ("display_text", pa.string()),
        ("guessed", pa.string()),
        ("compound", pa.float64()),
        ("neg", pa.float64()),
        ("neu", pa.float64()),
        ("pos", pa.float64()),
        ("is_repeating", pa.bool_()),
    ]
)
_LETTERS = 20
"""From fewer letters a language cannot be guessed: py3langid takes "ok" for Afrikaans."""
_PLACEHOLDERS = re.compile("<(?:url|email|phone)>")
_REPEATED = re.compile(r"(.)\1{3}")
_TEXTS = 2_000
_PROCESSES = 2
"""As many as the pipeline gives the step cores: a node may have far more."""
_WORTH_PROCESSES = 10 * _TEXTS


def unescaped(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The texts with their character references resolved, once."""
    for batch in batches:
        texts = batch.column("raw_text").to_pylist()
        yield pa.RecordBatch.from_arrays(
            [batch.column("raw_text"), pa.array(map(html.unescape, texts))], ["raw_text", "unescaped"]
        )


def scored(batches: Iterable[pa.RecordBatch], languages: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Languages and scores of the texts, which come with `display_text`, `clean_text` and what is asked of them.

    The language is guessed where a source does not say it of all (`is_guessed`), the sentiment scored where a source
    says that it is one of `languages` (`is_wanted`), or the guess is; both cost more than all else.
    """
    work = partial(score, languages=frozenset(languages))
    parts = (batch.slice(start, _TEXTS) for batch in batches for start in range(0, batch.num_rows, _TEXTS))
    first = list(islice(parts, _WORTH_PROCESSES // _TEXTS))
    if (following := next(parts, None)) is None:
        yield from map(work, first)
        return
    # Threads of the engine are running, which a fork would not survive.
    with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn")) as pool:
        yield from _in_turn(pool, work, chain(first, [following], parts), 2 * _PROCESSES)


def _in_turn(
    pool: ProcessPoolExecutor,
    work: Callable[[pa.RecordBatch], pa.RecordBatch],
    parts: Iterable[pa.RecordBatch],
    ahead: int,
) -> Iterator[pa.RecordBatch]:
    """The results in the order of the parts, of which no more than so many are taken ahead."""
    coming: deque[Future[pa.RecordBatch]] = deque()
    for part in parts:
        coming.append(pool.submit(work, part))
        if len(coming) >= ahead:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


def score(batch: pa.RecordBatch, languages: Collection[str]) -> pa.RecordBatch:
    """The same of one batch."""
    rows = [_scored_row(row, languages) for row in batch.to_pylist()]
    return pa.RecordBatch.from_pylist(rows, SCORED)


def _scored_row(row: Mapping[str, Any], languages: Collection[str]) -> dict[str, Any]:
    text = row["display_text"]
    guessed = language(text) if row["is_guessed"] else None
    scores = sentiment(text) if row["is_wanted"] or guessed in languages else {}
    is_repeating = bool(_REPEATED.search(row["clean_text"]))
    return {"display_text": text, "guessed": guessed, "is_repeating": is_repeating, **scores}


def language(text: str) -> str:
    """The language that the text is most likely in; `und` where there are too few letters to guess it."""
    spoken = _PLACEHOLDERS.sub(" ", text)
    if sum(map(str.isalpha, spoken)) < _LETTERS:
        return UNKNOWN
    return str(identifier().classify(spoken)[0])


@cache
def identifier() -> LanguageIdentifier:
    """The identifier of languages: py3langid as it is, but for the type of its numbers.

    They are multiplied in single precision; to turn them into it for each text takes longer than to multiply.
    """
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.nb_ptc = model.nb_ptc.astype("float32")
    return model
