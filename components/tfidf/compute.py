"""The vocabulary of all texts and the weights of each, exactly as scikit-learn's TfidfVectorizer defines them.

The one difference: of words that come equally often, those first in the alphabet are taken, where it leaves that open.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from components.shell import datasets
from components.shell.counts import counted
from components.shell.engine import Engine, count, engine, keep, records, write
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import format_instant
from components.shell.summary import Summary
from components.tfidf.words import ENGLISH

log = logging.getLogger(__name__)

_MEMORY = "1GB"
# Letters and digits of all scripts, as \w of Python's `re`; the engine's knows ASCII alone.
_WORD = r"[\p{L}\p{N}_]{2,}"
_STOP_WORDS: Mapping[str, frozenset[str]] = {"": frozenset(), "english": ENGLISH}
_INSTANT = "timestamp('UTC', 6)"
ROWS = ibis.schema(
    {
        "article_id": "!string",
        "indices": "!array<!int32>",
        "values": "!array<!float32>",
        "vocabulary_digest": "!string",
        "computed_at": f"!{_INSTANT}",
    }
)
VOCABULARY = ibis.schema(
    {
        "vocabulary_digest": "!string",
        "term": "!string",
        "index": "!int32",
        "document_frequency": "!int32",
        "idf": "!float64",
        "computed_at": f"!{_INSTANT}",
    }
)


@ibis.udf.scalar.builtin(name="regexp_extract_all")  # type: ignore[untyped-decorator]  # Ibis ships no types
def _matches(text: str, pattern: str) -> list[str]:  # type: ignore[empty-body]  # DuckDB has the body
    """All that matches, from left to right."""


@dataclass(frozen=True)
class Settings:
    """Which words make the vocabulary, and when a new one takes its place."""

    max_features: int = 7000
    min_df: int = 2
    stop_words: str = "english"
    refit_share: float = 0.05
    fit_until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what gives no vocabulary.

        Raises:
            ConfigurationError: it is one.
        """
        if min(self.max_features, self.min_df) < 1:
            raise ConfigurationError("max_features and min_df are numbers from 1 on", "correct the parameters")
        if self.stop_words not in _STOP_WORDS:
            raise ConfigurationError(f"there is no list of stop words '{self.stop_words}'", "give english, or nothing")
        if not 0 <= self.refit_share <= 1:
            raise ConfigurationError(f"refit_share is {self.refit_share:g}", "give a share from 0 to 1")

    @property
    def text(self) -> str:
        """What another vocabulary follows from."""
        until = format_instant(self.fit_until) if self.fit_until else ""
        return f"{self.max_features} {self.min_df} {self.stop_words} {until}\n"


@dataclass(frozen=True)
class Outputs:
    """Where the datasets go."""

    rows: Path
    vocabulary: Path


@dataclass(frozen=True)
class Fitted:
    """A vocabulary, which words it knows of how many, and whether it is new."""

    table: ir.Table
    known: int
    words: int
    is_new: bool


def compute(articles: Path, before: Path, as_of: datetime, settings: Settings, outputs: Outputs) -> Summary:
    """What was done: weights and vocabulary are written.

    Raises:
        ConfigurationError: no word is left.
        ContractError: there are no articles.
    """
    read = datasets.read_manifest(articles).rows
    if not read:
        raise ContractError("there are no articles", "run articles-content first")
    with engine(_MEMORY) as backend:
        given = backend.read_parquet(datasets.files(articles))
        texts = keep(backend, "texts", given.filter(given.text != ""))
        counts = keep(backend, "counts", _counts(texts, settings))
        fitted = _fitted(backend, texts, counts, backend.read_parquet(datasets.files(before)), (as_of, settings))
        made = weighed(texts, counts, fitted.table).mutate(computed_at=ibis.literal(as_of, _INSTANT))
        since = {} if settings.fit_until is None else {"changed_since_fit": _changed(backend, texts, settings)}
        rows = write(backend, made.select(*ROWS.names).order_by("article_id"), ROWS, outputs.rows).rows
        terms = write(backend, fitted.table.order_by("index"), VOCABULARY, outputs.vocabulary).rows
    known = fitted.known / fitted.words if fitted.words else 0.0
    details: dict[str, Any] = {"terms": terms, "words": fitted.words, "known_share": round(known, 6)}
    details |= {"refitted": fitted.is_new, **since, "reasons": {"text_empty": read - rows} if read > rows else {}}
    return Summary(read, rows, read - rows, details)


def _counts(texts: ir.Table, settings: Settings) -> ir.Table:
    """How often each word is in each text."""
    words = texts.select("article_id", "created_at", "first_seen_at", term=_matches(texts.text.lower(), _WORD).unnest())
    if stop := _STOP_WORDS[settings.stop_words]:
        words = words.filter(~words.term.isin(sorted(stop)))
    counts = words.group_by("article_id", "term").agg(times=words.count(), came=_came(words).max())
    return counts if settings.fit_until is None else counts.mutate(fits=counts.came <= _until(settings))


def _came(table: ir.Table) -> ir.Value:
    return table.created_at.coalesce(table.first_seen_at)


def _until(settings: Settings) -> ir.Value:
    return ibis.literal(settings.fit_until, _INSTANT)


def _changed(backend: Engine, texts: ir.Table, settings: Settings) -> int:
    """How many of the articles that make the vocabulary are other ones by now: their words may be of later."""
    until = _until(settings)
    changed = count(backend, texts.filter((_came(texts) <= until) & (texts.changed_at > until)))
    if changed:
        log.warning(
            "%s changed after fit_until, and the vocabulary knows the words of now; give the articles_snapshot of then",
            counted(changed, "article has", "articles have"),
        )
    return changed


def _fitted(
    backend: Engine, texts: ir.Table, counts: ir.Table, before: ir.Table, run: tuple[datetime, Settings]
) -> Fitted:
    """The vocabulary before, where it was made with these settings and knows about as much; else a new one.

    Raises:
        ConfigurationError: no word is left for it.
    """
    as_of, settings = run
    new = keep(backend, "vocabulary", fit(texts, counts, settings).mutate(computed_at=ibis.literal(as_of, _INSTANT)))
    digest = _digest(backend, new, settings)
    if not count(backend, new):
        raise ConfigurationError(f"no word is in {counted(settings.min_df, 'article')}", "give a smaller min_df")
    previous = keep(backend, "held", before)
    tally = records(backend, _known(counts, new, previous))[0]
    words, known, kept = (int(tally[name] or 0) for name in ("words", "known", "kept"))
    stated = {row["vocabulary_digest"] for row in records(backend, previous.select("vocabulary_digest").distinct())}
    stands = stated == {_digest(backend, previous, settings)} and settings.refit_share > 0
    if stands and known - kept <= settings.refit_share * words:
        return Fitted(previous.select(*VOCABULARY.names), kept, words, is_new=False)
    return Fitted(
        new.mutate(vocabulary_digest=ibis.literal(digest)).select(*VOCABULARY.names), known, words, is_new=True
    )


def fit(texts: ir.Table, counts: ir.Table, settings: Settings) -> ir.Table:
    """The words of the vocabulary in the order of the alphabet, each with its place and weight."""
    if settings.fit_until is not None:
        texts, counts = texts.filter(_came(texts) <= _until(settings)), counts.filter(counts.fits)
    documents = texts.agg(documents=texts.count())
    terms = counts.group_by("term").agg(total=counts.times.sum(), document_frequency=counts.count())
    often = terms.filter(terms.document_frequency >= settings.min_df)
    chosen = often.order_by([often.total.desc(), often.term]).limit(settings.max_features).cross_join(documents)
    rarity = (1 + chosen.documents).cast("float64") / (1 + chosen.document_frequency).cast("float64")
    return chosen.select(
        "term",
        index=ibis.row_number().over(order_by=chosen.term).cast("int32"),
        document_frequency=chosen.document_frequency.cast("int32"),
        idf=rarity.ln() + 1,
    )


def weighed(texts: ir.Table, counts: ir.Table, vocabulary: ir.Table) -> ir.Table:
    """Of each text the places of its words and their weights, which make a vector of length 1; or none of both."""
    joined = counts.inner_join(vocabulary, "term")
    weights = joined.select("article_id", "index", weight=joined.times * joined.idf)
    length = (weights.weight * weights.weight).sum().over(group_by=weights.article_id).sqrt()
    scaled = weights.mutate(value=(weights.weight / length).cast("float32"))
    vectors = scaled.group_by("article_id").agg(
        indices=scaled["index"].collect(order_by="index"), values=scaled.value.collect(order_by="index")
    )
    digest = vocabulary.agg(vocabulary_digest=vocabulary.vocabulary_digest.max())
    every = texts.select("article_id").left_join(vectors, "article_id").cross_join(digest)
    return every.select(
        "article_id",
        "vocabulary_digest",
        indices=every.indices.fill_null(ibis.literal([], "array<int32>")),
        values=every["values"].fill_null(ibis.literal([], "array<float32>")),
    )


def _known(counts: ir.Table, new: ir.Table, held: ir.Table) -> ir.Table:
    """How many words there are, how many of them the new vocabulary knows, and how many the one before."""
    marked = counts
    for name, vocabulary in (("in_new", new), ("in_held", held)):
        terms = vocabulary.select(**{f"{name}_term": vocabulary.term}).distinct()
        marked = marked.left_join(terms, marked.term == terms[f"{name}_term"])
    return marked.agg(
        words=marked.times.sum(),
        known=marked.times.sum(where=marked.in_new_term.notnull()),
        kept=marked.times.sum(where=marked.in_held_term.notnull()),
    )


def _digest(backend: Engine, vocabulary: ir.Table, settings: Settings) -> str:
    """The SHA-256 of settings and words, their numbers of articles and weights, a line each."""
    line = vocabulary.term + "\t" + vocabulary.document_frequency.cast("string") + "\t" + vocabulary.idf.cast("string")
    lines = vocabulary.select("index", line=line)
    whole = lines.agg(text=lines.line.group_concat("\n", order_by="index"))
    digest = (ibis.literal(settings.text) + whole.text.fill_null("")).hexdigest("sha256")
    return str(records(backend, whole.select(digest=digest))[0]["digest"])
