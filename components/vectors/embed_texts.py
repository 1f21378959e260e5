"""Texts as rows of vectors: what stands is carried over, and the rest is encoded."""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.shell import datasets
from components.shell.engine import Engine, count, engine, keep, streamed
from components.shell.progress import report
from components.shell.summary import Summary
from components.vectors.arrays import numbers
from components.vectors.columns import BERT
from components.vectors.model import Address, Model, fetched
from components.vectors.rows import (
    OF_ARTICLES,
    REJECTED,
    About,
    Dimension,
    Inputs,
    Outputs,
    Subject,
    changed,
    off,
    preparation,
    spread,
    standing,
)
from components.vectors.session import DRIFT, opened, require_unchanged
from components.vectors.texts import BUDGETS, OUTPUTS, Encoder, tokenizer

log = logging.getLogger(__name__)

# Of how a text is prepared: another way needs another name, so that nothing stands that was prepared otherwise.
_PREPARED = "t1"
_TOKENIZER = "tokenizer.json"
# What lies behind that never is among the first tokens, and would only take memory.
_LONGEST = 100_000
MEMORY = "512MB"
_TEXTS = 2048
_PROBED = 16


@dataclass(frozen=True)
class Settings:
    """Which model computes, and how."""

    address: Address
    digest: str = ""
    output: str = ""
    max_tokens: int = 256


@dataclass(frozen=True)
class Texts:
    """Rows with a `text` that is not empty, their vectors of the run before, and the constants of all rows."""

    subject: Subject
    rows: ir.Table
    before: Path
    constants: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Work:
    """What has a text, with the hash of its input, and what stands of the vectors before."""

    wanted: ir.Table
    stands: ir.Table
    changed: ir.Table


def embed(given: Inputs, as_of: datetime, settings: Settings, outputs: Outputs) -> Summary:
    """What was done: the vectors are written, and the articles that have none.

    Raises:
        ConfigurationError: there is no such model, or its parts do not belong together.
        ContractError: there are no articles, or the model returns what cannot be kept.
        TransientError: the store does not answer.
    """
    if not settings.address.uri:
        return off(outputs)
    read = given.require_articles()
    with engine(MEMORY) as backend:
        articles = backend.read_parquet(datasets.files(given.articles))
        filled = articles.select("article_id", text=articles.text.fill_null(""))
        texts = Texts(
            OF_ARTICLES, filled.filter(filled.text != ""), given.before, {"articles_snapshot": int(given.snapshot)}
        )
        encoding = encoded(backend, texts, as_of, settings, outputs.rows)
        without = _without_text(backend, filled.filter(filled.text == ""))
        rejected = datasets.write_dataset(outputs.rejected, REJECTED, without).rows
    return encoding.summary(read, rejected)


def encoded(backend: Engine, texts: Texts, as_of: datetime, settings: Settings, rows: Path) -> "Encoding":
    """What was encoded: the vectors of the texts are written to `rows`.

    Raises:
        ConfigurationError: there is no such model, or its parts do not belong together.
        ContractError: the model returns what cannot be kept.
        TransientError: the store does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="model-") as scratch:
        model, text_encoder = encoder(settings, Path(scratch))
        log.info("model %s, digest %s", model.uri, model.digest)
        about = About(texts.subject, BERT, model, as_of, texts.constants, settings.output)
        prefix = f"{model.digest}\n{preparation(_PREPARED, settings.output)}\n{settings.max_tokens}\n"
        encoding = Encoding(backend, text_encoder, about, _work_on(backend, texts, about, prefix))
        datasets.write_dataset(rows, texts.subject.schema, encoding.rows())
    return encoding


def encoder(settings: Settings, scratch: Path) -> tuple[Model, Encoder]:
    """The model at its address, and what makes vectors with it; what is fetched goes to `scratch`.

    Raises:
        ConfigurationError: there is no such model, or its parts cannot be read or do not belong together.
        TransientError: the store does not answer.
    """
    model = fetched(settings.address, [_TOKENIZER], scratch, settings.digest)
    session = opened(model.network, OUTPUTS, settings.output, threads=1)
    text_encoder = Encoder(tokenizer(model.files[_TOKENIZER], settings.max_tokens), session, BUDGETS[session.device])
    text_encoder.require_own_tokenizer()
    return model, text_encoder


def _work_on(backend: Engine, texts: Texts, about: About, prefix: str) -> _Work:
    """What is to be done with the texts."""
    hashed = (ibis.literal(prefix) + texts.rows.text).hexdigest("sha256")
    wanted = keep(backend, "wanted", texts.rows.select(*texts.subject.given, "text", input_hash=hashed))
    previous = about.before(backend, texts.before)
    stale = keep(backend, "changed", changed(wanted, previous, texts.subject))
    return _Work(wanted, standing(wanted, previous, texts.subject), stale)


def _without_text(backend: Engine, without: ir.Table) -> Iterator[pa.RecordBatch]:
    """The articles that have no text, as rejected."""
    rejected = without.select("article_id", reason=ibis.literal("text_empty")).order_by("article_id")
    for batch in streamed(backend, backend.compile(rejected)):
        yield from pa.Table.from_batches([batch]).cast(REJECTED).to_batches()


class Encoding:
    """The rows of a run while they are made, and the figures about them."""

    def __init__(self, backend: Engine, encoder: Encoder, about: About, work: _Work) -> None:
        self._backend, self._encoder, self._about, self._work = backend, encoder, about, work
        self._encoded = self._carried = self._tokens = self._truncated = 0
        self._dimension = Dimension()

    def rows(self) -> Iterator[pa.RecordBatch]:
        """Rows that stand, then those just encoded, each by their keys.

        Raises:
            ContractError: the model depends on its batch, or has changed under its digest.
        """
        self._require_unchanged()
        for batch in self._about.carried(self._backend, self._work.stands):
            self._carried += batch.num_rows
            self._dimension.require(batch.column("dimension")[0].as_py())
            yield batch
        total = count(self._backend, self._work.changed)
        cut = self._work.changed.mutate(
            start=self._work.changed.text.substr(0, _LONGEST), long=self._work.changed.text.length() > _LONGEST
        ).drop("text")
        for batch in streamed(self._backend, self._backend.compile(cut.order_by(self._about.subject.key)), _TEXTS):
            yield from self._encode(batch)
            report(self._encoded, total)

    def _encode(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts = batch.column("start").to_pylist()
        if not self._encoded:
            self._encoder.require_independence([texts[index] for index in spread(len(texts), _PROBED)])
        result = self._encoder.encode(texts)
        truncated = result.truncated | batch.column("long").to_numpy(zero_copy_only=False)
        self._encoded += len(texts)
        self._tokens += int(result.tokens.sum())
        self._truncated += int(truncated.sum())
        self._dimension.require(result.vectors.shape[1])
        given = {name: batch.column(name) for name in (*self._about.subject.given, "input_hash")}
        rows = self._about.rows(given, result.vectors, pa.array(result.tokens), pa.array(truncated))
        yield from rows.to_batches()

    def _require_unchanged(self) -> None:
        """Nothing, if a sample of what stands comes out again as it is.

        Raises:
            ContractError: the model has changed, and its digest has not.
        """
        key, wanted = self._about.subject.key, self._work.wanted
        known = wanted.select(*key, start=wanted.text.substr(0, _LONGEST))
        sample = self._work.stands.order_by("input_hash", *key).limit(DRIFT).inner_join(known, key)
        batches = list(streamed(self._backend, self._backend.compile(sample.select("start", "vector"))))
        table = pa.Table.from_batches(batches).combine_chunks() if batches else None
        if table is None or not table.num_rows:
            return
        now = self._encoder.encode(table.column("start").to_pylist()).vectors
        require_unchanged(now, numbers(table.column("vector").chunk(0)))

    def summary(self, read: int, rejected: int = 0) -> Summary:
        """What was done, of so many rows that came and those rejected because they have no text."""
        details: dict[str, Any] = {
            "kind": self._about.kind,
            "model": self._about.model.uri,
            "model_digest": self._about.model.digest,
            "device": self._encoder.session.device,
            "dimension": self._dimension.elements,
            "carried": self._carried,
            "encoded": self._encoded,
            "tokens": self._tokens,
            "truncated": self._truncated,
            "reasons": {"text_empty": rejected} if rejected else {},
        }
        return Summary(read, self._carried + self._encoded, rejected, details)
