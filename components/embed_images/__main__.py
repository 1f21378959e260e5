"""Entry of the step `embed_images`."""

from datetime import datetime
from pathlib import Path

from components.embed_images.compute import Settings, embed
from components.shell import step
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
    image_root: str = "",
    model_uri: str = "",
    model_digest: str = "",
    model_cache: str = "",
    output: str = "",
) -> None:
    """Compute the vectors of images that have changed."""
    settings = Settings(image_root, Address(model_uri, model_cache), model_digest, output)
    embed(Inputs(articles, articles_snapshot, before), as_of, settings, Outputs(rows, rejected)).write(summary)


if __name__ == "__main__":
    step.run(main)
