"""Entry of the step `embed_text`."""

from datetime import datetime
from pathlib import Path

from components.shell import step
from components.vectors.embed_texts import Settings, embed
from components.vectors.model import Address
from components.vectors.rows import Inputs, Outputs


def main(
    *,
    articles: Path,
    articles_snapshot: str,
    before: Path,
    as_of: datetime,
    rows: Path,
    rejected: Path,
    summary: Path,
    model_uri: str = "",
    model_digest: str = "",
    model_cache: str = "",
    output: str = "",
    max_tokens: int = 256,
) -> None:
    """Compute the vectors of texts that have changed."""
    settings = Settings(Address(model_uri, model_cache), model_digest, output, max_tokens)
    outputs = Outputs(rows, rejected)
    embed(Inputs(articles, articles_snapshot, before), as_of, settings, outputs).write(summary)


if __name__ == "__main__":
    step.run(main)
