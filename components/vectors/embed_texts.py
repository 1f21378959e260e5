"""The texts of articles as rows of vectors: what stands is carried over, and the rest is encoded."""

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.shell import datasets
from components.shell.engine import Engine, count, engine, keep, streamed
from components.shell.errors import ContractError
from components.shell.progress import report
from components.shell.summary import Summary
from components.vectors.arrays import numbers
from components.vectors.model import Address, Model, fetched
from components.vectors.rows import REJECTED, SCHEMA, About, Inputs, Outputs, changed, off, spread, standing, typed
from components.vectors.session import least_cosine, opened
from components.vectors.texts import BUDGETS, OUTPUTS, Encoder, tokenizer

log = logging.getLogger(__name__)

KIND = "bert"
# Of how a text is prepared: another way needs another name, so that nothing stands that was prepared otherwise.
_PREPARED = "t1"
_TOKENIZER = "tokenizer.json"
# What lies behind that never is among the first tokens, and would only take memory.
_LONGEST = 100_000
_MEMORY = "512MB"
_TEXTS = 2048
_PROBED, _DRIFT = 16, 64
_UNCHANGED = 0.999


@dataclass(frozen=True)
class Settings:
    """Which model computes, and how."""

    address: Address
    digest: str = ""
    output: str = ""
    max_tokens: int = 256
    device: str = "cpu"


@dataclass(frozen=True)
class _Work:
    """Articles with a text and the hash of their input, and what stands of the vectors before."""

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
    read = datasets.read_manifest(given.articles).rows
    if not read:
        raise ContractError("there are no articles", "run articles-content first")
    with tempfile.TemporaryDirectory(prefix="model-") as scratch, engine(_MEMORY) as backend:
        model, found = encoder(settings, Path(scratch))
        log.info("model %s, digest %s", model.uri, model.digest)
        told, work = _judged(backend, given, f"{model.digest}\n{_PREPARED}\n{settings.max_tokens}\n")
        about = About(KIND, model, as_of, int(given.snapshot))
        encoding = _Encoding(backend, found, about, work)
        datasets.write_dataset(outputs.rows, SCHEMA, encoding.rows())
        without = _without_text(backend, told.filter(told.text == ""))
        rejected = datasets.write_dataset(outputs.rejected, REJECTED, without).rows
    return encoding.summary(read, rejected)


def encoder(settings: Settings, scratch: Path) -> tuple[Model, Encoder]:
    """The model at its address, and what makes vectors with it; what is fetched goes to `scratch`.

    Raises:
        ConfigurationError: there is no such model, or its parts cannot be read.
        TransientError: the store does not answer.
    """
    model = fetched(settings.address, [_TOKENIZER], scratch, settings.digest)
    return model, Encoder(
        tokenizer(model.files[_TOKENIZER], settings.max_tokens),
        opened(model.network, settings.device, OUTPUTS, settings.output),
        BUDGETS[settings.device],
    )


def _judged(backend: Engine, inputs: Inputs, prefix: str) -> tuple[ir.Table, _Work]:
    """All articles, and what is to be done with those that have a text."""
    given = backend.read_parquet(datasets.files(inputs.articles))
    told = given.select("article_id", text=given.text.fill_null(""))
    wanted = told.filter(told.text != "")
    wanted = keep(backend, "wanted", wanted.mutate(input_hash=(ibis.literal(prefix) + wanted.text).hexdigest("sha256")))
    held = backend.read_parquet(datasets.files(inputs.before))
    held = keep(backend, "before", held.filter(held.kind == KIND))
    return told, _Work(wanted, standing(wanted, held), keep(backend, "changed", changed(wanted, held)))


def _without_text(backend: Engine, without: ir.Table) -> Iterator[pa.RecordBatch]:
    """The articles that have no text, as rejected."""
    found = without.select("article_id", reason=ibis.literal("text_empty")).order_by("article_id")
    for batch in streamed(backend, backend.compile(found)):
        yield from pa.Table.from_batches([batch]).cast(REJECTED).to_batches()


class _Encoding:
    """The rows of a run while they are made, and the figures about them."""

    def __init__(self, backend: Engine, encoder: Encoder, about: About, work: _Work) -> None:
        self._backend, self._encoder, self._about, self._work = backend, encoder, about, work
        self._encoded = self._carried = self._tokens = self._truncated = self._dimension = 0

    def rows(self) -> Iterator[pa.RecordBatch]:
        """Rows that stand, then those just encoded, each by their articles' ids.

        Raises:
            ContractError: the model depends on its batch, or has changed under its digest.
        """
        self._require_unchanged()
        carried = self._about.carried(self._work.stands)
        for batch in typed(streamed(self._backend, self._backend.compile(carried))):
            self._carried += batch.num_rows
            self._require_dimension(batch.column("dimension")[0].as_py())
            yield batch
        total = count(self._backend, self._work.changed)
        cut = self._work.changed.mutate(
            start=self._work.changed.text.substr(0, _LONGEST), long=self._work.changed.text.length() > _LONGEST
        ).drop("text")
        for batch in streamed(self._backend, self._backend.compile(cut.order_by("article_id")), _TEXTS):
            yield from self._encode(batch)
            report(self._encoded, total)

    def _encode(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts = batch.column("start").to_pylist()
        if not self._encoded:
            self._encoder.require_independence([texts[place] for place in spread(len(texts), _PROBED)])
        found = self._encoder.encode(texts)
        truncated = found.truncated | batch.column("long").to_numpy(zero_copy_only=False)
        self._encoded += len(texts)
        self._tokens += int(found.tokens.sum())
        self._truncated += int(truncated.sum())
        self._require_dimension(found.vectors.shape[1])
        ids, hashes = batch.column("article_id"), batch.column("input_hash")
        rows = self._about.rows(ids, hashes, found.vectors, pa.array(found.tokens), pa.array(truncated))
        yield from rows.to_batches()

    def _require_dimension(self, dimension: int) -> None:
        if self._dimension not in (0, dimension):
            problem = f"the model returns vectors of {dimension} elements, and of {self._dimension} before"
            raise ContractError(problem, "name another output, or another model")
        self._dimension = dimension

    def _require_unchanged(self) -> None:
        """Nothing, if a sample of what stands comes out again as it is.

        Raises:
            ContractError: the model has changed, and its digest has not.
        """
        known = self._work.wanted.select("article_id", start=self._work.wanted.text.substr(0, _LONGEST))
        sample = self._work.stands.order_by("input_hash").limit(_DRIFT).inner_join(known, "article_id")
        batches = list(streamed(self._backend, self._backend.compile(sample.select("start", "vector"))))
        held = pa.Table.from_batches(batches).combine_chunks() if batches else None
        if held is None or not held.num_rows:
            return
        now = self._encoder.encode(held.column("start").to_pylist()).vectors
        if (least := least_cosine(now, numbers(held.column("vector").chunk(0)))) < _UNCHANGED:
            problem = f"this model gives other vectors than before under the same digest: cosine {least:.4f}"
            raise ContractError(
                problem, "look for another version of the runtime; a model of another digest starts anew"
            )

    def summary(self, read: int, rejected: int) -> Summary:
        """What was done."""
        details: dict[str, Any] = {
            "kind": self._about.kind,
            "model": self._about.model.uri,
            "model_digest": self._about.model.digest,
            "dimension": self._dimension,
            "carried": self._carried,
            "encoded": self._encoded,
            "tokens": self._tokens,
            "truncated": self._truncated,
            "reasons": {"text_empty": rejected} if rejected else {},
        }
        return Summary(read, self._carried + self._encoded, rejected, details)
