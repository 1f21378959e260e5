"""`python -m components.embed_text.reviews`: the vectors of reviews that say something, of each version one."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import ibis.expr.types as ir

from components.retail.accounts import reasons, require_same
from components.shell import datasets, step
from components.shell.engine import engine
from components.shell.summary import OFF, Summary
from components.vectors.embed_texts import MEMORY, Settings, Texts, encoded
from components.vectors.model import Address
from components.vectors.rows import OF_REVIEWS, REVIEWS

_ENCODED = ("ok", "duplicate")


def main(
    *,
    reviews: Path,
    before: Path,
    as_of: datetime,
    rows: Path,
    summary: Path,
    model_uri: str = "",
    model_digest: str = "",
    model_cache: str = "",
    output: str = "",
    max_tokens: int = 256,
) -> None:
    """Compute the vectors of versions of reviews that have none."""
    settings = Settings(Address(model_uri, model_cache), model_digest, output, max_tokens)
    embed(reviews, before, as_of, settings, rows).write(summary)


def embed(reviews: Path, before: Path, as_of: datetime, settings: Settings, rows: Path) -> Summary:
    """What was done: the vectors are written.

    Raises:
        ConfigurationError: there is no such model, or its parts do not belong together.
        ContractError: the model returns what cannot be kept, or versions are lost.
        TransientError: the store does not answer.
    """
    read = datasets.read_manifest(reviews).rows
    if not settings.address.uri:
        datasets.write_dataset(rows, REVIEWS, [])
        return Summary(read, details=OFF)
    with engine(MEMORY) as backend:
        versions = backend.read_parquet(datasets.files(reviews))
        summary = encoded(backend, Texts(OF_REVIEWS, _saying(versions), before), as_of, settings, rows).summary(read)
        removed = reasons(backend, versions.filter(versions.quality.notin(_ENCODED)).select(reason=versions.quality))
    require_same("versions", read, summary.rows_out + sum(removed.values()))
    return replace(summary, details={**summary.details, "removed": removed})


def _saying(versions: ir.Table) -> ir.Table:
    """The versions that a model can say something of, as people read them: case and punctuation carry the sense."""
    kept = versions.filter(versions.quality.isin(_ENCODED))
    return kept.select(*OF_REVIEWS.given, text=kept.display_text)


if __name__ == "__main__":
    step.run(main)
